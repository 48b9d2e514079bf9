"""A client's channel: every call carries a token and has a deadline."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from answerbeat.rpc.limits import MAX_MESSAGE_BYTES

DEADLINE_SECONDS = 10.0
"""The deadline of a call that names none."""
Answer = TypeVar("Answer")


class _Defaults(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]  # only generic in the stubs
    """Gives each call a deadline, and the token unless it brings its own."""

    def __init__(self, token: str | None) -> None:
        self._authorization = f"Bearer {token}" if token else None

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Message], Awaitable[Answer]],
        details: grpc.aio.ClientCallDetails,
        request: Message,
    ) -> Answer:
        """Passes the call on with what it lacks."""
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        if self._authorization and "authorization" not in metadata:
            metadata.add("authorization", self._authorization)
        return await continuation(
            grpc.aio.ClientCallDetails(
                method=details.method,
                timeout=details.timeout or DEADLINE_SECONDS,
                metadata=metadata,
                credentials=details.credentials,
                wait_for_ready=details.wait_for_ready,
            ),
            request,
        )


def open_channel(target: str, token: str | None = None) -> grpc.aio.Channel:
    """A channel to host:port. It connects when first used and again whenever it has to."""
    return grpc.aio.insecure_channel(
        target,
        interceptors=[_Defaults(token)],  # type: ignore[list-item]  # the stubs lack the base class
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            # Services speak to one another, never through the proxy that the engines may be behind.
            ("grpc.enable_http_proxy", 0),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2000),
        ],
    )
