"""What an engine sent back, before it is read, and safe ways into a body that may have any shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

MAX_COUNT = 2**31
"""No call has so many tokens; a larger number is no count."""
MAX_BODY_BYTES = 20 * 1024 * 1024
"""Longer bodies are cut off here: no answer is that long."""

NO_PAGES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Exchange:
    """What an engine sent back."""

    body: str
    status: int | None = None
    """HTTP status; None where it was not kept."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """With names in lower case."""
    is_cut: bool = False
    """The connection broke, or the limit was reached, before the body's end."""
    calls: int = 1
    """Calls that were paid for."""
    token_share: float = 1.0
    """The share of the tokens' list price that was paid: less in a batch."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """The redirects in the body that were followed, with where they led. Kept with the answer: it is read by them."""
    at: datetime | None = None
    """When the call was made: some prices depend on the hour. None where it was not kept."""


def listed(value: object) -> list[object]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects(value: object) -> list[dict[str, object]]:
    """The objects in a list; none if it is no list."""
    return [item for item in listed(value) if isinstance(item, dict)]


def inner(value: Mapping[str, object], name: str) -> dict[str, object]:
    """An object within an object; an empty one if there is none."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def said(value: Mapping[str, object], name: str) -> str:
    """A text within an object, as it is; "" if there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def words(value: Mapping[str, object], name: str) -> str:
    """A text within an object, without white space around it; "" if there is none."""
    return said(value, name).strip()


def count(value: Mapping[str, object], name: str) -> int | None:
    """A number of things within an object, such as tokens; None if there is none."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < MAX_COUNT else None


def decoded(text: str) -> dict[str, object]:
    """An object written as JSON in a string, as the arguments of tools are; an empty one if it is anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
