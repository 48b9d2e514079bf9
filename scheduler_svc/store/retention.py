"""What has served its time: found by its age, and deleted in small batches."""

from sqlalchemy import text

from answerbeat.database import Session

BATCH = 500

IDEMPOTENCY_KEYS = text("""
    WITH gone AS (
        DELETE FROM idempotency_keys
        WHERE (caller, key) IN (
            SELECT caller, key
            FROM idempotency_keys
            WHERE created_at < clock_timestamp() - interval '24 hours'
            LIMIT :batch)
        RETURNING 1)
    SELECT count(*) FROM gone
""")

EVENTS = text("""
    WITH gone AS (
        DELETE FROM schedule_events
        WHERE id IN (
            SELECT id
            FROM schedule_events
            WHERE id < CAST(:boundary AS uuid) AND occurred_at < clock_timestamp() - make_interval(days => :days)
            ORDER BY id
            LIMIT :batch)
        RETURNING 1)
    SELECT count(*) FROM gone
""")

RUNS = text("""
    WITH gone AS (
        DELETE FROM job_runs
        WHERE id IN (
            SELECT id
            FROM job_runs
            WHERE id < CAST(:boundary AS uuid) AND finished_at < clock_timestamp() - make_interval(days => :days)
            ORDER BY id
            LIMIT :batch)
        RETURNING 1)
    SELECT count(*) FROM gone
""")
"""With a run go its calls, its answers and what was read off them."""

BOUNDARY = text("""
    SELECT rpad(lpad(to_hex(CAST(
        extract(epoch FROM clock_timestamp() - make_interval(days => :days)) * 1000 AS bigint)), 12, '0'), 32, '0')
""")
"""The UUIDv7 of that day (RFC 9562, 5.7): keys sort by time, so the oldest rows are found by the primary key."""


async def clear_idempotency_keys(session: Session) -> int:
    """Deletes keys of requests that nobody repeats any more. Gives how many; fewer than BATCH when those were all."""
    return int((await session.execute(IDEMPOTENCY_KEYS, {"batch": BATCH})).scalar_one())


async def clear_events(session: Session, keep_days: int) -> int:
    """Deletes events that are older. Gives how many; fewer than BATCH when those were all."""
    return int((await session.execute(EVENTS, await _facts(session, keep_days))).scalar_one())


async def clear_runs(session: Session, keep_days: int) -> int:
    """Deletes runs that ended longer ago. Gives how many; fewer than BATCH when those were all."""
    return int((await session.execute(RUNS, await _facts(session, keep_days))).scalar_one())


async def _facts(session: Session, days: int) -> dict[str, int | str]:
    boundary: str = (await session.execute(BOUNDARY, {"days": days})).scalar_one()
    return {"days": days, "batch": BATCH, "boundary": boundary}
