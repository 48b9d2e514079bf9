"""Clears what has served its time, in small batches, so that nobody waits behind a big delete."""

import asyncio

import structlog
from sqlalchemy import TextClause, text

from answerbeat.database import Database

log = structlog.get_logger()

CLEAN_SECONDS = 600.0
BATCH = 500
PAUSE_SECONDS = 0.05
"""Between two batches."""

IDEMPOTENCY_KEYS = text("""
    DELETE FROM idempotency_keys
    WHERE (caller, key) IN (
        SELECT caller, key
        FROM idempotency_keys
        WHERE created_at < clock_timestamp() - interval '24 hours'
        LIMIT :batch)
""")

EVENTS = text("""
    DELETE FROM schedule_events
    WHERE id IN (
        SELECT id
        FROM schedule_events
        WHERE id < CAST(:boundary AS uuid) AND occurred_at < clock_timestamp() - make_interval(days => :days)
        ORDER BY id
        LIMIT :batch)
""")

RUNS = text("""
    DELETE FROM job_runs
    WHERE id IN (
        SELECT id
        FROM job_runs
        WHERE id < CAST(:boundary AS uuid) AND finished_at < clock_timestamp() - make_interval(days => :days)
        ORDER BY id
        LIMIT :batch)
""")
"""With a run go its calls, its answers and what was read off them."""

BOUNDARY = text("""
    SELECT rpad(lpad(to_hex(CAST(
        extract(epoch FROM clock_timestamp() - make_interval(days => :days)) * 1000 AS bigint)), 12, '0'), 32, '0')
""")
"""The UUIDv7 of that day (RFC 9562, 5.7): keys sort by time, so the oldest rows are found by the primary key."""


class Cleaner:
    """Cleans every ten minutes, for as long as the service lives."""

    def __init__(self, database: Database, keep_runs_days: int, keep_events_days: int) -> None:
        self._database = database
        self._keep_runs_days = keep_runs_days
        self._keep_events_days = keep_events_days

    async def run(self) -> None:
        """Cleans without end."""
        while True:
            await self.clean()
            await asyncio.sleep(CLEAN_SECONDS)

    async def clean(self) -> dict[str, int]:
        """Clears all that is old enough. Gives how many rows of each kind went."""
        gone = {"idempotency_keys": await self._clear(IDEMPOTENCY_KEYS)}
        if self._keep_events_days:
            gone["events"] = await self._clear(EVENTS, self._keep_events_days)
        if self._keep_runs_days:
            gone["runs"] = await self._clear(RUNS, self._keep_runs_days)
        if any(gone.values()):
            log.info("cleaned", **gone)
        return gone

    async def _clear(self, statement: TextClause, days: int = 0) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                facts = {"batch": BATCH}
                if days:
                    boundary = (await session.execute(BOUNDARY, {"days": days})).scalar_one()
                    facts |= {"days": days, "boundary": boundary}
                count: int = (await session.execute(statement, facts)).rowcount  # type: ignore[attr-defined]
            total += count
            if count < BATCH:
                return total
            await asyncio.sleep(PAUSE_SECONDS)
