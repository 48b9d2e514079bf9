"""The runs that this worker holds: what leasing adds, heartbeats keep, and each attempt takes out at its end."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from uuid import UUID

from worker_svc.ending import Stop
from worker_svc.run import Run


@dataclass
class WorkerLease:
    """A run that is worked on."""

    run: Run
    heartbeat_seconds: float
    metadata: dict[str, object]
    """The run's options as they are stored: what was right then may be wrong now."""
    task: asyncio.Task[None] | None = None
    stop: Stop | None = None
    """Why it was stopped, if it was."""
    is_ending: bool = False
    """Its steps are over: only its end is still to be told, and that whatever a heartbeat says."""
    told: dict[str, dict[str, int]] = field(default_factory=dict)
    """The progress that the scheduler knows."""


class WorkerLeases:
    """All that are held."""

    def __init__(self) -> None:
        self._held: dict[UUID, WorkerLease] = {}
        """By token: a worker that was frozen may get a run again before its old lease's task has ended."""
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """How many runs are worked on."""
        return len(self._held)

    def all(self) -> list[WorkerLease]:
        """Those that are held now."""
        return [*self._held.values()]

    def tasks(self) -> list[asyncio.Task[None]]:
        """The attempts that are under way."""
        return [lease.task for lease in self._held.values() if lease.task]

    def begin(self, lease: WorkerLease, attempt: Callable[[WorkerLease], Coroutine[None, None, None]]) -> None:
        """Begins an attempt; the run is held until it has ended, however it ends."""
        self._held[lease.run.token] = lease
        lease.task = asyncio.create_task(self._until_ended(lease, attempt))
        self._changed.set()

    def stop(self, token: UUID, why: Stop) -> None:
        """Stops an attempt, unless that has been done before, or it ends by itself."""
        lease = self._held.get(token)
        if lease is None or lease.task is None or lease.stop or lease.is_ending:
            return
        lease.stop = why
        lease.task.cancel()

    def wake(self) -> None:
        """Lets those look who wait for a change."""
        self._changed.set()

    async def change(self) -> None:
        """Waits until a run begins or ends."""
        self._changed.clear()
        await self._changed.wait()

    async def drain(self, seconds: float, handback_seconds: float) -> None:
        """Gives attempts some time, tells those that are late to end, and waits until all have."""
        for lease in self._held.values():
            lease.run.draining.set()
        late = await _cancel_those_late(self.tasks(), seconds)
        stuck = await _cancel_those_late(late, handback_seconds)
        # The way to the scheduler is closed next: nobody may be on it any more.
        await asyncio.gather(*stuck, return_exceptions=True)

    async def _until_ended(
        self, lease: WorkerLease, attempt: Callable[[WorkerLease], Coroutine[None, None, None]]
    ) -> None:
        try:
            await attempt(lease)
        finally:
            del self._held[lease.run.token]
            self._changed.set()


async def _cancel_those_late(tasks: Collection[asyncio.Task[None]], seconds: float) -> set[asyncio.Task[None]]:
    """Those that have not ended by then; they are told to."""
    if not tasks:
        return set()
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    return late
