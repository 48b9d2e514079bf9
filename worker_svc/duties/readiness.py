"""Tells everybody which engines this worker can ask, again and again: keys are known here alone."""

import asyncio

from tenacity import AsyncRetrying, retry_if_exception, wait_fixed

from answerbeat.database import Database, is_away
from worker_svc.engines import Engines
from worker_svc.store import worker_engines
from worker_svc.store.worker_engines import EngineStatement

TOLD_SECONDS = 10.0
"""Between two reports."""
GOOD_SECONDS = 35
"""How long a report is good: three may be missed before the worker is taken for gone."""


class Readiness:
    """What one worker tells of its engines."""

    def __init__(self, database: Database, engines: Engines, worker_id: str) -> None:
        self._database = database
        self._worker_id = worker_id
        self._statements = [
            EngineStatement(name, one.title, one.model, one.missing, one.is_base_url_overridden, one.is_emulated)
            for name, one in engines.all.items()
        ]

    async def until_told(self) -> None:
        """Tells of all engines, as soon as the database takes it."""
        async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=wait_fixed(1)):
            with attempt:
                await self._tell()

    async def keep_telling(self) -> None:
        """Tells again and again, for as long as the worker lives."""
        while True:
            await asyncio.sleep(TOLD_SECONDS)
            await self._tell()

    async def withdraw(self) -> None:
        """Tells that this worker asks nobody any more. Where the database is away, its report expires by itself."""
        try:
            async with self._database.transaction() as session:
                await worker_engines.withdraw(session, self._worker_id)
        except Exception as error:
            if not is_away(error):
                raise

    async def _tell(self) -> None:
        async with self._database.transaction() as session:
            await worker_engines.tell(session, self._worker_id, self._statements, GOOD_SECONDS)
