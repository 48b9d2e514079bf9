"""What every collector promises, whichever engine it asks: each is put through the same against the emulator."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest
from structlog.testing import capture_logs

from engine_emulator.answers import make_up
from engine_emulator.app import environment
from worker_svc.collectors.collector import Answer, Collector, Question
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.engines import Engines, registered

NAMES = sorted(registered())
WITHOUT_SOURCES = ("deepseek", "openai_compatible")
WITHOUT_PRICE = ("openai_compatible",)
PLACE = {"locale": "en-GB", "country": "GB", "city": "London"}
MakeCollector = Callable[..., Collector]


@pytest.fixture
async def collector_of(emulator: httpx2.AsyncClient) -> AsyncIterator[MakeCollector]:
    made: list[Engines] = []

    def make(name: str, timeout_seconds: float = 10, **changes: str) -> Collector:
        of_all = environment(str(emulator.base_url)) | changes
        own = {key: value for key, value in of_all.items() if key.startswith(registered()[name].variable)}
        made.append(Engines.from_environment(own, timeout_seconds))
        return made[-1][name]

    yield make
    for engines in made:
        await engines.close()


def question_of(name: str) -> Question:
    """One whose overview is there, and which asks for a second fetch or turn where the engine has them."""
    texts = (f"What are the best hiking boots for week {i}?" for i in range(100))
    wanted = (t for t in texts if (made := make_up(1, name, t)).has_overview and made.needs_second_fetch)
    return Question(next(wanted), **PLACE)


async def failing(name: str, asking: Awaitable[Exchange]) -> EngineError:
    """What goes wrong with a call, be it in the asking or in the reading."""
    with pytest.raises(EngineError) as caught:
        registered()[name].read(await asking)
    return caught.value


async def arm(emulator: httpx2.AsyncClient, kind: str, times: int = 10) -> None:
    (await emulator.put("/emulator/faults", json=[{"kind": kind, "times": times}])).raise_for_status()


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_is_whole(name: str, collector_of: MakeCollector) -> None:
    question = question_of(name)
    made = make_up(1, name, question.text)
    exchange = await collector_of(name).ask(question)
    answer: Answer = registered()[name].read(exchange)
    places = [answer.text.find(point.seller.name) for point in made.points]
    assert -1 not in places
    assert places == sorted(places)
    assert made.outro in answer.text
    assert answer.model
    assert answer.finish_reason
    if name not in WITHOUT_PRICE:
        assert answer.cost_micro_usd
    if name not in WITHOUT_SOURCES:
        hosts = {page.url.split("/")[2].removeprefix("www.") for page in made.pages}
        assert {source.url.split("/")[2].removeprefix("www.") for source in answer.citations} == hosts
    assert registered()[name].read(Exchange(exchange.body, calls=exchange.calls)) == answer, (
        "what is stored reads alike"
    )


@pytest.mark.parametrize("name", NAMES)
async def test_a_rate_limit_says_how_long(name: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient) -> None:
    await arm(emulator, "rate_limit")
    error = await failing(name, collector_of(name).ask(question_of(name)))
    assert (error.kind, error.retryable, error.retry_after_seconds) == ("rate_limited", True, 1.0)


@pytest.mark.parametrize("name", NAMES)
async def test_a_refused_key_is_shown_nowhere(
    name: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    variable, key = registered()[name].variable, "sk-wrong-1234567890"
    with capture_logs() as logs:
        error = await failing(name, collector_of(name, **{f"{variable}_API_KEY": key}).ask(question_of(name)))
    assert (error.kind, error.retryable) == ("unauthorized", False)
    assert key not in f"{error} {error.__cause__!r} {error.__context__!r} {logs} {caplog.text}"


@pytest.mark.parametrize("name", NAMES)
async def test_a_server_error_may_be_tried_again(
    name: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient
) -> None:
    await arm(emulator, "server_error")
    error = await failing(name, collector_of(name).ask(question_of(name)))
    assert (error.kind, error.retryable) == ("engine_error", True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", ["cut", "not_json"])
async def test_what_can_not_be_read_is_kept(
    name: str, fault: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient
) -> None:
    await arm(emulator, fault)
    exchange = await collector_of(name).ask(question_of(name))
    with pytest.raises(EngineError) as caught:
        registered()[name].read(exchange)
    assert (caught.value.kind, caught.value.retryable) == ("unreadable", False)
    assert exchange.body


@pytest.mark.parametrize("name", NAMES)
async def test_silence_is_of_unknown_fate(name: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient) -> None:
    await arm(emulator, "hang")
    error = await failing(name, collector_of(name, timeout_seconds=1).ask(question_of(name)))
    assert (error.kind, error.is_fate_unknown) == ("timeout", True)


@pytest.mark.parametrize("name", NAMES)
async def test_a_call_can_be_cancelled(name: str, collector_of: MakeCollector, emulator: httpx2.AsyncClient) -> None:
    await arm(emulator, "hang")
    asking = asyncio.create_task(collector_of(name, timeout_seconds=600).ask(question_of(name)))
    assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "hung"})).json() is True
    asking.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(asking, return_exceptions=True)
    assert asking.cancelled()


@pytest.mark.parametrize("name", NAMES)
async def test_an_address_where_nobody_is_may_be_tried_again(name: str, collector_of: MakeCollector) -> None:
    variable = registered()[name].variable
    collector = collector_of(name, **{f"{variable}_BASE_URL": "http://127.0.0.1:9/nobody"})
    error = await failing(name, collector.ask(question_of(name)))
    assert (error.kind, error.retryable, error.is_fate_unknown) == ("engine_error", True, False)


async def test_a_paused_answer_is_one_answer_of_two_calls(
    collector_of: MakeCollector, emulator: httpx2.AsyncClient
) -> None:
    exchange = await collector_of("claude").ask(question_of("claude"))
    answer = registered()["claude"].read(exchange)
    assert exchange.calls == 2
    assert answer.input_tokens == 12_000
    assert len(answer.search_queries) == 1
