"""A run as the worker holds it: what it is to do, how far it is, and what may end it early."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from answerbeat.options import RunOptions


class LeaseLost(Exception):
    """The run is no longer this worker's."""


class Drained(Exception):
    """The worker stops; the run is handed back with what it has."""


class StepFailed(Exception):
    """A step could do nothing."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable


@dataclass
class Run:
    """A leased run."""

    id: UUID
    token: UUID
    customer_id: UUID
    brand_id: UUID
    job_type: str
    options: RunOptions
    attempt: int
    max_attempts: int
    timeout_seconds: int
    retried_at: datetime | None = None
    """When a person last asked to run it again: what had no answer by then is asked again, paid for or not."""
    progress: dict[str, dict[str, int]] = field(default_factory=dict)
    metrics: dict[str, Mapping[str, object]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What went wrong beside what went well."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    may_have_open_calls: bool = True
    """Calls may be written down as under way, by an earlier lease too: an attempt that ends has to settle them."""

    def advance(self, step: str, done: int, total: int) -> None:
        """Notes how far a step is. The next heartbeat tells the scheduler."""
        self.progress[step] = {"done": done, "total": total}

    def stop_if_draining(self) -> None:
        """Raises Drained when the worker stops."""
        if self.draining.is_set():
            raise Drained
