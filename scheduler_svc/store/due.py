"""Schedules that are due: taken, moved on, or switched off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import Session, array
from answerbeat.kinds import CatchUp, OverlapPolicy, RunStatus
from answerbeat.schema import KindColumn
from scheduler_svc.planning import Due

DUE = text("""
    SELECT schedule.id, schedule.customer_id, schedule.cron_expression, schedule.timezone, schedule.overlap_policy,
           schedule.catch_up, schedule.catchup_window_seconds, schedule.jitter_seconds, schedule.next_run_at,
           schedule.end_at, schedule.depends_on, upstream.last_run_status AS upstream_status
    FROM scheduled_jobs AS schedule
    LEFT JOIN scheduled_jobs AS upstream ON upstream.id = schedule.depends_on
    WHERE schedule.next_run_at <= :now
    ORDER BY schedule.next_run_at
    LIMIT :batch
    FOR UPDATE OF schedule SKIP LOCKED
""").columns(
    overlap_policy=KindColumn(OverlapPolicy), catch_up=KindColumn(CatchUp), upstream_status=KindColumn(RunStatus)
)

ADVANCE = text("""
    UPDATE scheduled_jobs AS schedule
    SET next_run_at = planned.next_run_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:next_run_ats AS timestamptz[])) AS planned (id, next_run_at)
    WHERE schedule.id = planned.id
""")

PAUSE = text("UPDATE scheduled_jobs SET is_active = false, next_run_at = NULL WHERE id = :id")

SECONDS_TO_NEXT = text("SELECT extract(epoch FROM min(next_run_at) - clock_timestamp()) FROM scheduled_jobs")


async def take(session: Session, now: datetime, batch: int) -> list[Due]:
    """Locks up to `batch` schedules that are due and that nobody else holds."""
    rows = await session.execute(DUE, {"now": now, "batch": batch})
    return [Due._make(row) for row in rows.all()]


async def advance(session: Session, next_run_ats: Sequence[tuple[UUID, datetime | None]]) -> None:
    """Moves schedules on to their next fire time. None ends one."""
    ids, instants = array(key for key, _ in next_run_ats), array(at for _, at in next_run_ats)
    await session.execute(ADVANCE, {"ids": ids, "next_run_ats": instants})


async def pause(session: Session, schedule_id: UUID) -> None:
    """Switches a schedule off."""
    await session.execute(PAUSE, {"id": schedule_id})


async def seconds_to_next(session: Session) -> float | None:
    """How long until a schedule is due; less than 0 if one is. None when none will be."""
    seconds = (await session.execute(SECONDS_TO_NEXT)).scalar_one()
    return None if seconds is None else float(seconds)
