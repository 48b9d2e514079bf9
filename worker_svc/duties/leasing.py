"""Takes runs from the scheduler, as many as this worker has room for, until it is told to stop.

A run is the worker's only while its lease lasts. Whatever happens here, the scheduler gives it to
another worker when heartbeats stop.
"""

import asyncio
from contextlib import suppress
from uuid import UUID

import grpc
import structlog

from answerbeat.options import RunOptions
from answerbeat.rpc.convert import enum_name, to_datetime, to_dict
from answerbeat.v1 import dispatch_pb2, run_pb2
from worker_svc.duties.attempt import Attempts
from worker_svc.duties.leases import WorkerLease, WorkerLeases
from worker_svc.duties.scheduler import Dispatch
from worker_svc.run import Run

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
"""Between two looks for work while the scheduler is away."""
WAIT_SLACK_SECONDS = 5.0
HANDBACK_SECONDS = 10.0
"""How long a stopping worker tries to hand back what it could not finish. After that the leases end by themselves."""


class Leasing:
    """Works on up to `slots` runs at once."""

    def __init__(
        self, dispatch: Dispatch, leases: WorkerLeases, attempts: Attempts, worker_id: str, slots: int, wait_ms: int
    ) -> None:
        self._dispatch = dispatch
        self._leases = leases
        self._attempts = attempts
        self._worker_id = worker_id
        self._slots = slots
        self._wait_ms = wait_ms
        self._draining = asyncio.Event()
        self._takes_no_more = asyncio.Event()

    async def take_runs(self) -> None:
        """Takes runs for as long as the worker lives."""
        try:
            await self._take_until_draining()
        finally:
            self._takes_no_more.set()

    async def drain(self, seconds: float) -> None:
        """Takes no more runs. What is under way is given some time, then handed back."""
        self._draining.set()
        self._leases.wake()
        # A lease that is just coming in is handed back with the others.
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SLACK_SECONDS):
                await self._takes_no_more.wait()
        if self._leases:
            log.info("draining", runs=len(self._leases), seconds=seconds)
        await self._leases.drain(seconds, HANDBACK_SECONDS)
        await self._attempts.close()

    async def _take_until_draining(self) -> None:
        was_away = False
        while not self._draining.is_set():
            free = self._slots - len(self._leases)
            if free == 0:
                await self._leases.change()
                continue
            try:
                leased = await self._lease(free)
                was_away = False
            except grpc.aio.AioRpcError as error:
                if not was_away:
                    log.warning("scheduler_away", code=error.code().name, reason=error.details())
                was_away = True
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            for run in leased:
                self._leases.begin(_lease_of(run), self._attempts.work)

    async def _lease(self, capacity: int) -> list[dispatch_pb2.LeasedRun]:
        request = dispatch_pb2.LeaseRunsRequest(worker_id=self._worker_id, capacity=capacity, wait_ms=self._wait_ms)
        call = asyncio.ensure_future(
            self._dispatch.LeaseRuns(request, timeout=self._wait_ms / 1000 + WAIT_SLACK_SECONDS)
        )
        drained = asyncio.ensure_future(self._draining.wait())
        await asyncio.wait([call, drained], return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()
        if not call.done():
            call.cancel()  # a run that was on its way comes back when its lease ends
            return []
        return list(call.result().runs)


def _lease_of(leased: dispatch_pb2.LeasedRun) -> WorkerLease:
    run = Run(
        id=UUID(leased.run_id),
        token=UUID(leased.lease_token),
        customer_id=UUID(leased.customer_id),
        brand_id=UUID(leased.brand_id),
        job_type=enum_name(run_pb2.JobType, leased.job_type),
        options=RunOptions(),
        attempt=leased.attempt,
        max_attempts=leased.max_attempts,
        timeout_seconds=leased.timeout_seconds,
        retried_at=to_datetime(leased.retried_at, "retried_at") if leased.HasField("retried_at") else None,
    )
    return WorkerLease(run, leased.heartbeat_ms / 1000, to_dict(leased.metadata))
