"""Redirects are followed to their pages: by a real server that may hang, loop, lead inside, or never end."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from reading.addresses import REDIRECT_HOST
from worker_svc.collectors import redirects
from worker_svc.collectors.collector import Answer
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.redirects import Redirects, pages_of, public_addresses
from worker_svc.store.calls import _page

HERE = "127.0.0.1"
BASE = f"https://{REDIRECT_HOST}/grounding-api-redirect"
NAMES = {REDIRECT_HOST: [HERE], "page.example": ["192.0.2.7"], "a.example": ["192.0.2.8"]}
"""What the tests' resolver knows; it gives no address for what is not public, as ours does."""


async def resolve(host: str) -> list[str]:
    return NAMES.get(host, [])


def moved(location: str, status: int = 302, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} Found\r\nlocation: {location}\r\ncontent-length: 0\r\n{more}\r\n".encode()


@dataclass
class Host:
    """The redirects' host: what it says to each path. `None` is a path to which it never says anything."""

    says: dict[str, bytes | None]
    otherwise: bytes = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Paths, with the host that was asked for."""
    at_once: int = 0
    most_at_once: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            while line := (await reader.readline()).decode():
                headers = {}
                while header := (await reader.readline()).decode().strip():
                    name, _, value = header.partition(": ")
                    headers[name.lower()] = value
                path = line.split(" ")[1].rpartition("/")[2]
                self.asked.append((path, headers["host"]))
                said = self.says.get(path, self.otherwise)
                if said is None:
                    await reader.read()
                    return
                writer.write(said)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.at_once -= 1
            writer.close()


@asynccontextmanager
async def hosting(
    says: dict[str, bytes | None], seconds: float = 5.0, is_on: bool = True
) -> AsyncIterator[tuple[Host, Redirects]]:
    host = Host(says)
    server = await asyncio.start_server(host.serve, HERE, 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield host, Redirects(f"http://{REDIRECT_HOST}:{port}", resolve, seconds, is_on)


def exchange_of(*names: str, escape: Callable[[str], str] = str) -> Exchange:
    chunks = [{"web": {"uri": f"{BASE}/{name}", "title": f"{name.rstrip('=')}.example"}} for name in names]
    grounding = {"groundingChunks": chunks, "groundingSupports": [{"groundingChunkIndices": [*range(len(names))]}]}
    candidate = {"content": {"parts": [{"text": "Answer."}]}, "groundingMetadata": grounding}
    return Exchange(escape(json.dumps({"candidates": [candidate], "modelVersion": "gemini-x"})), 200)


def cited(answer: Answer) -> list[str]:
    return [source.url for source in answer.citations]


async def test_a_redirect_is_followed_to_its_page_and_the_page_is_not_asked() -> None:
    async with hosting({"a": moved("https://page.example/x?y=1#z"), "b": moved("/elsewhere")}) as (host, follow):
        followed = await follow.followed(exchange_of("a", "b"))
        assert cited(Gemini.read(followed)) == ["https://page.example/x?y=1#z", "https://b.example/"]
        assert sorted(path for path, _ in host.asked) == ["a", "b"]
        assert {name.partition(":")[0] for _, name in host.asked} == {REDIRECT_HOST}


async def test_a_body_may_write_an_address_with_escapes() -> None:
    async with hosting({"a==": moved("https://page.example/")}) as (_, follow):
        body = exchange_of("a==", escape=lambda text: text.replace("=", "\\u003d").replace("/", "\\/"))
        assert cited(Gemini.read(await follow.followed(body))) == ["https://page.example/"]


@pytest.mark.parametrize(
    "location",
    [
        f"{BASE}/a",
        f"{BASE}/b",
        "http://127.0.0.1:8080/admin",
        "http://localhost/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "https://inside.example/",
        "https://user:password@page.example/",
        "https://page.example:8443/",
        "https://page.example\\@127.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//page.example/x",
        "https://page.example/" + "x" * 3_000,
        "https://[",
        "https://page.example:port/",
        "",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_what_leads_round_or_inside_stands_for_the_site(location: str, status: int) -> None:
    async with hosting({"a": moved(location, status)}) as (host, follow):
        followed = await follow.followed(exchange_of("a"))
        assert cited(Gemini.read(followed)) == ["https://a.example/"]
        assert len(host.asked) == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/", "http://2130706433/", "http://localhost/"]
)
async def test_our_own_resolver_gives_no_address_of_what_is_inside(address: str) -> None:
    host = redirects._host_of(address)
    assert host
    assert await public_addresses(host) == []


async def test_our_own_resolver_gives_the_address_of_what_is_outside() -> None:
    assert await public_addresses("8.8.8.8") == ["8.8.8.8"]
    assert await public_addresses("nowhere.invalid") == []
    assert await public_addresses("x" * 300) == []


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nlocation: https://page.example/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
        b"HTTP/1.1 302 Found\r\nlocation: https://page.example/" + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_a_host_that_says_anything_else_leaves_the_site(said: bytes) -> None:
    async with hosting({"a": said, "b": moved("https://page.example/")}, seconds=0.5) as (_, follow):
        followed = await follow.followed(exchange_of("a", "b"))
        assert cited(Gemini.read(followed)) == ["https://a.example/", "https://page.example/"]


async def test_a_body_without_an_end_is_not_read() -> None:
    endless = moved("https://page.example/").replace(b"content-length: 0", b"content-length: 9000000000")
    async with hosting({"a": endless + b"x" * 100_000}, seconds=5) as (_, follow):
        async with asyncio.timeout(4):
            followed = await follow.followed(exchange_of("a"))
        assert cited(Gemini.read(followed)) == ["https://page.example/"]


async def test_one_that_hangs_costs_its_time_once_and_the_others_nothing() -> None:
    async with hosting({"a": None, "b": moved("https://page.example/")}, seconds=0.3) as (_, follow):
        async with asyncio.timeout(5):
            followed = await follow.followed(exchange_of("a", "b"))
        assert cited(Gemini.read(followed)) == ["https://a.example/", "https://page.example/"]


async def test_what_was_followed_is_not_asked_for_again_and_what_was_not_is() -> None:
    async with hosting({"a": moved("https://page.example/")}) as (host, follow):
        for _ in range(3):
            await follow.followed(exchange_of("a", "b"))
        assert sorted(path for path, _ in host.asked) == ["a", "b", "b", "b"]


async def test_not_more_are_followed_than_the_bound_and_few_at_once() -> None:
    names = [f"n{i}" for i in range(redirects.MAX_REDIRECTS + 5)]
    async with hosting({name: moved("https://page.example/") for name in names}) as (host, follow):
        followed = await follow.followed(exchange_of(*names, names[0]))
        assert len(host.asked) == len(followed.pages) == redirects.MAX_REDIRECTS
        assert host.most_at_once <= redirects.AT_ONCE


async def test_nothing_is_asked_when_it_is_off_or_the_host_is_inside_or_the_body_is_none() -> None:
    async with hosting({"a": moved("https://page.example/")}, is_on=False) as (host, follow):
        assert (await follow.followed(exchange_of("a"))).pages == {}
        assert host.asked == []
    async with hosting({"a": moved("https://page.example/")}) as (host, follow):
        assert (await follow.followed(Exchange(f"not JSON {BASE}/a", 200))).pages == {}
        port = follow._origin.port
        inside = Redirects(f"http://localhost:{port}", public_addresses)
        assert (await inside.followed(exchange_of("a"))).pages == {}
        assert host.asked == []


async def test_a_stored_answer_is_read_again_to_the_same_without_the_network() -> None:
    says = {"a": moved("https://page.example/"), "b": moved("https://page.example/"), "c": moved("http://10.0.0.1/")}
    async with hosting(says) as (_, follow):
        followed = await follow.followed(exchange_of("a", "b", "c"))
    first = Gemini.read(followed)
    stored = json.loads(json.dumps([_page(source) for source in first.citations]))
    again = Gemini.read(Exchange(followed.body, 200, pages=pages_of(stored)))
    assert cited(again) == cited(first) == ["https://page.example/", "https://c.example/"]
    assert [source["redirects"] for source in stored] == [[f"{BASE}/a", f"{BASE}/b"], [f"{BASE}/c"]]


async def test_all_together_take_no_longer_than_one_may() -> None:
    names = [f"n{i}" for i in range(redirects.MAX_REDIRECTS)]
    async with hosting(dict.fromkeys(names), seconds=0.4) as (_, follow), asyncio.timeout(2):
        assert (await follow.followed(exchange_of(*names))).pages == {}


async def test_a_name_that_no_resolver_answers_is_not_waited_for() -> None:
    async def never(_: str) -> list[str]:
        await asyncio.Event().wait()
        return []

    async with asyncio.timeout(2):
        assert (await Redirects(resolve=never, seconds=0.1).followed(exchange_of("a"))).pages == {}
