"""Wakes whoever waits, in this process, when PostgreSQL says that something changed.

NOTIFY is a hint, never the truth: whoever wakes looks at the tables, and whoever waits does
so only for a bounded time.
"""

import asyncio
from collections import defaultdict

from answerbeat.database import Database


class Wakeup:
    """Counts the notifications of one channel. Take `now()` before looking, then wait for more than that."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = asyncio.Event()

    def now(self) -> int:
        """How many there were so far."""
        return self._count

    def set(self) -> None:
        """Wakes all who wait."""
        self._count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, seen: int, seconds: float) -> None:
        """Returns when there were more than `seen`, or after some seconds."""
        if self._count > seen:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass


class Wakeups:
    """One wakeup for each channel that is listened to."""

    def __init__(self) -> None:
        self._by_channel: defaultdict[str, Wakeup] = defaultdict(Wakeup)

    def __getitem__(self, channel: str) -> Wakeup:
        """The wakeup of a channel."""
        return self._by_channel[channel]

    async def listen(self, database: Database) -> None:
        """Passes notifications on, for as long as the service lives."""
        async for channel in database.notifications(*self._by_channel):
            # "" means that some may have been missed: all look again.
            for wakeup in [self._by_channel[channel]] if channel else list(self._by_channel.values()):
                wakeup.set()
