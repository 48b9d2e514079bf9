"""Takes runs back from workers that were lost or are too slow."""

import asyncio

import structlog

from answerbeat.database import Database
from scheduler_svc.lifecycle import patience_seconds
from scheduler_svc.store import sweeps

log = structlog.get_logger()

SWEEP_SECONDS = 1.0


class Sweeper:
    """Sweeps once a second, for as long as the service lives."""

    def __init__(self, database: Database, lease_seconds: int) -> None:
        self._database = database
        self._patience = patience_seconds(lease_seconds)

    async def run(self) -> None:
        """Sweeps without end. At first, and after each outage, workers are given time to say that they live."""
        await asyncio.sleep(self._patience)
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Takes back what is due to be taken back now."""
        async with self._database.transaction() as session:
            swept = await sweeps.sweep(session)
        for run in swept:
            log.warning("run_taken_back", run_id=str(run.id), status=run.status, reason=run.error_message)
