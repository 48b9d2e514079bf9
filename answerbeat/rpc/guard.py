"""What happens around each call: who calls and may they, is the request right, is there time, and how did it end."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import grpc
import structlog
from google.protobuf import descriptor_pool
from google.protobuf.message import Message

from answerbeat import database, errors
from answerbeat.caller import Caller, Role
from answerbeat.ids import new_id
from answerbeat.rpc import status, validation
from answerbeat.rpc.caller import set_caller
from answerbeat.rpc.tokens import Tokens
from answerbeat.v1 import access_pb2

log = structlog.get_logger()

USUAL_SECONDS = 70.0
"""How long a call may take that names no deadline: a worker's wait for work (60 s) and some air."""
MAX_SECONDS = 900.0
"""The longest deadline that a call may name."""
MAX_IDEMPOTENCY_KEY = 200
MethodHandler = Any
"""grpc.RpcMethodHandler, which is generic only in the stubs."""
OPEN = ("/grpc.health.v1.Health/", "/grpc.reflection.")
"""Services that anyone may call."""


class Guard(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # only generic in the stubs
    """Stands before every servicer method."""

    def __init__(self, tokens: Tokens, why_not: Callable[[], str | None]) -> None:
        self._tokens = tokens
        self._why_not = why_not
        """Why no call is taken now. None when calls are."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[MethodHandler]],
        details: grpc.HandlerCallDetails,
    ) -> MethodHandler:
        """Wraps the method that is about to be called."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(OPEN):
            return handler
        metadata = {k: v for k, v in details.invocation_metadata or () if isinstance(v, str)}
        if handler.unary_stream:
            return grpc.unary_stream_rpc_method_handler(
                self._guarded_stream(details.method, metadata, handler.unary_stream),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._guarded(details.method, metadata, handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _guarded(self, method: str, metadata: dict[str, str], inner: Any) -> Any:
        async def guarded(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> Message:
            started = time.monotonic()
            try:
                await self._begin(method, metadata, request)
                seconds = min(context.time_remaining() or USUAL_SECONDS, MAX_SECONDS)
                async with asyncio.timeout(seconds):
                    answer: Message = await inner(request, context)
                log.debug("called", method=method, ms=round((time.monotonic() - started) * 1000))
                return answer
            except Exception as error:
                await _refuse(context, method, as_call_error(error))
                raise

        return guarded

    def _guarded_stream(self, method: str, metadata: dict[str, str], inner: Any) -> Any:
        async def guarded(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[Message]:
            try:
                await self._begin(method, metadata, request)
                async for answer in inner(request, context):
                    yield answer
            except Exception as error:
                await _refuse(context, method, as_call_error(error))
                raise

        return guarded

    async def _begin(self, method: str, metadata: dict[str, str], request: Message) -> None:
        """Raises CallError for who may not call, for a request that is wrong by itself, and while no call is taken."""
        if why := self._why_not():
            raise errors.Unavailable(f"This service is not ready: {why}. Try again in a few seconds.")
        structlog.contextvars.bind_contextvars(request_id=metadata.get("x-request-id") or str(new_id()))
        set_caller(await self._admit(method, metadata))
        validation.check(request)

    async def _admit(self, method: str, metadata: dict[str, str]) -> Caller:
        found = await self._tokens.identify(metadata.get("authorization"))
        needed = required_role(method)
        if found.role < needed:
            raise errors.Forbidden(f"This needs the role {needed.name.lower()}.")
        key = metadata.get("idempotency-key")
        if key and len(key) > MAX_IDEMPOTENCY_KEY:
            raise errors.InvalidField("Idempotency-Key", f"must have at most {MAX_IDEMPOTENCY_KEY} characters")
        return replace(found, idempotency_key=key)


def required_role(method: str) -> Role:
    """The role the contract asks for, of "/answerbeat.v1.RunService/GetRun"."""
    service, _, name = method.strip("/").partition("/")
    described = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    return Role(described.GetOptions().Extensions[access_pb2.requires] or Role.SERVICE)


def as_call_error(error: Exception) -> errors.CallError:
    """What the caller is told. The log has the rest."""
    if isinstance(error, errors.CallError):
        return error
    if isinstance(error, TimeoutError):
        return errors.TooLate("The call took too long.")
    if database.is_away(error):
        log.warning("database_away", error=database.first_line(error))
        return errors.Unavailable("The database is away. Try again in a few seconds.")
    log.error("call_failed", exc_info=error)
    return errors.Internal("Something went wrong here. The service's log says what, under this request's id.")


async def _refuse(context: grpc.aio.ServicerContext[Any, Any], method: str, error: errors.CallError) -> None:
    log.info("refused", method=method, code=status.kind_of(error)[0].name, reason=error.message)
    await context.abort(
        status.kind_of(error)[0],
        error.message,
        trailing_metadata=(("grpc-status-details-bin", status.to_status(error).SerializeToString()),),
    )
