"""The life of a run: the only place where its status changes.

    pending → processing → completed | failed | cancelled
              processing → pending     on another attempt, a lost lease, or a hand-back

Each change is one statement that checks what it needs in the same breath. PostgreSQL's clock
decides what is due and what is late; a worker's clock never does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, array, clock, notify
from answerbeat.errors import Conflict
from answerbeat.kinds import RunStatus
from answerbeat.schema import JobRun, ScheduleEvent

PRIORITY = {"manual": 1, "retry": 1, "schedule": 5, "dependency": 5, "backfill": 9}
"""Lower goes first: what a person waits for, then what is due, then what is made up for."""
BACKOFF_SECONDS = 5
"""The pause before the second attempt; it doubles with each further one."""
BACKOFF_MAX_SECONDS = 600
DEADLINE_GRACE_SECONDS = 15
"""How long after its timeout a run is left to its worker, which should have ended it."""
SWEEP_BATCH = 500

INSERT_FIRES = text("""
    INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, trigger, scheduled_for, priority,
                          available_at, is_exclusive, max_attempts, timeout_seconds, metadata)
    SELECT fire.id, schedule.customer_id, schedule.brand_id, schedule.id, schedule.job_type, :trigger, fire.at,
           :priority, fire.available_at, fire.is_exclusive, schedule.max_attempts, schedule.timeout_seconds,
           schedule.metadata
    FROM unnest(CAST(:ids AS uuid[]), CAST(:schedule_ids AS uuid[]), CAST(:instants AS timestamptz[]),
                CAST(:available AS timestamptz[]), CAST(:exclusive AS boolean[]))
        AS fire (id, schedule_id, at, available_at, is_exclusive)
    JOIN scheduled_jobs AS schedule ON schedule.id = fire.schedule_id
    -- A conflict with a run that is just ending would wait for it, and its end waits for the schedule's row, which the
    -- caller holds. So what exists is left out first; the conflict clause stays as the guarantee. A scalar subquery is
    -- one probe of the index a fire; NOT EXISTS may become a join that reads the history while statistics are young.
    WHERE (SELECT run.id
           FROM job_runs AS run
           WHERE run.scheduled_job_id = fire.schedule_id AND run.scheduled_for = fire.at
             AND run.trigger IN ('schedule', 'backfill')) IS NULL
    ON CONFLICT (scheduled_job_id, scheduled_for) WHERE trigger IN ('schedule', 'backfill') DO NOTHING
    RETURNING id
