"""Removes brands and customers that were deleted, bit by bit, whenever nothing of them goes on any more."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from answerbeat.database import Database, Session, is_away
from answerbeat.wakeup import Wakeup
from brand_svc.catalog.store import removal

log = structlog.get_logger()

POLL_SECONDS = 30.0
"""The longest sleep."""
LOOK_SECONDS = 1.0
"""The longest sleep while something waits for its runs to end."""
PAUSE_SECONDS = 0.02
"""Between two steps, so that nobody waits behind a big history."""

Step = Callable[[Session, UUID], Awaitable[str | None]]


class RemovalDuty:
    """Removes for as long as the service lives. Several may: a step is one's."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Sleeps until something is deleted, and removes it."""
        while True:
            seen = self._wakeup.now()
            left = await self.round()
            await self._wakeup.wait(seen, LOOK_SECONDS if left else POLL_SECONDS)

    async def round(self) -> int:
        """Removes what can be removed now. Gives how many brands and customers are left for later."""
        async with self._database.transaction() as session:
            brands = await removal.deleted_brands(session)
        left = [key for key in brands if not await self._remove("brand", key, removal.remove_from_brand)]
        async with self._database.transaction() as session:
            customers = await removal.deleted_customers(session)
        left += [key for key in customers if not await self._remove("customer", key, removal.remove_from_customer)]
        return len(left)

    async def _remove(self, what: str, key: UUID, step: Step) -> bool:
        """Whether nothing of it is waited for. One that can't be removed keeps no other from it, and comes later."""
        try:
            while table := await self._step(key, step):
                if table == f"{what}s":
                    log.info("removed", what=what, id=str(key))
                    return True
                await asyncio.sleep(PAUSE_SECONDS)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("not_removed", what=what, id=str(key))
            return True
        return False

    async def _step(self, key: UUID, step: Step) -> str | None:
        async with self._database.transaction() as session:
            return await step(session, key)
