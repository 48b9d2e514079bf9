"""Hands runs to workers: a lease that waits for work, a heartbeat, and the end."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from answerbeat.database import Database
from answerbeat.kinds import RunStatus
from answerbeat.wakeup import Wakeup
from scheduler_svc.lifecycle import heartbeat_seconds
from scheduler_svc.store import endings, heartbeats, leases
from scheduler_svc.store.endings import Finished
from scheduler_svc.store.heartbeats import HeartbeatAnswer, Held
from scheduler_svc.store.leases import Lease

log = structlog.get_logger()


class Dispatcher:
    """What workers ask of the scheduler."""

    def __init__(self, database: Database, wakeup: Wakeup, lease_seconds: int) -> None:
        self._database = database
        self._wakeup = wakeup
        self._lease_seconds = lease_seconds
        self.heartbeat_ms = int(heartbeat_seconds(lease_seconds) * 1000)
        self.is_draining = False

    async def lease(self, worker_id: str, capacity: int, wait_seconds: float) -> list[Lease]:
        """Up to `capacity` runs, as soon as there is one; none when the wait is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_seconds
        while not self.is_draining:
            seen = self._wakeup.now()
            async with self._database.transaction() as session:
                given = await leases.lease(session, worker_id, capacity, self._lease_seconds)
                until_ready = None if given else await leases.seconds_to_next_ready(session)
            left = end - loop.time()
            if given or left <= 0:
                return given
            await self._wakeup.wait(seen, left if until_ready is None else min(left, until_ready + 0.001))
        return []

    async def heartbeat(self, held: Sequence[Held]) -> HeartbeatAnswer:
        """Extends leases. Gives the tokens of those to stop, and of those that are lost."""
        async with self._database.transaction() as session:
            return await heartbeats.heartbeat(session, held, self._lease_seconds)

    async def finish(self, finished: Sequence[Finished]) -> dict[UUID, RunStatus]:
        """Ends attempts. Gives the new status of each run that was still the worker's, by its lease token."""
        async with self._database.transaction() as session:
            ended = await endings.finish(session, finished)
        logger = log.bind()  # once: it costs more than a line that is not wanted
        for f in finished:
            status = ended.get(f.token, "stale")
            logger.info("run_finished", run_id=str(f.id), lease=str(f.token), status=status, outcome=f.outcome)
        return ended

    async def drain(self) -> None:
        """Lets waiting workers go, so that they come back to another scheduler."""
        self.is_draining = True
        self._wakeup.set()