""")

LEASE_LOCK = text("SELECT pg_advisory_xact_lock(7245901339)")
"""Leases are given one after the other, so that no two count the same free place."""

LEASE = text("""
    WITH RECURSIVE waiting (customer_id) AS (
        -- Each customer with pending runs: one probe of the index each, however long its queue.
        (SELECT customer_id FROM job_runs WHERE status = 'pending' ORDER BY customer_id LIMIT 1)
        UNION ALL
        SELECT (SELECT run.customer_id
                FROM job_runs AS run
                WHERE run.status = 'pending' AND run.customer_id > waiting.customer_id
                ORDER BY run.customer_id
                LIMIT 1)
        FROM waiting
        WHERE waiting.customer_id IS NOT NULL
    ), load AS (
        SELECT customer_id, brand_id, count(*) AS running
        FROM job_runs
        WHERE status = 'processing'
        GROUP BY customer_id, brand_id
    ), brand_room AS (
        SELECT CAST(bound.key AS uuid) AS brand_id, bound.max_concurrent - coalesce(sum(load.running), 0) AS room
        FROM limits AS bound
        LEFT JOIN load ON load.brand_id = CAST(bound.key AS uuid)
        WHERE bound.scope = 'brand' AND bound.max_concurrent IS NOT NULL
        GROUP BY bound.key, bound.max_concurrent
    ), customer AS (
        SELECT waiting.customer_id,
               coalesce(sum(load.running), 0) AS running,
               coalesce(min(bound.max_concurrent) - coalesce(sum(load.running), 0), :capacity) AS room
        FROM waiting
        LEFT JOIN load ON load.customer_id = waiting.customer_id
        LEFT JOIN limits AS bound ON bound.scope = 'customer' AND bound.key = CAST(waiting.customer_id AS text)
        WHERE waiting.customer_id IS NOT NULL
        GROUP BY waiting.customer_id
    ), ready AS (
        SELECT run.id, run.brand_id, run.priority, run.available_at,
               -- The place it would take among all that its customer runs: who has least goes first.
               customer.running + row_number() OVER (
                   PARTITION BY customer.customer_id ORDER BY run.priority, run.available_at, run.id) AS share,
               row_number() OVER (
                   PARTITION BY run.brand_id ORDER BY run.priority, run.available_at, run.id) AS place_in_brand
        FROM customer
        CROSS JOIN LATERAL (
            SELECT run.id, run.brand_id, run.priority, run.available_at
            FROM job_runs AS run
            WHERE run.status = 'pending'
              AND run.customer_id = customer.customer_id
              AND run.available_at <= clock_timestamp()
              AND NOT EXISTS (SELECT FROM brand_room WHERE brand_room.brand_id = run.brand_id AND brand_room.room <= 0)
              -- An exclusive run waits for whatever of its schedule runs now or stands before it.
              AND NOT (run.is_exclusive AND EXISTS (
                  SELECT FROM job_runs AS other
                  WHERE other.scheduled_job_id = run.scheduled_job_id
                    AND (other.status = 'processing'
                         OR other.status = 'pending'
                            AND (other.scheduled_for, other.id) < (run.scheduled_for, run.id))))
            ORDER BY run.priority, run.available_at, run.id
            LIMIT least(:capacity, greatest(customer.room, 0))
        ) AS run
    ), chosen AS (
        SELECT ready.id
        FROM ready
        LEFT JOIN brand_room ON brand_room.brand_id = ready.brand_id
        WHERE brand_room.room IS NULL OR ready.place_in_brand <= brand_room.room
        ORDER BY ready.share, ready.priority, ready.available_at, ready.id
        LIMIT :capacity
    )
    UPDATE job_runs AS run
    SET status = 'processing',
        attempt = run.attempt + 1,
        lease_token = gen_random_uuid(),
        lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds),
        deadline_at = clock_timestamp() + make_interval(secs => run.timeout_seconds),
        worker_id = :worker_id,
        started_at = coalesce(run.started_at, clock_timestamp()),
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    FROM chosen
    WHERE run.id = chosen.id AND run.status = 'pending'
    RETURNING run.id, run.lease_token, run.lease_expires_at, run.customer_id, run.brand_id, run.job_type,
              run.metadata, run.attempt, run.max_attempts, run.timeout_seconds, run.retried_at
""")

NEXT_READY = text("""
    SELECT extract(epoch FROM min(available_at) - clock_timestamp())
    FROM job_runs
    WHERE status = 'pending' AND available_at > clock_timestamp()
""")

HEARTBEAT = text("""
    UPDATE job_runs AS run
    SET lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds),
        progress = coalesce(CAST(held.progress AS jsonb), run.progress),
        change_xid = CASE WHEN held.progress IS NULL THEN run.change_xid
                          ELSE CAST(CAST(pg_current_xact_id() AS text) AS bigint) END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:tokens AS uuid[]), CAST(:progress AS text[])) AS held (id, token, progress)
    WHERE run.id = held.id AND run.status = 'processing' AND run.lease_token = held.token
    RETURNING held.token, run.cancel_requested_at IS NOT NULL AS is_cancelled
""")

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
""")

LOCK_SCHEDULES = text("""
    -- Whoever changes a schedule locks it before its runs. Whoever ends runs must do the same: else the two wait for
    -- each other.
    SELECT 1
    FROM scheduled_jobs
    WHERE id IN (SELECT scheduled_job_id FROM job_runs WHERE id = ANY(CAST(:ids AS uuid[])))
    ORDER BY id
    FOR NO KEY UPDATE
""")

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

