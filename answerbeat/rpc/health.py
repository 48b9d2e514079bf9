"""Whether a service can serve, and if not, why: the standard health service, with the reason in a trailer."""

from collections.abc import Sequence
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

REASON = "answerbeat-reason"
"""The trailer's key. Its value is ASCII, and begins in the middle of a sentence."""


class Health(health.aio.HealthServicer):  # type: ignore[name-defined,misc]  # the library tells no types
    """What a service says of itself."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = ["", *names]
        self._why_not: str | None = None

    async def tell(self, why_not: str | None) -> None:
        """Says from now on why the service can't serve; None when it can."""
        self._why_not = why_not
        status = health_pb2.HealthCheckResponse.NOT_SERVING if why_not else health_pb2.HealthCheckResponse.SERVING
        for name in self._names:
            await self.set(name, status)

    async def Check(  # noqa: N802 - the contract's name
        self, request: health_pb2.HealthCheckRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> health_pb2.HealthCheckResponse:
        """Answers once."""
        if self._why_not:
            context.set_trailing_metadata(((REASON, self._why_not),))
        return await super().Check(request, context)


async def why_not(channel: grpc.aio.Channel, seconds: float) -> str | None:
    """Why the service behind a channel says it can't serve. None when it can. Raises grpc.aio.AioRpcError."""
    stub: Any = health_pb2_grpc.HealthStub(channel)
    call = stub.Check(health_pb2.HealthCheckRequest(), timeout=seconds)
    if (await call).status == health_pb2.HealthCheckResponse.SERVING:
        return None
    told = dict(await call.trailing_metadata() or ())
    return f"is not ready: {told[REASON]}" if REASON in told else "is not ready"
