"""A run as the worker holds it: what it is to do, and the proof that it may still write.

Every write about a run goes through `hold`, in the same transaction: a worker whose lease was
given to another, a zombie, can't write.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.options import RunOptions

HOLD = text("""
    -- The transaction says in whose name it writes, so that a trigger can hold it to that (tests/chaos/witness.py).
    SELECT set_config('answerbeat.lease_token', CAST(CAST(:token AS uuid) AS text), TRUE)
    FROM job_runs
    WHERE id = :run_id AND lease_token = :token AND status = 'processing'
    -- Nobody can take the run away until the write is done.
    FOR SHARE
""")


class LeaseLost(Exception):
    """The run is no longer this worker's."""


class Drained(Exception):
    """The worker stops; the run is handed back with what it has."""


class StepFailed(Exception):
    """A step could do nothing."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass
class Run:
    """A leased run."""

    id: UUID
    token: UUID
    customer_id: UUID
    brand_id: UUID
    job_type: str
    options: RunOptions
    attempt: int
    max_attempts: int
    timeout_seconds: int
    retried_at: datetime | None = None
    """When a person last asked to run it again: what had no answer by then is asked again, paid for or not."""
    progress: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What went wrong beside what went well."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    def advance(self, step: str, done: int, total: int) -> None:
        """Notes how far a step is. The next heartbeat tells the scheduler."""
        self.progress[step] = {"done": done, "total": total}

    def stop_if_draining(self) -> None:
        """Raises Drained when the worker stops."""
        if self.draining.is_set():
            raise Drained


async def hold(session: AsyncSession, run: Run) -> None:
    """Makes sure that the transaction's writes are of the run's present holder. Raises LeaseLost."""
    if (await session.execute(HOLD, {"run_id": run.id, "token": run.token})).first() is None:
        raise LeaseLost