CANCEL = text("""
    UPDATE job_runs
    SET cancel_requested_at = clock_timestamp(),
        status = CASE status WHEN 'pending' THEN 'cancelled' ELSE status END,
        finished_at = CASE status WHEN 'pending' THEN clock_timestamp() END,
        change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    WHERE id = ANY(CAST(:ids AS uuid[])) AND status IN ('pending', 'processing')
""")

CHANGED = text("""
    UPDATE job_runs
    SET change_xid = CAST(CAST(pg_current_xact_id() AS text) AS bigint)
    WHERE id = ANY(CAST(:ids AS uuid[]))
""")

OPEN_RUNS = text("""
    SELECT scheduled_job_id, id
    FROM job_runs
    WHERE scheduled_job_id = ANY(CAST(:schedule_ids AS uuid[])) AND status IN ('pending', 'processing')
    ORDER BY id
""")


@dataclass(frozen=True)
class Fire:
    """A fire time of a schedule that is to become a run."""

    run_id: UUID
    schedule_id: UUID
    at: datetime
    available_at: datetime
    is_exclusive: bool


class Lease(NamedTuple):
    """A run that has just become a worker's: a row of LEASE."""

    id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    customer_id: UUID
    brand_id: UUID
    job_type: str
    metadata: dict[str, Any]
    attempt: int
    max_attempts: int
    timeout_seconds: int
    retried_at: datetime | None


class Held(NamedTuple):
    """A run a worker says it holds, with its progress if that is news."""

    id: UUID
    token: UUID
    progress: Mapping[str, Any] | None = None


class Finished(NamedTuple):
    """How a worker says an attempt ended: completed, failed, cancelled or released."""

    id: UUID
    token: UUID
    outcome: str
    metrics: Mapping[str, Any] = MappingProxyType({})
    progress: Mapping[str, Any] | None = None
    error: str | None = None
    retryable: bool = False


async def insert_fires(session: AsyncSession, trigger: str, fires: Sequence[Fire]) -> set[UUID]:
    """Makes runs of fire times. Gives those that were made: a fire time that has its run already makes no second."""
    if not fires:
        return set()
    made = await session.execute(
        INSERT_FIRES,
        {
            "trigger": trigger,
            "priority": PRIORITY[trigger],
            "ids": array(fire.run_id for fire in fires),
            "schedule_ids": array(fire.schedule_id for fire in fires),
            "instants": array(fire.at for fire in fires),
            "available": array(fire.available_at for fire in fires),
            "exclusive": array(fire.is_exclusive for fire in fires),
        },
    )
    return set(made.scalars())


async def lease(session: AsyncSession, worker_id: str, capacity: int, lease_seconds: int) -> list[Lease]:
    """Gives up to `capacity` runs that are ready to a worker."""
    await session.execute(LEASE_LOCK)
    rows = await session.execute(LEASE, {"capacity": capacity, "lease_seconds": lease_seconds, "worker_id": worker_id})
    leases = [Lease._make(row) for row in rows.all()]
    if leases:
        await notify(session, RUNS_CHANGED)
    return leases


async def seconds_to_next_ready(session: AsyncSession) -> float | None:
    """How long until a pending run that is not ready yet will be. None when there is none."""
    seconds = (await session.execute(NEXT_READY)).scalar_one()
    return None if seconds is None else float(seconds)


async def heartbeat(session: AsyncSession, held: Sequence[Held], lease_seconds: int) -> tuple[set[UUID], set[UUID]]:
    """Extends leases. Gives the tokens of those to stop, and of those that are no longer the worker's."""
    rows = await session.execute(
        HEARTBEAT,
        {
            "lease_seconds": lease_seconds,
            "ids": array(h.id for h in held),
            "tokens": array(h.token for h in held),
            "progress": [_json(h.progress) for h in held],
        },
    )
    kept = {row.token: row.is_cancelled for row in rows.all()}
    if any(h.progress is not None for h in held):
        await notify(session, RUNS_CHANGED)
    return {token for token, cancelled in kept.items() if cancelled}, {h.token for h in held} - kept.keys()


