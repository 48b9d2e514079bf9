"""What the processes said of themselves: errors, and ends that were told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ERRORS = ("error", "critical")


@dataclass(frozen=True)
class End:
    """An end that a worker told a scheduler, as the scheduler logged it."""

    lease: str
    is_stale: bool
    at: datetime


class Logs:
    """The logs of all processes. Each call gives what is new since the one before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}

    def news(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each new line, with its process's name. One that is no line of ours is an error: somebody's traceback."""
        for path in sorted(self._folder.glob("*.log")):
            text = path.read_text(errors="replace")
            lines = text[self._read.get(path, 0) : text.rfind("\n") + 1].splitlines()
            self._read[path] = text.rfind("\n") + 1
            for line in lines:
                yield path.stem, _parsed(line)


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) and "event" in found else {"level": "error", "event": line}


def is_error(line: dict[str, Any]) -> bool:
    """Whether a process says that something is wrong with itself, rather than with the world around it."""
    return line.get("level") in ERRORS or "exception" in line


def end_of(line: dict[str, Any]) -> End | None:
    """The end that a line tells of, if it tells of one."""
    if line["event"] != "run_finished":
        return None
    return End(line["lease"], line["status"] == "stale", datetime.fromisoformat(line["timestamp"]))
