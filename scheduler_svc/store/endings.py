"""Attempts end as their workers say: a run is over, or pending once more."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import Session, array
from answerbeat.kinds import Outcome, RunStatus
from answerbeat.schema import KindColumn
from scheduler_svc.lifecycle import BACKOFF_MAX_SECONDS, BACKOFF_SECONDS
from scheduler_svc.store.last_runs import lock_schedules, tell_schedules

FINISH = text("""
    WITH given AS (
        SELECT *
        FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:outcomes AS text[]),
                    CAST(:metrics AS text[]), CAST(:progress AS text[]), CAST(:errors AS text[]),
                    CAST(:retryable AS boolean[]))
            AS given (id, token, outcome, metrics, progress, error, retryable)
    ), decided AS (
        SELECT run.id, given.token, given.metrics, given.progress, given.error, given.outcome,
               CASE
                   WHEN given.outcome = 'completed' THEN 'completed'
                   WHEN run.cancel_requested_at IS NOT NULL THEN 'cancelled'
                   WHEN given.outcome = 'released' THEN 'pending'
                   WHEN given.outcome = 'failed' AND given.retryable AND run.attempt < run.max_attempts THEN 'pending'
                   ELSE given.outcome
               END AS status
        FROM given
        JOIN job_runs AS run ON run.id = given.id AND run.status = 'processing' AND run.lease_token = given.token
        FOR UPDATE OF run
    )
    UPDATE job_runs AS run
    SET status = decided.status,
        attempt = run.attempt - CASE WHEN decided.status = 'pending' AND decided.outcome = 'released' THEN 1 ELSE 0 END,
        available_at = CASE
            WHEN decided.status = 'pending' AND decided.outcome = 'failed' THEN clock_timestamp() + make_interval(
                secs => least(:backoff * power(2, run.attempt - 1), :backoff_max) * (0.5 + random()))
            ELSE run.available_at
        END,
        metrics = coalesce(CAST(decided.metrics AS jsonb), run.metrics),
        progress = coalesce(CAST(decided.progress AS jsonb), run.progress),
        error_message = decided.error,
        lease_token = NULL,
        lease_expires_at = NULL,
        deadline_at = NULL,
        finished_at = CASE WHEN decided.status = 'pending' THEN NULL ELSE clock_timestamp() END,
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    FROM decided
    WHERE run.id = decided.id
    RETURNING run.id, decided.token, run.status, run.scheduled_job_id
""").columns(status=KindColumn(RunStatus))


class Finished(NamedTuple):
    """How a worker says an attempt ended."""

    id: UUID
    token: UUID
    outcome: Outcome
    metrics: Mapping[str, object] = MappingProxyType({})
    progress: Mapping[str, object] | None = None
    error: str | None = None
    retryable: bool = False


class EndedAttempt(NamedTuple):
    """An attempt that was still its worker's, and has ended: a row of FINISH."""

    id: UUID
    token: UUID
    status: RunStatus
    scheduled_job_id: UUID | None


async def finish(session: Session, finished: Sequence[Finished]) -> dict[UUID, RunStatus]:
    """Ends attempts. Gives each run's new status by its lease token; a lease that is missing had ended before."""
    finished = sorted(finished, key=lambda one: one.id)  # by run, as heartbeats lock them
    await lock_schedules(session, [f.id for f in finished])
    rows = await session.execute(
        FINISH,
        {
            "ids": array(f.id for f in finished),
            "tokens": array(f.token for f in finished),
            "outcomes": [f.outcome for f in finished],
            "metrics": [_json(f.metrics or None) for f in finished],
            "progress": [_json(f.progress) for f in finished],
            "errors": [f.error for f in finished],
            "retryable": array(f.retryable for f in finished),
            "backoff": BACKOFF_SECONDS,
            "backoff_max": BACKOFF_MAX_SECONDS,
        },
    )
    ended = [EndedAttempt._make(row) for row in rows.all()]
    await tell_schedules(session, [e.id for e in ended if e.scheduled_job_id])
    return {e.token: e.status for e in ended}


def _json(values: Mapping[str, object] | None) -> str | None:
    return None if values is None else json.dumps(dict(values))
