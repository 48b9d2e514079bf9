"""Keeps the rollups up to date: woken by whatever was read, and at times by itself, should a word have been lost."""

import asyncio
from uuid import UUID

import structlog

from answerbeat.database import Database, is_away
from answerbeat.wakeup import Wakeup
from brand_svc.insights.store.counting import brands_due, bring_up_to_date

log = structlog.get_logger()

POLL_SECONDS = 30.0
"""The longest sleep."""
PAUSE_SECONDS = 0.2
"""After a round: answers are read one by one, and counted together."""


class RollupDuty:
    """Counts for all brands."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Counts for as long as the service lives."""
        while True:
            seen = self._wakeup.now()
            await self.round()
            await asyncio.sleep(PAUSE_SECONDS)
            await self._wakeup.wait(seen, POLL_SECONDS)

    async def round(self) -> None:
        """Counts what is due now. A brand that can't be counted does not keep the others from it."""
        async with self._database.transaction() as session:
            brand_ids = await brands_due(session)
        for brand_id in brand_ids:
            try:
                await self._count(brand_id)
            except Exception as error:
                if is_away(error):
                    raise
                log.exception("brand_not_counted", brand_id=str(brand_id))

    async def _count(self, brand_id: UUID) -> None:
        """Counts all that is due of a brand, so much at a time."""
        is_more = True
        while is_more:
            async with self._database.transaction() as session:
                is_more = await bring_up_to_date(session, brand_id)
