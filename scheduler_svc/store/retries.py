"""Runs that have ended are pending once more, because a person asked."""

from uuid import UUID

from sqlalchemy import select, text

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Session, notify
from answerbeat.kinds import Trigger
from answerbeat.schema import JobRun
from scheduler_svc.lifecycle import PRIORITY

RETRY = text("""
    UPDATE job_runs
    SET status = 'pending',
        max_attempts = attempt + 1,
        available_at = created_at,
        priority = :priority,
        is_exclusive = true,
        -- Calls that may have been paid for by then are made again too.
        retried_at = clock_timestamp(),
        finished_at = NULL,
        cancel_requested_at = NULL,
        error_message = NULL,
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    WHERE id = :id AND finished_at IS NOT NULL
    RETURNING *
""")


async def retry(session: Session, run_id: UUID) -> JobRun:
    """Puts a run that has ended back to pending, with one more attempt, and gives it as it is now."""
    statement = select(JobRun).from_statement(RETRY).execution_options(populate_existing=True)
    run: JobRun = (await session.scalars(statement, {"id": run_id, "priority": PRIORITY[Trigger.RETRY]})).one()
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return run
