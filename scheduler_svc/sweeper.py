"""Takes runs back from workers that were lost or are too slow, and clears what has served its time."""

import asyncio

import structlog
from sqlalchemy import text

from answerbeat.database import Database
from scheduler_svc import runs

log = structlog.get_logger()

SWEEP_SECONDS = 1.0
KEEP_IDEMPOTENCY_KEYS = text("""
    DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '24 hours'
""")
CLEAN_EVERY_SWEEPS = 600


class Sweeper:
    """Sweeps once a second, for as long as the service lives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Sweeps without end."""
        sweeps = 0
        while True:
            await self.sweep()
            if sweeps % CLEAN_EVERY_SWEEPS == 0:
                await self._clean()
            sweeps += 1
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Takes back what is due to be taken back now."""
        async with self._database.transaction() as session:
            swept = await runs.sweep(session)
        for run in swept:
            log.warning("run_taken_back", run_id=str(run.id), status=run.status, reason=run.error_message)

    async def _clean(self) -> None:
        async with self._database.transaction() as session:
            await session.execute(KEEP_IDEMPOTENCY_KEYS)
