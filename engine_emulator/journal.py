"""What was asked, and what became of it, so that a test can count what would have been paid."""

from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

KEPT = 100_000


@dataclass
class Entry:
    """One call."""

    number: int
    at: str
    engine: str
    question: str
    key: str
    """The last four characters of the key that was shown."""
    outcome: str = "asked"
    """asked, answered, refused, hung, cut or unreadable; answered ones are paid for."""


class Journal:
    """The latest calls, in order."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._count = 0

    def begin(self, engine: str, question: str, key: str) -> Entry:
        """Writes down a call that has just come in."""
        self._count += 1
        entry = Entry(self._count, datetime.now(UTC).isoformat(), engine, question, key[-4:])
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """All calls."""
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forgets all calls."""
        self._entries.clear()
