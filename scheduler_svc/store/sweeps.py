"""Runs are taken back from workers that were lost, or take too long."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import Session, array
from answerbeat.kinds import RunStatus
from answerbeat.schema import KindColumn
from scheduler_svc.lifecycle import DEADLINE_GRACE_SECONDS
from scheduler_svc.store.last_runs import lock_schedules, tell_schedules

BATCH = 500

LOST = text("""
    SELECT id
    FROM job_runs
    WHERE status = 'processing'
      AND (lease_expires_at < clock_timestamp() OR deadline_at < clock_timestamp() - make_interval(secs => :grace))
    LIMIT :batch
""")

SWEEP = text("""
    WITH lost AS (
        SELECT run.id, run.lease_expires_at < clock_timestamp() AS is_silent
        FROM job_runs AS run
        -- Only those whose schedules are locked by now; one that was lost since waits for the next sweep.
        WHERE run.id = ANY(CAST(:ids AS uuid[]))
          AND run.status = 'processing'
          AND (run.lease_expires_at < clock_timestamp()
               OR run.deadline_at < clock_timestamp() - make_interval(secs => :grace))
        FOR UPDATE SKIP LOCKED
    )
    UPDATE job_runs AS run
    SET status = CASE
            WHEN run.cancel_requested_at IS NOT NULL THEN 'cancelled'
            WHEN run.attempt >= run.max_attempts THEN 'failed'
            ELSE 'pending'
        END,
        error_message = CASE WHEN lost.is_silent THEN 'The worker ' || run.worker_id || ' was lost'
                             ELSE 'Took longer than ' || run.timeout_seconds || ' s' END
            || ' in attempt ' || run.attempt || ' of ' || run.max_attempts || '.',
        lease_token = NULL,
        lease_expires_at = NULL,
        deadline_at = NULL,
        finished_at = CASE WHEN run.cancel_requested_at IS NOT NULL OR run.attempt >= run.max_attempts
                           THEN clock_timestamp() END,
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    FROM lost
    WHERE run.id = lost.id
    RETURNING run.id, run.status, run.worker_id, run.error_message, run.scheduled_job_id
""").columns(status=KindColumn(RunStatus))


class Swept(NamedTuple):
    """A run taken from a worker that was lost or too slow: a row of SWEEP."""

    id: UUID
    status: RunStatus
    worker_id: str
    error_message: str
    scheduled_job_id: UUID | None


async def sweep(session: Session) -> list[Swept]:
    """Takes runs from workers whose lease has ended or whose time is up."""
    lost = list(await session.scalars(LOST, {"grace": DEADLINE_GRACE_SECONDS, "batch": BATCH}))
    if not lost:
        return []
    await lock_schedules(session, lost)
    rows = await session.execute(SWEEP, {"grace": DEADLINE_GRACE_SECONDS, "ids": array(lost)})
    swept = [Swept._make(row) for row in rows.all()]
    if swept:
        await tell_schedules(session, [s.id for s in swept if s.scheduled_job_id])
    return swept