async def finish(session: AsyncSession, finished: Sequence[Finished]) -> dict[UUID, str]:
    """Ends attempts. Gives each run's new status by its lease token; a lease that is missing had ended before."""
    await session.execute(LOCK_SCHEDULES, {"ids": array(f.id for f in finished)})
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
    ended = rows.all()
    await _after_ending(session, [row.id for row in ended if row.scheduled_job_id])
    return {row.token: row.status for row in ended}


@dataclass(frozen=True)
class Swept:
    """A run taken from a worker that was lost or too slow."""

    id: UUID
    status: str
    worker_id: str
    error_message: str
    scheduled_job_id: UUID | None


async def sweep(session: AsyncSession) -> list[Swept]:
    """Takes runs from workers whose lease has ended or whose time is up."""
    lost = (await session.execute(LOST, {"grace": DEADLINE_GRACE_SECONDS, "batch": SWEEP_BATCH})).scalars().all()
    if not lost:
        return []
    await session.execute(LOCK_SCHEDULES, {"ids": array(lost)})
    rows = await session.execute(SWEEP, {"grace": DEADLINE_GRACE_SECONDS, "ids": array(lost)})
    swept = [Swept(**row) for row in rows.mappings()]
    if swept:
        await _after_ending(session, [s.id for s in swept if s.scheduled_job_id])
    return swept


async def cancel(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Cancels pending runs, and asks the workers of processing ones to stop."""
    await session.execute(CANCEL, {"ids": array(ids)})
    await notify(session, RUNS_WAITING, RUNS_CHANGED)


async def retry(session: AsyncSession, run: JobRun) -> None:
    """Puts an ended run back to pending, with one more attempt. Raises Conflict while it is open.

    A person asks for this, so calls that may have been paid for are made again too.
    """
    if run.finished_at is None:
        raise Conflict(f"The run is {run.status}; only one that has ended can be retried.")
    run.status, run.finished_at, run.cancel_requested_at, run.error_message = RunStatus.PENDING, None, None, None
    run.max_attempts = run.attempt + 1
    run.available_at = run.created_at
    run.priority = PRIORITY["retry"]
    run.is_exclusive = True
    run.retried_at = await clock(session)
    await session.flush()
    await session.execute(CHANGED, {"ids": array([run.id])})
    await notify(session, RUNS_WAITING, RUNS_CHANGED)


async def open_runs(session: AsyncSession, schedule_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The pending and processing runs of each schedule."""
    found: dict[UUID, list[UUID]] = {}
    for schedule_id, run_id in await session.execute(OPEN_RUNS, {"schedule_ids": array(schedule_ids)}):
        found.setdefault(schedule_id, []).append(run_id)
    return found


def jitter(schedule_id: UUID, fire: datetime, most_seconds: int) -> timedelta:
    """A pause in [0, most_seconds], the same whenever it is computed for the same schedule and fire time."""
    mixed = (schedule_id.int ^ int(fire.timestamp())) * 0x9E3779B97F4A7C15 >> 32
    return timedelta(seconds=mixed % (most_seconds + 1))


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(dict(values))


async def _after_ending(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Tells the schedules of runs that have ended, and wakes those who wait: an exclusive run may be ready now."""
    if ids:
        await session.execute(RECORD_LAST_RUN, {"ids": array(ids)})
        for paused in (await session.execute(PAUSE_FAILING, {"ids": array(ids)})).mappings():
            reason = f"{paused['failures_in_a_row']} runs failed in a row; switch it on again when the cause is mended."
            whose = {"customer_id": paused["customer_id"], "schedule_id": paused["schedule_id"]}
            session.add(ScheduleEvent(**whose, kind="paused", reason=reason, actor="scheduler"))
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
