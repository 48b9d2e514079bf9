"""Every decision about a schedule, with its reason: written as it is taken, and never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text

from answerbeat import paging
from answerbeat.database import Session, array
from answerbeat.ids import new_id
from answerbeat.kinds import EventKind
from answerbeat.schema import ScheduleEvent

SCHEDULER = "scheduler"
"""The actor of what nobody asked for."""

RECORD = text("""
    INSERT INTO schedule_events (id, customer_id, schedule_id, kind, reason, run_id, scheduled_for, actor)
    SELECT id, customer_id, schedule_id, kind, reason, run_id, at, :actor
    FROM unnest(CAST(:ids AS uuid[]), CAST(:customer_ids AS uuid[]), CAST(:schedule_ids AS uuid[]),
                CAST(:kinds AS text[]), CAST(:reasons AS text[]), CAST(:run_ids AS uuid[]),
                CAST(:instants AS timestamptz[]))
        AS told (id, customer_id, schedule_id, kind, reason, run_id, at)
""")


class Event(NamedTuple):
    """A decision that is to be written down."""

    customer_id: UUID
    schedule_id: UUID
    kind: EventKind
    reason: str
    run_id: UUID | None = None
    scheduled_for: datetime | None = None
    """The fire time it is about."""


async def record(session: Session, actor: str, events: Sequence[Event]) -> None:
    """Writes down what was decided, and by whom."""
    if not events:
        return
    await session.execute(
        RECORD,
        {
            "actor": actor,
            "ids": array(new_id() for _ in events),
            "customer_ids": array(e.customer_id for e in events),
            "schedule_ids": array(e.schedule_id for e in events),
            "kinds": [e.kind for e in events],
            "reasons": [e.reason for e in events],
            "run_ids": array(e.run_id for e in events),
            "instants": array(e.scheduled_for for e in events),
        },
    )


async def list_events(
    session: Session, schedule_id: UUID, limit: int, before: UUID | None
) -> tuple[Sequence[ScheduleEvent], ScheduleEvent | None]:
    """A page of a schedule's events, newest first, and its last one when there are more."""
    query = select(ScheduleEvent).where(ScheduleEvent.schedule_id == schedule_id)
    if before:
        query = query.where(ScheduleEvent.id < before)
    rows = (await session.scalars(query.order_by(ScheduleEvent.id.desc()).limit(limit + 1))).all()
    return paging.cut(rows, limit)
