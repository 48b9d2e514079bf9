"""What is refused before a request is read: one with neither token nor session, and one with too large a body."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admin_gateway.problems import problem

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_FILE_BYTES = 15_000_000
"""Of an import."""
IMPORT = "/answers:import"
FILES = ("text/csv", "application/x-ndjson", "application/jsonl")
MAX_AUTHORIZATION = 1_000
GUARDED = "/api/"
SIGN_IN = "/api/admin/session"
COOKIE = "answerbeat_session"
COOKIE_PATH = "/api"
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""


class RequestGuard:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        scope = _signed_in(scope)
        headers = Headers(scope=scope)
        if why := _why_not(scope, headers):
            await problem(*why)(scope, receive, send)
            return
        is_import = scope["path"].endswith(IMPORT)
        most = MAX_FILE_BYTES if is_import else MAX_BODY_BYTES
        body = await _body(headers, receive, most)
        if body is None:
            refused = problem(413, f"The body is larger than {most:,} bytes.")
            await refused(scope, receive, send)
            return
        kinds = FILES if is_import else ("application/json",)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind not in kinds:
            what = "a file" if is_import else "JSON"
            asked = f"Send the body as {what}: `Content-Type: {' or '.join(kinds)}`, not {kind or 'none'}."
            refused = problem(415, asked)
            await refused(scope, receive, send)
            return
        await self._app(scope, _after(body, receive), send)


def _signed_in(scope: Scope) -> Scope:
    """The request with the session's token where a request's own would stand, unless it has one of its own.

    A change that another site's page sends gets none.
    """
    headers = Headers(scope=scope)
    token = _session_of(headers)
    if not token or "authorization" in headers or _is_forged(scope, headers):
        return scope
    added = (b"authorization", f"Bearer {token}".encode("latin-1", "replace"))
    return {**scope, "headers": [*scope["headers"], added]}


def _session_of(headers: Headers) -> str | None:
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


def _is_forged(scope: Scope, headers: Headers) -> bool:
    """Whether another site's page sends a change: the browser says where it comes from.

    Sec-Fetch-Site holds behind a proxy that changes the host as well; browsers send it over HTTPS and to localhost.
    """
    if scope["method"] in SAFE:
        return False
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _why_not(scope: Scope, headers: Headers) -> tuple[int, str] | None:
    """Why a request goes no further, if it doesn't."""
    is_about_session = scope["path"] == SIGN_IN and scope["method"] in ("POST", "DELETE")
    if _is_forged(scope, headers) and (is_about_session or ("authorization" not in headers and _session_of(headers))):
        return 403, "A change by a session must come from Answerbeat's own page. Others send a token."
    if is_about_session:
        return None
    authorization = headers.get("authorization", "")
    if not authorization.isascii() or not 0 < len(authorization) <= MAX_AUTHORIZATION:
        return 401, "Send a token: `Authorization: Bearer <token>`."
    return None


async def _body(headers: Headers, receive: Receive, most: int) -> bytes | None:
    """The whole body. None when it is too large, whatever length it was said to have."""
    if int(headers.get("content-length") or 0) > most:
        return None
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        chunks.append(message.get("body") or b"")
        size += len(chunks[-1])
        if size > most:
            return None
        more = message.get("more_body", False)
    return b"".join(chunks)


def _after(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever else comes, such as a disconnection."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
