"""Keeps the leases of all runs that are worked on, tells their progress, and stops those cancelled or lost."""

import asyncio
from copy import deepcopy
from uuid import UUID

import grpc
import structlog

from answerbeat.rpc.convert import to_struct
from answerbeat.v1 import dispatch_pb2
from worker_svc.duties.leases import WorkerLease, WorkerLeases
from worker_svc.duties.scheduler import Dispatch
from worker_svc.ending import Stop

log = structlog.get_logger()


class Heartbeats:
    """One worker's."""

    def __init__(self, dispatch: Dispatch, leases: WorkerLeases, worker_id: str) -> None:
        self._dispatch = dispatch
        self._leases = leases
        self._worker_id = worker_id

    async def keep_leases(self) -> None:
        """Sends heartbeats for as long as the worker lives."""
        while True:
            if not self._leases:
                await self._leases.change()
                continue
            await asyncio.sleep(min(lease.heartbeat_seconds for lease in self._leases.all()))
            try:
                if self._leases:
                    await self._heartbeat()
            except grpc.aio.AioRpcError as error:
                log.warning("heartbeat_failed", code=error.code().name)

    async def _heartbeat(self) -> None:
        """Extends the leases, and stops the runs that were cancelled or are lost."""
        held = [_held_message(lease) for lease in self._leases.all()]
        answer = await self._dispatch.Heartbeat(dispatch_pb2.HeartbeatRequest(worker_id=self._worker_id, runs=held))
        for token in answer.cancelled_lease_tokens:
            self._leases.stop(UUID(token), Stop.CANCELLED)
        for token in answer.lost_lease_tokens:
            self._leases.stop(UUID(token), Stop.LOST)


def _held_message(lease: WorkerLease) -> dispatch_pb2.HeldRun:
    """A run for a heartbeat, with its progress when that is news."""
    message = dispatch_pb2.HeldRun(run_id=str(lease.run.id), lease_token=str(lease.run.token))
    if lease.run.progress != lease.told:
        lease.told = deepcopy(lease.run.progress)
        message.progress.CopyFrom(to_struct(lease.told))
    return message
