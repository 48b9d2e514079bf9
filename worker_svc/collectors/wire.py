"""What an engine's SDK received, as it came: the SDK speaks the protocol, and what it makes of the answer is ours.

An SDK gives a parsed object and drops the rest, or raises for a shape it does not know. Here each keeps its own way to
ask, and a transport beneath it keeps the last response whole: to be read, stored, and read again.
"""

import ssl
from collections.abc import Awaitable
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from urllib.request import getproxies, proxy_bypass

import httpx2

from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import MAX_BODY_BYTES, Exchange

IDLE_SECONDS = 2.0
"""How long a connection is kept for the next call.

Many servers close one after 5 s (uvicorn, and with it vLLM; Node), and so would the client by default. A call written
just then gets no response, and nobody knows whether it was read: it could not be made again.
"""
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS)
_received: ContextVar[list[Exchange]] = ContextVar("received")


class _Keeping(httpx2.AsyncBaseTransport):
    """Reads each response to its end, or as far as it comes, before the SDK sees it."""

    def __init__(self) -> None:
        self._direct = httpx2.AsyncHTTPTransport(verify=tls(), limits=LIMITS)
        self._proxied = {
            scheme: httpx2.AsyncHTTPTransport(verify=tls(), limits=LIMITS, proxy=proxy)
            for scheme, proxy in getproxies().items()
            if scheme in ("http", "https", "all")
        }

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        at = datetime.now(UTC)
        response = await self._way_to(request.url).handle_async_request(request)
        try:
            body, is_cut = await _body_of(response)
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        kept = _received.get(None)
        if kept is not None:
            kept.append(Exchange(body.decode("utf-8", "replace"), response.status_code, headers, is_cut, at=at))
        plain = {name: value for name, value in headers.items() if name not in ("content-encoding", "content-length")}
        return httpx2.Response(response.status_code, headers=plain, content=body, request=request)

    def _way_to(self, url: httpx2.URL) -> httpx2.AsyncHTTPTransport:
        """Through the environment's proxy, if it has one for the address: HTTPS_PROXY, NO_PROXY and their like."""
        if proxy_bypass(url.host):
            return self._direct
        return self._proxied.get(url.scheme) or self._proxied.get("all") or self._direct

    async def aclose(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()


@lru_cache
def tls() -> ssl.SSLContext:
    """How the other side is checked; one for all: reading the certificates takes as long as all else together."""
    return httpx2.create_ssl_context()


def http_client(timeout_seconds: float) -> httpx2.AsyncClient:
    """The HTTP client for an SDK whose responses are to be kept. It follows no redirect: a key goes to one host."""
    return httpx2.AsyncClient(transport=_Keeping(), trust_env=False, timeout=timeout_seconds, follow_redirects=False)


async def exchanged(asking: Awaitable[object]) -> Exchange:
    """The response to one call through an SDK, an error response included. Raises EngineError when none came."""
    kept: list[Exchange] = []
    token = _received.set(kept)
    try:
        await asking
    except Exception as error:  # noqa: BLE001 - of an SDK; what is no lack of a response is raised again
        # Whatever the SDK thinks of a response, it is here; only without one is there an error to tell.
        if not kept:
            raise _no_response(error) from None
    finally:
        _received.reset(token)
    if not kept:
        raise EngineError(ErrorKind.ENGINE_ERROR, "The engine was not asked.", retryable=False)
    return kept[-1]


async def _body_of(response: httpx2.Response) -> tuple[bytes, bool]:
    """The body without its encoding, and whether it was cut."""
    chunks, size = [], 0
    try:
        async for chunk in response.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                return b"".join(chunks), True
    except (httpx2.TransportError, httpx2.DecodingError):
        return b"".join(chunks), True
    return b"".join(chunks), False


def _no_response(error: BaseException) -> EngineError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, (httpx2.TransportError, httpx2.InvalidURL)):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        raise error
    if isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL)):
        return EngineError(ErrorKind.ENGINE_ERROR, f"The engine can't be reached: {cause}")
    if isinstance(cause, httpx2.UnsupportedProtocol):
        return EngineError(ErrorKind.INVALID_REQUEST, f"The engine's address is wrong: {cause}")
    if isinstance(cause, httpx2.TimeoutException):
        return EngineError(ErrorKind.TIMEOUT, "The engine did not answer in time.", is_fate_unknown=True)
    return EngineError(ErrorKind.ENGINE_ERROR, f"The connection broke: {cause}", retryable=False, is_fate_unknown=True)
