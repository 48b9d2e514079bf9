"""Runs are leased: given to a worker, with a token and a deadline."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import RUNS_CHANGED, Session, notify
from answerbeat.kinds import JobType
from answerbeat.schema import KindColumn

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
""").columns(job_type=KindColumn(JobType))

NEXT_READY = text("""
    SELECT extract(epoch FROM min(available_at) - clock_timestamp())
    FROM job_runs
    WHERE status = 'pending' AND available_at > clock_timestamp()
""")


class Lease(NamedTuple):
    """A run that has just become a worker's: a row of LEASE."""

    id: UUID
    lease_token: UUID
    lease_expires_at: datetime
    customer_id: UUID
    brand_id: UUID
    job_type: JobType
    metadata: Mapping[str, object]
    attempt: int
    max_attempts: int
    timeout_seconds: int
    retried_at: datetime | None


async def lease(session: Session, worker_id: str, capacity: int, lease_seconds: int) -> list[Lease]:
    """Gives up to `capacity` runs that are ready to a worker."""
    await session.execute(LEASE_LOCK)
    rows = await session.execute(LEASE, {"capacity": capacity, "lease_seconds": lease_seconds, "worker_id": worker_id})
    leases = [Lease._make(row) for row in rows.all()]
    if leases:
        await notify(session, RUNS_CHANGED)
    return leases


async def seconds_to_next_ready(session: Session) -> float | None:
    """How long until a pending run that is not ready yet will be. None when there is none."""
    seconds = (await session.execute(NEXT_READY)).scalar_one()
    return None if seconds is None else float(seconds)
