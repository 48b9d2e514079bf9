"""DispatchService over gRPC: reads the request, calls the dispatcher, answers."""

from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc
from scheduler_svc.api import requests
from scheduler_svc.api.messages import lease_message
from scheduler_svc.operations.dispatcher import Dispatcher


class DispatchServicer(dispatch_pb2_grpc.DispatchServiceServicer):
    """Leases, heartbeats and ends."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def LeaseRuns(
        self, request: dispatch_pb2.LeaseRunsRequest, context: object
    ) -> dispatch_pb2.LeaseRunsResponse:
        """Gives runs to a worker."""
        leases = await self._dispatcher.lease(request.worker_id, request.capacity, request.wait_ms / 1000)
        return dispatch_pb2.LeaseRunsResponse(
            runs=[lease_message(lease, self._dispatcher.heartbeat_ms) for lease in leases]
        )

    async def Heartbeat(
        self, request: dispatch_pb2.HeartbeatRequest, context: object
    ) -> dispatch_pb2.HeartbeatResponse:
        """Extends leases."""
        held = list(map(requests.held, request.runs))
        cancelled, lost = await self._dispatcher.heartbeat(held)
        return dispatch_pb2.HeartbeatResponse(
            cancelled_run_ids=[str(h.id) for h in held if h.token in cancelled],
            lost_run_ids=[str(h.id) for h in held if h.token in lost],
            cancelled_lease_tokens=map(str, cancelled),
            lost_lease_tokens=map(str, lost),
        )

    async def FinishRuns(
        self, request: dispatch_pb2.FinishRunsRequest, context: object
    ) -> dispatch_pb2.FinishRunsResponse:
        """Ends attempts."""
        finished = list(map(requests.finished, request.runs))
        ended = await self._dispatcher.finish(finished)
        stale = [f for f in finished if f.token not in ended]
        return dispatch_pb2.FinishRunsResponse(
            stale_run_ids=[str(f.id) for f in stale], stale_lease_tokens=[str(f.token) for f in stale]
        )
