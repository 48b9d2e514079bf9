"""What schedules learn of the ends of their runs: how the latest ended, and that too many failed in a row."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Session, array, notify
from answerbeat.kinds import EventKind
from scheduler_svc.store.events import SCHEDULER, Event, record

LOCK_SCHEDULES = text("""
    -- Whoever changes a schedule locks it before its runs. Whoever ends runs must do the same: else the two wait for
    -- each other.
    SELECT 1
    FROM scheduled_jobs
    WHERE id IN (SELECT scheduled_job_id FROM job_runs WHERE id = ANY(CAST(:ids AS uuid[])))
    ORDER BY id
    FOR NO KEY UPDATE
""")

RECORD_LAST_RUN = text("""
    WITH ended AS (
        -- Of several that ended at once, the latest tells.
        SELECT DISTINCT ON (scheduled_job_id) scheduled_job_id, started_at, status
        FROM job_runs
        WHERE id = ANY(CAST(:ids AS uuid[]))
          AND status IN ('completed', 'failed', 'cancelled')
          AND started_at IS NOT NULL
          AND scheduled_job_id IS NOT NULL
        ORDER BY scheduled_job_id, started_at DESC
    )
    UPDATE scheduled_jobs AS schedule
    SET last_run_at = ended.started_at,
        last_run_status = ended.status,
        failures_in_a_row = CASE ended.status
            WHEN 'failed' THEN schedule.failures_in_a_row + 1
            WHEN 'completed' THEN 0
            ELSE schedule.failures_in_a_row
        END
    FROM ended
    WHERE schedule.id = ended.scheduled_job_id
      AND (schedule.last_run_at IS NULL OR schedule.last_run_at <= ended.started_at)
""")

PAUSE_FAILING = text("""
    UPDATE scheduled_jobs
    SET is_active = false, next_run_at = NULL, version = version + 1
    WHERE id IN (SELECT scheduled_job_id FROM job_runs WHERE id = ANY(CAST(:ids AS uuid[])))
      AND is_active
      AND pause_after_failures > 0
      AND failures_in_a_row >= pause_after_failures
    RETURNING id AS schedule_id, customer_id, failures_in_a_row
""")


class Paused(NamedTuple):
    """A schedule that was switched off: a row of PAUSE_FAILING."""

    schedule_id: UUID
    customer_id: UUID
    failures_in_a_row: int


async def lock_schedules(session: Session, run_ids: Sequence[UUID]) -> None:
    """Locks the schedules of runs that are to be ended."""
    await session.execute(LOCK_SCHEDULES, {"ids": array(run_ids)})


async def tell_schedules(session: Session, run_ids: Sequence[UUID]) -> None:
    """Tells the schedules of runs that have ended, and wakes those who wait: an exclusive run may be ready now."""
    if run_ids:
        await session.execute(RECORD_LAST_RUN, {"ids": array(run_ids)})
        rows = await session.execute(PAUSE_FAILING, {"ids": array(run_ids)})
        await record(session, SCHEDULER, [_event(Paused._make(row)) for row in rows.all()])
    await notify(session, RUNS_WAITING, RUNS_CHANGED)


def _event(paused: Paused) -> Event:
    reason = f"{paused.failures_in_a_row} runs failed in a row; switch it on again when the cause is mended."
    return Event(paused.customer_id, paused.schedule_id, EventKind.PAUSED, reason)
