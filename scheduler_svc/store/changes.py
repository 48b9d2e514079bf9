"""Changes of runs, in an order that can be resumed without loss.

Each change carries the number of its transaction. Numbers are given when a transaction first
writes, not when it commits, so a watcher reads only up to the oldest transaction that is still
under way: nothing can appear behind what it has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import eq
from uuid import UUID

from sqlalchemy import select, text

from answerbeat.database import Session, given
from answerbeat.errors import InvalidField
from answerbeat.kinds import OPEN
from answerbeat.schema import JobRun

PAGE = 200
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


async def begin(session: Session, customer_id: UUID | None) -> tuple[Sequence[JobRun], Cursor]:
    """The open runs of a customer, or of all, and the place after which their changes are."""
    cursor = Cursor((await session.execute(OLDEST_UNDER_WAY)).scalar_one())
    query = select(JobRun).where(JobRun.status.in_(OPEN), *given((eq, JobRun.customer_id, customer_id)))
    return (await session.scalars(query.order_by(JobRun.id).limit(PAGE))).all(), cursor


async def after(session: Session, cursor: Cursor, customer_id: UUID | None) -> Sequence[JobRun]:
    """The next runs that changed after a cursor, as they are now; at most PAGE."""
    facts = {"xid": cursor.xid, "run_id": cursor.run_id, "customer_id": customer_id, "page": PAGE}
    return (await session.scalars(select(JobRun).from_statement(CHANGES), facts)).all()
