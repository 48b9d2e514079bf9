"""Replays recorded exchanges: each recording has a base URL of its own, /replay/<its file's name>."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Recording:
    """A response as the real engine sent it."""

    status: int
    headers: dict[str, str]
    body: Any


def load(folder: Path) -> dict[str, Recording]:
    """The recordings of a folder, by file name without its ending."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}


def _read(path: Path) -> Recording:
    response = json.loads(path.read_text())["response"]
    kept = {name: value for name, value in response.get("headers", {}).items() if name.lower() != "content-length"}
    return Recording(response["status"], kept, response["body"])
