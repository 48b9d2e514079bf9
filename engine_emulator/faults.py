"""Errors on request: what the next calls are to meet.

A fault is set over HTTP, `PUT /emulator/faults`, and is used up call by call.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

Kind = Literal[
    "rate_limit",
    "server_error",
    "gateway_timeout",
    "hang",
    "cut",
    "no_overview",
    "not_json",
    "unauthorized",
    "last_one",
    "copy",
]


class Fault(BaseModel, extra="forbid"):
    """What is to go wrong."""

    kind: Kind
    engine: str | None = None
    """Only calls to this engine; all when left out."""
    contains: str = ""
    """Only questions with this text."""
    times: int = Field(1, ge=1)
    """How many calls meet it."""
    retry_after: int | None = Field(1, ge=0)
    """Seconds in Retry-After, of a rate limit; until there are more requests, of the last one that is allowed."""


@dataclass
class _Armed:
    fault: Fault
    left: int


class Faults:
    """The faults that are still to be met, in the order they were set."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def set(self, faults: list[Fault]) -> None:
        """Replaces all faults."""
        self._armed = [_Armed(fault, fault.times) for fault in faults]

    def next(self, engine: str, question: str) -> Fault | None:
        """The fault this call is to meet, if any."""
        for armed in self._armed:
            fault = armed.fault
            if armed.left and fault.engine in (None, engine) and fault.contains in question:
                armed.left -= 1
                return fault
        return None
