"""Takes runs back from workers that were lost or are too slow."""

import asyncio

import structlog

from answerbeat.database import Database
from scheduler_svc import runs

log = structlog.get_logger()

SWEEP_SECONDS = 1.0


class Sweeper:
    """Sweeps once a second, for as long as the service lives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Sweeps without end."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Takes back what is due to be taken back now."""
        async with self._database.transaction() as session:
            swept = await runs.sweep(session)
        for run in swept:
            log.warning("run_taken_back", run_id=str(run.id), status=run.status, reason=run.error_message)
