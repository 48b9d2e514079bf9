"""Tells of every change of a run, in an order that can be resumed without loss.

Each change carries the number of its transaction. Numbers are given when a transaction first
writes, not when it commits, so a watcher reads only up to the oldest transaction that is still
under way: nothing can appear behind what it has seen. NOTIFY tells when to look.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from operator import eq
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import Database, given
from answerbeat.errors import InvalidField
from answerbeat.schema import JobRun
from answerbeat.wakeup import Wakeup

PAGE = 200
LOOK_SECONDS = 1.0
"""The longest between two looks: a change may be held back by a transaction that ends without a notice."""
NOBODY = UUID(int=0)
CHANGES = text("""
    SELECT *
    FROM job_runs
    WHERE (change_xid, id) > (:xid, :run_id)
      AND change_xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)
      AND (CAST(:customer_id AS uuid) IS NULL OR customer_id = :customer_id)
    ORDER BY change_xid, id
    LIMIT :page
""")
OLDEST_UNDER_WAY = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


@dataclass(frozen=True, order=True)
class Cursor:
    """A place in the order of changes: all up to and with it were seen."""

    xid: int
    run_id: UUID = NOBODY

    def __str__(self) -> str:
        """As it is given out."""
        return f"{self.xid}-{self.run_id.hex}"


def read_cursor(written: str) -> Cursor:
    """A cursor as it was given out. Raises InvalidField."""
    xid, _, run_id = written.partition("-")
    try:
        return Cursor(int(xid), UUID(run_id))
    except ValueError:
        raise InvalidField("cursor", "is not one that a watch gave") from None


class Watch:
    """Watches the runs of one customer, or of all."""

    def __init__(self, database: Database, wakeup: Wakeup, customer_id: UUID | None) -> None:
        self._database = database
        self._wakeup = wakeup
        self._customer_id = customer_id

    async def changes(self, cursor: Cursor | None) -> AsyncIterator[tuple[JobRun, Cursor]]:
        """Each run that changed after the cursor, as it is now; without one, the open runs and what comes then."""
        if cursor is None:
            async with self._database.transaction() as session:
                cursor = Cursor((await session.execute(OLDEST_UNDER_WAY)).scalar_one())
                opened = await self._open(session)
            for run in opened:
                yield run, cursor
        while True:
            seen = self._wakeup.now()
            async with self._database.transaction() as session:
                changed = await self._after(session, cursor)
            for run in changed:
                cursor = Cursor(run.change_xid, run.id)
                yield run, cursor
            if len(changed) < PAGE:
                await self._wakeup.wait(seen, LOOK_SECONDS)

    async def _open(self, session: AsyncSession) -> Sequence[JobRun]:
        query = select(JobRun).where(or_(JobRun.status == "pending", JobRun.status == "processing"))
        query = query.where(*given((eq, JobRun.customer_id, self._customer_id)))
        return (await session.scalars(query.order_by(JobRun.id).limit(PAGE))).all()

    async def _after(self, session: AsyncSession, cursor: Cursor) -> Sequence[JobRun]:
        facts = {"xid": cursor.xid, "run_id": cursor.run_id, "customer_id": self._customer_id, "page": PAGE}
        return (await session.scalars(select(JobRun).from_statement(CHANGES), facts)).all()
