"""Clears what has served its time, in small batches, so that nobody waits behind a big delete."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from answerbeat.database import Database, Session
from scheduler_svc.store import retention

log = structlog.get_logger()

CLEAN_SECONDS = 600.0
PAUSE_SECONDS = 0.05
"""Between two batches."""


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
        gone = {"idempotency_keys": await self._clear(retention.clear_idempotency_keys)}
        if days := self._keep_events_days:
            gone["events"] = await self._clear(lambda session: retention.clear_events(session, days))
        if days := self._keep_runs_days:
            gone["runs"] = await self._clear(lambda session: retention.clear_runs(session, days))
        if any(gone.values()):
            log.info("cleaned", **gone)
        return gone

    async def _clear(self, batch: Callable[[Session], Awaitable[int]]) -> int:
        total = 0
        while True:
            async with self._database.transaction() as session:
                count = await batch(session)
            total += count
            if count < retention.BATCH:
                return total
            await asyncio.sleep(PAUSE_SECONDS)
