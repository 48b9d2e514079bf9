"""Follows the redirects by which Gemini cites to the pages that they stand for: where each leads, only its host knows.

That host alone is asked, and nothing is fetched from it but the header that says where it leads: no body is read, and
no page is opened. What can't be followed in time stands for the site that the engine names (`addresses.page_of`).
"""

import asyncio
import json
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2
import structlog

from reading.addresses import REDIRECT, REDIRECT_HOST, is_page, page_behind
from worker_svc.collectors import wire
from worker_svc.collectors.exchange import Exchange

log = structlog.get_logger()

MAX_REDIRECTS = 40
"""Of one answer."""
AT_ONCE = 6
SECONDS = 6.0
"""For all of one answer: it waits to be stored meanwhile."""
MAX_KNOWN = 5_000
"""Redirects that are remembered, for answers that are read twice."""
MAX_PAGE = 2_048
"""Characters of an address."""
TIMEOUTS = ("connect", "read", "write", "pool")
MOVED = (301, 302, 303, 307, 308)

Resolve = Callable[[str], Awaitable[list[str]]]
"""The network addresses of a host; none when it has none, or one that is not for all the world to reach."""


async def public_addresses(host: str) -> list[str]:
    """By the system's resolver. A host with any private address has none: a name must not lead inside."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    addresses = [str(address[0]) for *_, address in found]
    return addresses if all(map(_is_public, addresses)) else []


class Redirects:
    """Follows them, and remembers where they led."""

    def __init__(
        self,
        origin: str = f"https://{REDIRECT_HOST}",
        resolve: Resolve = public_addresses,
        seconds: float = SECONDS,
        is_on: bool = True,
    ) -> None:
        self._origin = httpx2.URL(origin)
        self._resolve = resolve
        self._seconds = seconds
        self._is_on = is_on
        self._known: OrderedDict[str, str] = OrderedDict()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def followed(self, exchange: Exchange) -> Exchange:
        """The same response, with the pages behind its redirects. Raises nothing, and takes `seconds` at most."""
        wanted = _redirects_in(exchange.body)[:MAX_REDIRECTS] if self._is_on else []
        if not wanted:
            return exchange
        pages: dict[str, str] = {}
        try:
            async with asyncio.timeout(self._seconds):
                await self._follow(wanted, pages)
        except Exception as error:  # noqa: BLE001 - an answer that was paid for is not lost to where its sources lie
            log.info("redirects_broke", reason=type(error).__name__)
        if len(pages) < len(wanted):
            log.info("redirects_not_followed", followed=len(pages), of=len(wanted))
        return replace(exchange, pages=pages)

    async def _follow(self, wanted: list[str], pages: dict[str, str]) -> None:
        transport = httpx2.AsyncHTTPTransport(verify=await asyncio.to_thread(wire.tls), limits=wire.LIMITS)
        async with transport, asyncio.TaskGroup() as group:
            for redirect in wanted:
                group.create_task(self._one(transport, redirect, pages))

    async def _one(self, transport: httpx2.AsyncHTTPTransport, redirect: str, pages: dict[str, str]) -> None:
        async with self._slots:
            page = self._known.get(redirect) or await self._page(transport, redirect)
        if page:
            pages[redirect] = self._known[redirect] = page
            self._known.move_to_end(redirect)
            while len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)

    async def _page(self, transport: httpx2.AsyncHTTPTransport, redirect: str) -> str | None:
        """Where it leads; None for what is no page of the open web."""
        try:
            location = await self._location(transport, redirect)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError):
            return None
        page = page_behind(location)
        host = _host_of(page)
        is_elsewhere = host not in (None, REDIRECT_HOST, self._origin.host)
        return page if host and is_elsewhere and await self._resolve(host) else None

    async def _location(self, transport: httpx2.AsyncHTTPTransport, redirect: str) -> str:
        """What the host says; "" where it says nothing, or is not where it should be."""
        for address in await self._resolve(self._origin.host):
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._asked(transport, address, redirect)
        return ""

    async def _asked(self, transport: httpx2.AsyncHTTPTransport, address: str, redirect: str) -> str:
        """What the host says at an address: the one that was looked at, whatever its name says a moment later."""
        url = self._origin.copy_with(host=address, raw_path=httpx2.URL(redirect).raw_path)
        request = httpx2.Request(
            "GET",
            url,
            headers={"host": self._origin.netloc.decode(), "accept-encoding": "identity"},
            extensions={"sni_hostname": self._origin.host, "timeout": dict.fromkeys(TIMEOUTS, self._seconds)},
        )
        response = await transport.handle_async_request(request)
        await response.aclose()
        return response.headers.get("location", "") if response.status_code in MOVED else ""


def pages_of(stored: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Where redirects led, as an answer's stored sources tell: its body is read by them again, without the network."""
    found: dict[str, str] = {}
    for source in stored:
        redirects = source.get("redirects")
        for redirect in redirects if isinstance(redirects, list) else []:
            found[str(redirect)] = str(source.get("url"))
    return found


def _redirects_in(body: str) -> list[str]:
    """Each once, in order. A body may write some of their characters as escapes."""
    if REDIRECT_HOST not in body:
        return []
    with suppress(ValueError, RecursionError):
        return list(dict.fromkeys(REDIRECT.findall(json.dumps(json.loads(body), ensure_ascii=False))))
    return []


def _host_of(page: str) -> str | None:
    """The host of a page; None for what is no plain address of one."""
    if not is_page(page) or len(page) > MAX_PAGE or not page.isprintable() or " " in page:
        return None
    try:
        parts = urlsplit(page)
        is_plain = parts.username is None and parts.password is None and parts.port in (None, 80, 443)
    except ValueError:
        return None
    return parts.hostname if is_plain else None


def _is_public(address: str) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_global and not found.is_multicast
