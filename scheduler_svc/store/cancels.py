"""Runs are cancelled."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Session, array, notify

CANCEL = text("""
    UPDATE job_runs
    SET cancel_requested_at = clock_timestamp(),
        status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END,
        finished_at = CASE status WHEN 'pending' THEN clock_timestamp() END,
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    WHERE id = ANY(CAST(:ids AS uuid[])) AND status IN ('pending', 'processing')
""")


async def cancel(session: Session, ids: Sequence[UUID]) -> None:
    """Cancels pending runs, and asks the workers of processing ones to stop."""
    await session.execute(CANCEL, {"ids": array(ids)})
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
