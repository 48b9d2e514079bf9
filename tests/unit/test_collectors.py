"""Reading what engines send: real recordings, made-up ones of the same formats, and what is broken."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_emulator import openai as emulated_openai
from engine_emulator import perplexity as emulated_perplexity
from engine_emulator import serpapi as emulated_serpapi
from engine_emulator.answers import make_up
from worker_svc.collectors import prices
from worker_svc.collectors.chatgpt import ChatGpt
from worker_svc.collectors.collector import Collector, Source, each_once
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.perplexity import Perplexity
from worker_svc.engines import Engines, registered

RECORDINGS = Path(__file__).parents[3] / "shared/data/recordings"
ALL = [ChatGpt, Perplexity, GoogleAiOverviews]


def recorded(name: str) -> Exchange:
    response = json.loads((RECORDINGS / f"{name}.json").read_text())["response"]
    return Exchange(json.dumps(response["body"]), response["status"], response["headers"])


def error_of(kind: type[Collector], exchange: Exchange) -> EngineError:
    with pytest.raises(EngineError) as caught:
        kind.read(exchange)
    return caught.value


@pytest.mark.parametrize(
    ("name", "model", "citations", "queries"),
    [
        ("openai_responses_web_search_news", "gpt-5-2025-08-07", 3, 6),
        ("openai_responses_web_search_durable", "gpt-5-2025-08-07", 1, 1),
        ("openai_responses_url_citations", "gpt-5-mini-2025-08-07", 7, 1),
    ],
)
def test_recordings_of_openai(name: str, model: str, citations: int, queries: int) -> None:
    body = json.loads((RECORDINGS / f"{name}.json").read_text())["response"]["body"]
    texts = [part["text"] for item in body["output"] if item["type"] == "message" for part in item["content"]]
    urls = {
        note["url"]
        for item in body["output"]
        if item["type"] == "message"
        for part in item["content"]
        for note in part["annotations"]
    }
    answer = ChatGpt.read(recorded(name))
    assert answer.text == "".join(texts).strip()
    assert {source.url for source in answer.citations} == urls
    assert (answer.model, len(answer.citations)) == (model, citations)
    assert len(answer.search_queries) >= queries
    assert answer.cost_micro_usd
    assert answer.finish_reason == "completed"


def test_a_quota_that_is_used_up_is_a_rate_limit_that_waiting_does_not_end() -> None:
    error = error_of(ChatGpt, recorded("openai_error"))
    assert (error.kind, error.retryable) == ("rate_limited", False)
    bare = error_of(ChatGpt, Exchange(recorded("openai_error").body))
    assert (bare.kind, bare.retryable) == ("rate_limited", False)


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, "invalid_request", False),
        (401, "unauthorized", False),
        (403, "unauthorized", False),
        (404, "invalid_request", False),
        (408, "engine_error", True),
        (429, "rate_limited", True),
        (500, "engine_error", True),
        (503, "engine_error", True),
    ],
)
@pytest.mark.parametrize("kind_of", ALL)
def test_statuses(kind_of: type[Collector], status: int, kind: str, retryable: bool) -> None:
    error = error_of(kind_of, Exchange('{"error": {"message": "No."}}', status))
    assert (error.kind, error.retryable, error.message) == (kind, retryable, "No.")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert error_of(ChatGpt, Exchange("{}", 429, headers)).retry_after_seconds == seconds


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "{}", "null", '{"output": 1}', '{"output": [1, null]}', "[" * 9_999]
)
def test_what_is_no_answer_says_so(kind: type[Collector], body: str) -> None:
    assert error_of(kind, Exchange(body, 200)).kind in ("unreadable", "no_answer")


@pytest.mark.parametrize("kind", ALL)
def test_a_cut_body_is_unreadable_even_when_it_parses(kind: type[Collector]) -> None:
    assert error_of(kind, Exchange("{}", 200, is_cut=True)).kind == "unreadable"


def test_an_answer_that_refuses_is_an_answer() -> None:
    message = {"type": "message", "content": [{"type": "refusal", "refusal": "I can't help with that."}]}
    answer = ChatGpt.read(Exchange(json.dumps({"status": "completed", "output": [message]}), 200))
    assert (answer.text, answer.finish_reason) == ("I can't help with that.", "refusal")


def test_a_failed_response_tells_why() -> None:
    body = {"status": "failed", "error": {"code": "server_error", "message": "Broke."}, "output": []}
    error = error_of(ChatGpt, Exchange(json.dumps(body), 200))
    assert (error.kind, error.retryable, error.message) == ("engine_error", True, "Broke.")


def test_keys_are_in_no_message() -> None:
    error = EngineError("unauthorized", "Incorrect API key provided: sk-proj-abc123456. See api_key=abcdef1234567.")
    assert "abc123456" not in error.message
    assert "abcdef1234567" not in error.message


def test_emulated_openai_is_read_back() -> None:
    made = make_up(1, "chatgpt", "What are the best hiking boots?")
    answer = ChatGpt.read(Exchange(json.dumps(emulated_openai.response(made, "gpt-6.1-sol", "k")), 200))
    assert [source.url.partition("?")[0] for source in answer.citations] == [page.url for page in made.pages]
    assert all(point.seller.name in answer.text for point in made.points)
    assert answer.search_queries == (made.search_query,)
    usage = 8_000 * 2 + (answer.output_tokens or 0) * 10
    assert answer.cost_micro_usd == usage + prices.OPENAI_WEB_SEARCH_MICRO_USD


def test_emulated_perplexity_is_read_back() -> None:
    made = make_up(1, "perplexity", "What are the best hiking boots?")
    body = emulated_perplexity.response(made, "fast", "k")
    answer = Perplexity.read(Exchange(json.dumps(body), 200))
    assert [source.url for source in answer.citations] == [page.url for page in made.pages]
    assert answer.cost_micro_usd == round(body["usage"]["cost"]["total_cost"] * 1_000_000)


def test_perplexity_cites_what_the_text_refers_to() -> None:
    results = [{"id": i, "url": f"https://{i}.example", "title": f"T{i}"} for i in (1, 2, 3)]
    message = {"type": "message", "content": [{"type": "output_text", "text": "A.[3] B.[1][9] C.[3]"}]}
    body = {"status": "completed", "output": [{"type": "search_results", "results": results}, message]}
    assert [s.url for s in Perplexity.read(Exchange(json.dumps(body), 200)).citations] == [
        "https://3.example",
        "https://1.example",
    ]


def test_emulated_overviews_are_read_back_as_markdown() -> None:
    made = next(m for m in (make_up(i, "google_aio", "best boots") for i in range(50)) if m.style == "list")
    body = emulated_serpapi.overview(made, "token", "k")
    answer = GoogleAiOverviews.read(Exchange(json.dumps(body), 200, calls=2))
    assert [source.url for source in answer.citations] == [page.url for page in made.pages]
    assert f"- **{made.points[0].seller.name}:** {made.points[0].remark}." in answer.text
    assert answer.cost_micro_usd == 2 * prices.SERPAPI_SEARCH_MICRO_USD


def test_blocks_of_an_overview_become_markdown() -> None:
    blocks = [
        {"type": "heading", "snippet": "Picks"},
        {"type": "list", "list": [{"title": "A:", "snippet": "A: good", "list": [{"snippet": "inner"}]}]},
        {"type": "table", "table": [["Name", "Price"], ["A|B", "1"]]},
        {
            "type": "comparison",
            "product_labels": ["A", "B"],
            "comparison": [{"feature": "Weight", "values": ["1", "2"]}],
        },
        {"type": "expandable", "title": "More", "text_blocks": [{"type": "paragraph", "snippet": "text"}]},
        {"type": "from the future", "snippet": "kept"},
    ]
    body = {"ai_overview": {"text_blocks": blocks, "references": [{"link": "https://a.example", "index": 0}]}}
    text = GoogleAiOverviews.read(Exchange(json.dumps(body), 200)).text
    assert text == (
        "### Picks\n\n- **A:** good\n  - inner\n\n| Name | Price |\n|---|---|\n| A\\|B | 1 |\n\n"
        "|  | A | B |\n|---|---|---|\n| Weight | 1 | 2 |\n\n### More\n\ntext\n\nkept"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"organic_results": []},
        {"ai_overview": {"error": "Not available."}},
        {"error": "Google hasn't returned any results."},
    ],
)
def test_a_page_without_an_overview_is_no_answer(body: dict[str, Any]) -> None:
    error = error_of(GoogleAiOverviews, Exchange(json.dumps(body), 200))
    assert (error.kind, error.retryable) == ("no_answer", False)


FIELDS = [
    "output",
    "type",
    "content",
    "text",
    "annotations",
    "url",
    "usage",
    "cost",
    "total_cost",
    "error",
    "status",
    "action",
    "query",
    "queries",
    "results",
    "id",
    "search_results",
    "ai_overview",
    "text_blocks",
    "references",
    "list",
    "table",
    "reference_indexes",
    "link",
    "snippet",
    "title",
    "message",
]
TYPES = st.sampled_from(["message", "search_results", "web_search_call", "list", "table", "output_text"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), part | TYPES, max_size=5),
    max_leaves=30,
)


@given(JSON)
@pytest.mark.parametrize("kind", ALL)
def test_no_body_breaks_a_reader(kind: type[Collector], body: Any) -> None:
    for text in (json.dumps(body), json.dumps({"output": body}), json.dumps({"ai_overview": {"text_blocks": body}})):
        with suppress(EngineError):
            kind.parse(Exchange(text, 200))


def test_each_source_once_in_order() -> None:
    sources = [Source("b", "B"), Source("a"), Source("b", "other")]
    assert each_once(sources) == (Source("b", "B"), Source("a"))


def test_prices_of_snapshots_and_of_the_unknown() -> None:
    assert prices.token_cost("gpt-5-mini-2025-08-07", 1_000_000, 0) == 250_000
    assert prices.token_cost("gpt-5-2025-08-07", 0, 1_000_000) == 10_000_000
    assert prices.token_cost("gpt-9", 1, 1) is None
    assert prices.token_cost("gpt-5", None, 1) is None


def test_engines_say_which_variable_is_missing() -> None:
    engines = Engines.from_environment({"OPENAI_API_KEY": "sk-x", "SERPAPI_API_KEY": "a\nb"}, 1)
    assert engines.ready() == ["chatgpt"]
    assert engines.missing("perplexity") == "PERPLEXITY_API_KEY is not set"
    assert "line break" in (engines.missing("google_aio") or "")
    wrong = Engines.from_environment({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "x"}, 1)
    assert "http://" in (wrong.missing("chatgpt") or "")


def test_every_collector_is_registered_under_its_own_name() -> None:
    assert {name: kind.name for name, kind in registered().items()} == {kind.name: kind.name for kind in ALL}
