"""Of brands that were deleted, ends what is planned and what runs; brand_svc takes their history away after that."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from answerbeat.database import Database, Session
from answerbeat.wakeup import Wakeup
from scheduler_svc.store import cancels, removals

POLL_SECONDS = 10.0
"""The longest sleep."""


class Removals:
    """Ends what goes on of deleted brands, for as long as the service lives."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Sleeps until a brand is deleted, and ends what it left."""
        while True:
            seen = self._wakeup.now()
            await self.end()
            await self._wakeup.wait(seen, POLL_SECONDS)

    async def end(self) -> None:
        """Ends all that goes on now, one by one: who holds one thing and waits for no other stands in no circle."""
        while schedule_ids := await self._found(removals.schedules):
            for schedule_id in schedule_ids:
                async with self._database.transaction() as session:
                    await removals.end_schedule(session, schedule_id)
        while run_ids := await self._found(removals.open_runs):
            for run_id in run_ids:
                async with self._database.transaction() as session:
                    await cancels.cancel(session, [run_id])

    async def _found(self, look: Callable[[Session], Awaitable[Sequence[UUID]]]) -> Sequence[UUID]:
        async with self._database.transaction() as session:
            return await look(session)
