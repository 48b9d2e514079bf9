"""What was asked, and what became of it, so that a test can count what would have been paid."""

import asyncio
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from answerbeat.jsons import JsonObject

KEPT = 100_000
UNDER_WAY = "asked"


@dataclass
class Entry:
    """One call."""

    number: int
    at: str
    engine: str
    question: str
    key: str
    """The last four characters of the key that was shown."""
    outcome: str = UNDER_WAY
    """asked, answered, refused, hung, cut or unreadable; answered ones are paid for."""


class Journal:
    """The latest calls, in order."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._count = 0
        self._changed = asyncio.Event()

    def begin(self, engine: str, question: str, key: str) -> Entry:
        """Writes down a call that has just come in."""
        self._count += 1
        entry = Entry(self._count, datetime.now(UTC).isoformat(), engine, question, key[-4:])
        self._entries.append(entry)
        return entry

    def end(self, entry: Entry, outcome: str) -> None:
        """Writes down what became of a call."""
        entry.outcome = outcome
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, count: int, outcome: str, contains: str, seconds: float) -> bool:
        """Waits until so many calls had an outcome. False when they had not in time."""
        try:
            async with asyncio.timeout(seconds):
                while sum(e.outcome == outcome and contains in e.question for e in self._entries) < count:
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def entries(self) -> list[JsonObject]:
        """All calls."""
        return [asdict(entry) for entry in self._entries]

    def take(self) -> list[JsonObject]:
        """All calls that have ended, which are forgotten then; what is under way stays, and so its end is told."""
        ended = [entry for entry in self._entries if entry.outcome != UNDER_WAY]
        self._entries = deque((entry for entry in self._entries if entry.outcome == UNDER_WAY), maxlen=KEPT)
        return [asdict(entry) for entry in ended]
