"""DispatchService over gRPC: reads the request, calls the dispatcher, answers."""

from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from answerbeat.rpc.convert import enum_name, to_dict
from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc
from scheduler_svc.dispatcher import Dispatcher
from scheduler_svc.messages import lease_message
from scheduler_svc.runs import Finished, Held

Context = ServicerContext[Any, Any]


class DispatchServicer(dispatch_pb2_grpc.DispatchServiceServicer):
    """Leases, heartbeats and ends."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def LeaseRuns(
        self, request: dispatch_pb2.LeaseRunsRequest, context: Context
    ) -> dispatch_pb2.LeaseRunsResponse:
        """Gives runs to a worker."""
        leases = await self._dispatcher.lease(request.worker_id, request.capacity, request.wait_ms / 1000)
        return dispatch_pb2.LeaseRunsResponse(
            runs=[lease_message(lease, self._dispatcher.heartbeat_ms) for lease in leases]
        )

    async def Heartbeat(
        self, request: dispatch_pb2.HeartbeatRequest, context: Context
    ) -> dispatch_pb2.HeartbeatResponse:
        """Extends leases."""
        held = [
            Held(
                id=UUID(run.run_id),
                token=UUID(run.lease_token),
                progress=to_dict(run.progress) if run.HasField("progress") else None,
            )
            for run in request.runs
        ]
        cancelled, lost = await self._dispatcher.heartbeat(held)
        return dispatch_pb2.HeartbeatResponse(
            cancelled_run_ids=[str(h.id) for h in held if h.token in cancelled],
            lost_run_ids=[str(h.id) for h in held if h.token in lost],
            cancelled_lease_tokens=map(str, cancelled),
            lost_lease_tokens=map(str, lost),
        )

    async def FinishRuns(
        self, request: dispatch_pb2.FinishRunsRequest, context: Context
    ) -> dispatch_pb2.FinishRunsResponse:
        """Ends attempts."""
        finished = [
            Finished(
                id=UUID(run.run_id),
                token=UUID(run.lease_token),
                outcome=enum_name(dispatch_pb2.Outcome, run.outcome),
                metrics=to_dict(run.metrics),
                progress=to_dict(run.progress) if run.HasField("progress") else None,
                error=run.error_message if run.HasField("error_message") else None,
                retryable=run.retryable,
            )
            for run in request.runs
        ]
        ended = await self._dispatcher.finish(finished)
        stale = [f for f in finished if f.token not in ended]
        return dispatch_pb2.FinishRunsResponse(
            stale_run_ids=[str(f.id) for f in stale], stale_lease_tokens=[str(f.token) for f in stale]
        )
