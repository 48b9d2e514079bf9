"""What is refused before a request is read: one without a token, and one with too large a body."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_gateway.problems import problem

MAX_BODY_BYTES = 4 * 1024 * 1024
GUARDED = "/api/"


class TooLarge(Exception):
    """The body grew over the limit."""


class Guard:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not headers.get("authorization"):
            refused = problem(401, "Send a token: `Authorization: Bearer <token>`.")
            await refused(scope, receive, send)
            return
        too_large = problem(413, f"The body is larger than {MAX_BODY_BYTES:,} bytes.")
        if int(headers.get("content-length") or 0) > MAX_BODY_BYTES:
            await too_large(scope, receive, send)
            return
        try:
            await self._app(scope, _limited(receive), send)
        except TooLarge:
            await too_large(scope, receive, send)


def _limited(receive: Receive) -> Receive:
    """Counts a body that comes in chunks of untold length."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body") or b"")
        if size > MAX_BODY_BYTES:
            raise TooLarge
        return message

    return counted
