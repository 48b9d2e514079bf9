"""The services behind the gateway, and how a request's token, key and id reach them."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Annotated, TypeVar

import grpc
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from google.protobuf.message import Message

from answerbeat.errors import InvalidField
from answerbeat.ids import new_id
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.health import why_not
from answerbeat.settings import Settings
from answerbeat.v1 import (
    brand_pb2_grpc,
    insight_pb2_grpc,
    limit_pb2_grpc,
    run_pb2_grpc,
    schedule_pb2_grpc,
    token_pb2_grpc,
)

HEALTH_SECONDS = 2.0
MAX_HEADER = 200
Asked = TypeVar("Asked", bound=Message)
Response = TypeVar("Response", bound=Message)


class Services:
    """Channels to the services, and their stubs."""

    def __init__(self, settings: Settings) -> None:
        self._channels = {
            "scheduler_svc": open_channel(settings.scheduler_target),
            "brand_svc": open_channel(settings.brand_target),
        }
        scheduler, brand = self._channels.values()
        self.schedules = schedule_pb2_grpc.ScheduleServiceStub(scheduler)
        self.limits = limit_pb2_grpc.LimitServiceStub(brand)
        self.tokens = token_pb2_grpc.TokenServiceStub(brand)
        self.runs = run_pb2_grpc.RunServiceStub(scheduler)
        self.brands = brand_pb2_grpc.BrandServiceStub(brand)
        self.insights = insight_pb2_grpc.InsightServiceStub(brand)

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels.values():
            await channel.close(grace=None)

    async def missing(self) -> dict[str, str]:
        """Why each service that can't serve can't. Empty when all can."""
        found = {name: await self._why_not(channel) for name, channel in self._channels.items()}
        return {name: why for name, why in found.items() if why}

    async def _why_not(self, channel: grpc.aio.Channel) -> str | None:
        try:
            return await why_not(channel, HEALTH_SECONDS)
        except grpc.aio.AioRpcError as error:
            return "can't be reached" if error.code() == grpc.StatusCode.UNAVAILABLE else error.code().name


Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
"""Tells OpenAPI of the token; it is checked by the services."""


class Upstream:
    """Passes a request's credentials on with each call."""

    def __init__(self, request: Request, _: Bearer) -> None:
        """Raises InvalidField for an Idempotency-Key that can't be passed on."""
        self.services: Services = request.app.state.services
        key = request.headers.get("idempotency-key")
        if key is not None and not _is_passable(key):
            raise InvalidField("Idempotency-Key", f"must be 1 to {MAX_HEADER} printable ASCII characters")
        headers = {
            "authorization": request.headers["authorization"],
            "idempotency-key": key,
            "x-request-id": request.state.request_id,
        }
        self._metadata = tuple((name, value) for name, value in headers.items() if value)

    async def call(
        self, method: Callable[..., Awaitable[Response]], request: Message, seconds: float | None = None
    ) -> Response:
        """Calls a service, which has so long to answer. Raises grpc.aio.AioRpcError."""
        return await method(request, metadata=self._metadata, timeout=seconds)

    async def stream(
        self, method: Callable[..., "grpc.aio.UnaryStreamCall[Asked, Response]"], request: Message
    ) -> AsyncIterable[Response]:
        """Calls a service that gives a stream, once it has said that the request is right. Raises AioRpcError."""
        call = method(request, metadata=self._metadata)
        await call.initial_metadata()
        if call.done():
            await call.read()
        return call


def request_id_of(request: Request) -> str:
    """The caller's own id of a request, else a new one: it is in the logs of all services and in the response."""
    given = request.headers.get("x-request-id", "")
    return given if _is_passable(given) else str(new_id())


def _is_passable(value: str) -> bool:
    """Whether a header can be passed on over gRPC."""
    return 0 < len(value) <= MAX_HEADER and value.isascii() and value.isprintable()


UpstreamOf = Annotated[Upstream, Depends(Upstream)]
