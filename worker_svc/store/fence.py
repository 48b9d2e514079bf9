"""The fence: a transaction in which nobody but the run's present holder can write.

Whatever writes about a run takes a `Fenced`, and this file alone makes one: a worker whose lease was given to another,
a zombie, can't write.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import Database
from worker_svc.run import LeaseLost, Run

FENCE = text("""
    -- The transaction says in whose name it writes, so that a trigger can hold it to that (tests/chaos/witness.sql).
    SELECT set_config('answerbeat.lease_token', CAST(CAST(:token AS uuid) AS text), TRUE)
    FROM job_runs
    WHERE id = :run_id AND lease_token = :token AND status = 'processing'
    -- Nobody can take the run away until the write is done.
    FOR SHARE
""")


@dataclass(frozen=True)
class Fenced:
    """A transaction that writes about a run, whose lease can't be taken away meanwhile."""

    session: AsyncSession
    run: Run


@asynccontextmanager
async def fence(database: Database, run: Run) -> AsyncIterator[Fenced]:
    """One transaction in the name of the run's present holder. Raises LeaseLost when that is somebody else."""
    async with database.transaction() as session:
        if (await session.execute(FENCE, {"run_id": run.id, "token": run.token})).first() is None:
            raise LeaseLost
        yield Fenced(session, run)
