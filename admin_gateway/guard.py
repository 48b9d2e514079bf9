"""What is refused before a request is read: one without a token, and one with too large a body."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_gateway.problems import problem

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_AUTHORIZATION = 1_000
GUARDED = "/api/"


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
        authorization = headers.get("authorization", "")
        if not authorization.isascii() or not 0 < len(authorization) <= MAX_AUTHORIZATION:
            refused = problem(401, "Send a token: `Authorization: Bearer <token>`.")
            await refused(scope, receive, send)
            return
        body = await _body(headers, receive)
        if body is None:
            refused = problem(413, f"The body is larger than {MAX_BODY_BYTES:,} bytes.")
            await refused(scope, receive, send)
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            refused = problem(415, f"Send the body as JSON: `Content-Type: application/json`, not {kind or 'none'}.")
            await refused(scope, receive, send)
            return
        await self._app(scope, _after(body, receive), send)


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body. None when it is too large, whatever length it was said to have."""
    if int(headers.get("content-length") or 0) > MAX_BODY_BYTES:
        return None
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body") or b"")
        size += len(chunks[-1])
        if size > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return b"".join(chunks)


def _after(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever else comes, such as a disconnection."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
