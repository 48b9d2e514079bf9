"""What each engine is sent, word for word: where a question is asked from, in which language, and how fresh.

The parameters are those that each engine documents; docs/engines/ names the pages, with their dates.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from worker_svc.collectors.collector import Access, Collector, Question
from worker_svc.engines import registered

RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
TEXT = "Which CRM is best?"
NOWHERE = Question(TEXT)
LANGUAGE = Question(TEXT, "pt-BR")
COUNTRY = Question(TEXT, "de-AT", "AT")
CITY = Question(TEXT, "nb-NO", "NO", "Oslo")
CITY_ALONE = Question(TEXT, city="Springfield")
PLACES = {"nowhere": NOWHERE, "language": LANGUAGE, "country": COUNTRY, "city": CITY, "city alone": CITY_ALONE}

AUSTRIA = {"type": "approximate", "country": "AT"}
OSLO = {"type": "approximate", "country": "NO", "city": "Oslo"}
CLAUDE_SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
X = {"type": "x_search"}

TOOLS: dict[str, dict[str, list[dict[str, Any]]]] = {
    # Without a country OpenAI would search from the United States; an empty place keeps it from that.
    "chatgpt": {
        "nowhere": [{"type": "web_search", "user_location": {"type": "approximate"}}],
        "language": [{"type": "web_search", "user_location": {"type": "approximate"}}],
        "country": [{"type": "web_search", "user_location": AUSTRIA}],
        "city": [{"type": "web_search", "user_location": OSLO}],
        "city alone": [{"type": "web_search", "user_location": {"type": "approximate"}}],
    },
    "claude": {
        "nowhere": [CLAUDE_SEARCH],
        "language": [CLAUDE_SEARCH],
        "country": [{**CLAUDE_SEARCH, "user_location": AUSTRIA}],
        "city": [{**CLAUDE_SEARCH, "user_location": OSLO}],
        "city alone": [CLAUDE_SEARCH],
    },
    "grok": {
        "nowhere": [{"type": "web_search"}, X],
        "language": [{"type": "web_search"}, X],
        "country": [{"type": "web_search", "user_location": AUSTRIA}, X],
        "city": [{"type": "web_search", "user_location": OSLO}, X],
        "city alone": [{"type": "web_search"}, X],
    },
    "gemini": {place: [{"googleSearch": {}}] for place in PLACES},
    "mistral": {place: [{"type": "web_search"}] for place in PLACES},
}
PERPLEXITY: dict[str, dict[str, Any]] = {
    "nowhere": {},
    "language": {"language_preference": "pt"},
    "country": {"language_preference": "de", "tools": [{"type": "web_search", "user_location": {"country": "AT"}}]},
    "city": {
        "language_preference": "nb",
        "tools": [{"type": "web_search", "user_location": {"country": "NO", "city": "Oslo"}}],
    },
    "city alone": {},
}
SERPAPI_ALWAYS = ("api_key", "source", "output")
GOOGLE: dict[str, dict[str, str]] = {
    "nowhere": {},
    "language": {"hl": "pt-br"},
    "country": {"hl": "de", "gl": "at"},
    "city": {"hl": "no", "gl": "no", "location": "Oslo,Norway"},
    "city alone": {},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", TOOLS)
async def test_a_search_is_told_its_place(name: str, place: str) -> None:
    body = await sent(name, PLACES[place])
    assert body["tools"] == TOOLS[name][place]
    assert TEXT in json.dumps(body)


@pytest.mark.parametrize("place", PLACES)
async def test_perplexity_is_told_its_place_and_language(place: str) -> None:
    body = await sent("perplexity", PLACES[place])
    assert body == {"input": TEXT, "effort": "fast", **PERPLEXITY[place]}


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("fast", {"effort": "fast"}),
        ("xhigh", {"effort": "xhigh"}),
        ("low@2026-10-16.0", {"effort": "low@2026-10-16.0"}),
        ("pro-search", {"preset": "pro-search"}),
        ("openai/gpt-6.1-sol", {"model": "openai/gpt-6.1-sol", "tools": [{"type": "web_search"}]}),
    ],
)
async def test_perplexity_takes_one_of_effort_preset_and_model(model: str, chosen: dict[str, Any]) -> None:
    assert await sent("perplexity", NOWHERE, model=model) == {"input": TEXT, **chosen}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["deepseek", "openai_compatible"])
async def test_a_model_without_a_search_is_told_the_question_alone(name: str, place: str) -> None:
    body = await sent(name, PLACES[place], model="m")
    assert body == {"model": "m", "messages": [{"role": "user", "content": TEXT}]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("name", "engine"), [("google_aio", "google"), ("google_ai_mode", "google_ai_mode")])
async def test_google_is_told_its_place_and_language(name: str, engine: str, place: str) -> None:
    assert await sent(name, PLACES[place]) == {"engine": engine, "q": TEXT, **GOOGLE[place]}


@pytest.mark.parametrize("place", PLACES)
async def test_bing_is_told_the_question_alone(place: str) -> None:
    assert await sent("bing_copilot", PLACES[place]) == {"engine": "bing_copilot", "q": TEXT}


@pytest.mark.parametrize(
    ("locale", "hl"),
    [
        ("nb-NO", "no"), ("nn", "nn"), ("zh", "zh-cn"), ("zh-CN", "zh-cn"), ("zh-TW", "zh-tw"), ("zh-HK", "zh-tw"),
        ("zh-Hant-TW", "zh-tw"), ("zh-hant-tw", "zh-tw"), ("zh-Hans-SG", "zh-cn"), ("pt", "pt"), ("pt-BR", "pt-br"),
        ("pt-PT", "pt-pt"), ("pt-AO", "pt"), ("es-419", "es-419"), ("es-MX", "es"), ("he-IL", "iw"), ("iw", "iw"),
        ("fil-PH", "tl"), ("tl", "tl"), ("id", "id"), ("in", "id"), ("jv", "jw"), ("sr-Latn-RS", "sr"),
        ("sr-ME", "sr-me"), ("en-GB", "en"), ("en-XX", "en"), ("haw", "haw"), ("ach", "ach"),
        ("lb", None), ("qaa", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["google_aio", "google_ai_mode"])
async def test_google_is_asked_in_a_language_that_it_knows(name: str, locale: str, hl: str | None) -> None:
    assert (await sent(name, Question(TEXT, locale))).get("hl") == hl


@pytest.mark.parametrize(
    ("country", "city", "place"),
    [
        ("US", "Austin,Texas", {"gl": "us", "location": "Austin,Texas,United States"}),
        ("US", "Austin, Texas, United States", {"gl": "us", "location": "Austin,Texas,United States"}),
        ("GB", "London", {"gl": "gb", "location": "London,United Kingdom"}),
        ("BA", "Mostar", {"gl": "ba", "location": "Mostar,Bosnia and Herzegovina"}),
        ("HK", "Kowloon", {"gl": "hk", "location": "Kowloon,Hong Kong"}),
        ("SS", None, {"location": "South Sudan"}),
        ("SS", "Juba", {"location": "Juba,South Sudan"}),
        ("DE", None, {"gl": "de"}),
    ],
)
async def test_google_is_told_a_city_with_its_country(country: str, city: str | None, place: dict[str, str]) -> None:
    asked = await sent("google_aio", Question(TEXT, None, country, city))
    assert {name: value for name, value in asked.items() if name in ("gl", "location")} == place


@pytest.mark.parametrize("name", ["google_aio", "google_ai_mode", "bing_copilot"])
async def test_samples_after_the_first_are_no_copies_of_it(name: str) -> None:
    asked = [await sent(name, Question(TEXT, sample=number)) for number in (1, 2, 3)]
    assert [each.get("no_cache") for each in asked] == [None, "true", "true"]


async def sent(name: str, question: Question, model: str | None = None) -> Any:
    """What a collector sends: the body, or the query of an engine that is asked by GET, without the key."""
    kind = registered()[name]
    async with listening() as (address, requests):
        collector: Collector = kind(Access(key="emulated-key", base_url=address, model=model or kind.model))
        await collector.ask(question)
        await collector.close()
    ((path, body),) = requests
    query = dict(parse_qsl(urlsplit(path).query))
    return json.loads(body) if body else {name: query[name] for name in query if name not in SERPAPI_ALWAYS}


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, list[tuple[str, bytes]]]]:
    """An engine that answers nothing of use, and what it was sent: path and body."""
    requests: list[tuple[str, bytes]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readline()).decode().split()[1]
        size = 0
        while line := (await reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            size = int(value) if name.lower() == "content-length" else size
        requests.append((path, await reader.readexactly(size)))
        writer.write(RESPONSE)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
