"""Reading what engines send: real recordings, made-up ones of the same formats, and what is broken."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine_emulator import openai as emulated_openai
from engine_emulator import perplexity as emulated_perplexity
from engine_emulator import serpapi as emulated_serpapi
from engine_emulator.answers import make_up
from tests.paths import RECORDINGS
from worker_svc.collectors import prices
from worker_svc.collectors.chatgpt import ChatGpt
from worker_svc.collectors.claude import Claude
from worker_svc.collectors.collector import Collector, Source, each_once
from worker_svc.collectors.deepseek import DeepSeek
from worker_svc.collectors.errors import EngineError, NoOverview
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.grok import Grok
from worker_svc.collectors.mistral import Mistral
from worker_svc.collectors.openai_compatible import OpenAiCompatible
from worker_svc.collectors.perplexity import Perplexity
from worker_svc.collectors.rates import seconds_until_more
from worker_svc.engines import Engines, registered

ALL = list(registered().values())
prices.load()  # else the first example that has a price would take the time of that
ANTHROPIC = "anthropic-ratelimit-requests"


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
def test_a_status_tells_what_went_wrong_and_whether_to_try_again(
    kind_of: type[Collector], status: int, kind: str, retryable: bool
) -> None:
    error = error_of(kind_of, Exchange('{"error": {"message": "No."}}', status))
    assert (error.kind, error.retryable, error.message) == (kind, retryable, "No.")


@pytest.mark.parametrize("status", [504, 524])
@pytest.mark.parametrize("kind_of", ALL)
def test_a_gateway_that_waited_no_longer_leaves_a_call_of_unknown_fate(kind_of: type[Collector], status: int) -> None:
    error = error_of(kind_of, Exchange("<html>Gateway Timeout", status))
    assert (error.kind, error.retryable, error.is_fate_unknown) == ("timeout", False, True)


def test_a_gateway_that_did_not_reach_the_engine_has_refused() -> None:
    error = error_of(ChatGpt, Exchange("<html>Connection timed out", 522))
    assert (error.kind, error.retryable, error.is_fate_unknown) == ("engine_error", True, False)


def test_a_timeout_told_in_a_body_is_of_unknown_fate_too() -> None:
    error = error_of(OpenAiCompatible, Exchange('{"error": {"code": 504, "message": "Timed out."}}', 200))
    assert (error.kind, error.retryable, error.is_fate_unknown) == ("timeout", False, True)


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
def test_how_long_to_wait_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert error_of(ChatGpt, Exchange("{}", 429, headers)).retry_after_seconds == seconds


def test_a_date_to_wait_for_is_told_in_seconds_from_now() -> None:
    wanted = datetime.now(UTC) + timedelta(minutes=5)
    waits = error_of(ChatGpt, Exchange("{}", 429, {"retry-after": format_datetime(wanted, usegmt=True)}))
    assert 290 < (waits.retry_after_seconds or 0) <= 300


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


def test_no_overview_is_a_finding_that_was_paid_for_and_is_not_asked_for_again() -> None:
    error = NoOverview("Google showed no AI Overview.", cost_micro_usd=15_000)
    assert (error.kind, error.retryable, error.is_fate_unknown, error.cost_micro_usd) == (
        "no_overview",
        False,
        False,
        15_000,
    )


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
    ("body", "kind"),
    [
        ({"organic_results": []}, "no_overview"),
        ({"ai_overview": None, "search_metadata": {"status": "Success"}}, "no_overview"),
        ({"error": "Google hasn't returned any results."}, "no_overview"),
        ({"ai_overview": {"error": "An AI Overview is not available for this search."}}, "no_overview"),
        ({"ai_overview": {"error": "Not available."}}, "no_answer"),
        ({"ai_overview": {"error": "Can't generate an AI overview right now. Try again later."}}, "no_answer"),
        ({"ai_overview": {"page_token": "t"}}, "no_answer"),
        ({"search_metadata": {"status": "Success"}, "error": "Google hasn't returned any results."}, "no_overview"),
        ({"search_parameters": {"engine": "google_ai_overview"}}, "no_answer"),
    ],
)
def test_a_page_without_an_overview_is_told_from_one_that_could_not_be_made(body: dict[str, Any], kind: str) -> None:
    error = error_of(GoogleAiOverviews, Exchange(json.dumps(body), 200, calls=2))
    assert (error.kind, error.retryable, error.cost_micro_usd) == (kind, False, 2 * prices.SERPAPI_SEARCH_MICRO_USD)
    assert isinstance(error, NoOverview) == (kind == "no_overview")


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
    "candidates",
    "parts",
    "groundingMetadata",
    "groundingChunks",
    "groundingSupports",
    "groundingChunkIndices",
    "web",
    "uri",
    "usageMetadata",
    "promptTokenCount",
    "choices",
    "annotations",
    "url_citation",
    "outputs",
    "arguments",
    "input",
    "stop_reason",
    "server_tool_use",
    "details",
    "violations",
    "metadata",
    "action",
    "sources",
    "phase",
    "finish_reason",
    "citations",
    "executed_tools",
    "search_metadata",
    "reconstructed_markdown",
    "header",
    "snippet_links",
    "top_stories",
    "products",
    "detailed",
    "formatted",
    "headers",
    "comparison",
    "product_labels",
    "values",
    "video",
    "document_title",
    "maps",
    "urlContextMetadata",
    "urlMetadata",
    "retrievedUrl",
    "object",
]
TYPES = st.sampled_from(
    ["message", "search_results", "web_search_call", "list", "table", "output_text", "text", "message.output",
     "tool_reference", "tool.execution", "server_tool_use", "code_block", "paragraph", "expandable", "comparison",
     "top_stories", "url_citation", "web_search_tool_result", "web_fetch_tool_result", "commentary", "error", "Success",
     "https://a.example/", "https://www.google.com/url?q=https://[", "12 g a serving 1", "<think>x"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), part | TYPES, max_size=5),
    max_leaves=30,
)


@given(JSON)
@settings(deadline=None)  # each example is read in a dozen places of a body
@pytest.mark.parametrize("kind", ALL)
def test_no_body_breaks_a_reader(kind: type[Collector], body: Any) -> None:
    for text in (
        json.dumps(body),
        json.dumps({"output": body}),
        json.dumps({"ai_overview": {"text_blocks": body}}),
        json.dumps({"ai_overview": {"text_blocks": [body, {"snippet": "x 1", "reference_indexes": [0]}]}}),
        json.dumps({"choices": [{"message": {"content": "x", "annotations": body, "executed_tools": body}}]}),
        json.dumps({"content": [{"type": "text", "text": "x", "citations": body}, body]}),
        json.dumps({"candidates": [{"content": {"parts": [{"text": "x"}]}, "groundingMetadata": body}]}),
        json.dumps({"output": [body, {"type": "message", "content": [{"text": "x", "annotations": body}]}]}),
        *(json.dumps({name: body}) for name in ("content", "candidates", "choices", "outputs", "text_blocks", "error")),
    ):
        with suppress(EngineError):
            kind.parse(Exchange(text, 200))


def test_each_source_once_in_order_with_its_fuller_title_whichever_comes_first() -> None:
    sources = [Source("b", "B"), Source("a"), Source("b", "other"), Source("a", "[1]")]
    assert each_once(sources) == (Source("b", "other"), Source("a"))
    assert each_once(sources[::-1]) == (Source("a"), Source("b", "other"))


def test_a_sites_name_is_less_of_a_title_than_any_other_and_an_address_is_none() -> None:
    sources = [Source("b", "www.site.example"), Source("b", "Short"), Source("a", "https://a.example"), Source("a")]
    assert each_once(sources) == each_once(sources[::-1])[::-1] == (Source("b", "Short"), Source("a"))
    assert each_once([Source("b", "site.example"), Source("b")]) == (Source("b", "site.example"),)


def test_a_dated_model_costs_what_its_name_does_and_an_unknown_one_has_no_price() -> None:
    assert prices.token_cost("gpt-5-mini-2025-08-07", 1_000_000, 0) == 250_000
    assert prices.token_cost("gpt-5-2025-08-07", 0, 1_000_000) == 10_000_000
    assert prices.token_cost("gpt-9", 1, 1) is None
    assert prices.token_cost("gpt-5", None, 1) is None


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.variable not in ("SERPAPI", "PERPLEXITY")])
def test_the_model_that_is_asked_unless_told_otherwise_has_a_price(kind: type[Collector]) -> None:
    cost = prices.token_cost(kind.model, 1_000_000, 1_000_000)
    assert (cost is not None and 100_000 < cost < 100_000_000) or kind.name == "openai_compatible"


def test_a_model_at_home_has_no_price_though_its_name_is_a_paid_ones() -> None:
    assert [prices.token_cost(name, 1, 1) for name in ("mistral-small-latest:24b", "qwen3", "")] == [None] * 3


def test_what_the_list_lacks_is_put_right() -> None:
    assert prices.token_cost("gpt-6.2-astra", 1_000_000, 1_000_000) == 48_000_000
    assert prices.token_cost("mistral-large-latest", 1_000_000, 1_000_000) == 2_000_000
    assert prices.token_cost("mistral-small-latest", 1_000_000, 1_000_000) == 750_000


def test_engines_say_which_variable_is_missing() -> None:
    engines = Engines.from_environment({"OPENAI_API_KEY": "sk-x", "SERPAPI_API_KEY": "a\nb"}, 1)
    assert engines.ready() == ["chatgpt"]
    assert engines.missing("perplexity") == "PERPLEXITY_API_KEY is not set"
    assert "line break" in (engines.missing("google_aio") or "")
    for url in ("x", "http://[::1", "https://", "ftp://a.example"):
        wrong = Engines.from_environment({"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url}, 1)
        assert "http://" in (wrong.missing("chatgpt") or "")


def test_every_collector_is_registered_under_its_own_name() -> None:
    assert {name: kind.name for name, kind in registered().items()} == {name: name for name in registered()}


def test_an_engine_of_ones_own_needs_an_address_and_a_model_and_no_key() -> None:
    engines = Engines.from_environment({"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:11434/v1"}, 1)
    assert engines.missing("openai_compatible") == "OPENAI_COMPATIBLE_MODEL is not set"
    local = {"OPENAI_COMPATIBLE_BASE_URL": "http://127.0.0.1:11434/v1", "OPENAI_COMPATIBLE_MODEL": "llama"}
    assert Engines.from_environment(local, 1).ready() == ["openai_compatible"]


def recorded_body(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text())["response"]["body"]


@pytest.mark.parametrize(("name", "searches"), [("anthropic_web_search_tool", 2), ("anthropic_web_search_weather", 1)])
def test_recordings_of_anthropic(name: str, searches: int) -> None:
    blocks = [block for block in recorded_body(name)["content"] if block["type"] == "text"]
    answer = Claude.read(recorded(name))
    assert "".join(answer.text.split()) == "".join("".join(block["text"] for block in blocks).split())
    cited = [citation["url"] for block in blocks for citation in block.get("citations") or []]
    assert [source.url for source in answer.citations] == list(dict.fromkeys(cited))
    assert len(answer.search_queries) == searches
    usage = recorded_body(name)["usage"]
    assert (answer.input_tokens, answer.output_tokens) == (usage["input_tokens"], usage["output_tokens"])
    tokens = usage["input_tokens"] * 3 + usage["output_tokens"] * 15
    assert answer.cost_micro_usd == tokens + searches * prices.ANTHROPIC_WEB_SEARCH_MICRO_USD


def test_recording_of_gemini_names_the_sites_behind_redirects() -> None:
    body = recorded_body("gemini_google_search")
    answer = Gemini.read(recorded("gemini_google_search"))
    assert answer.text == body["candidates"][0]["content"]["parts"][0]["text"].strip()
    assert [source.url for source in answer.citations] == [
        "https://www.google.com/search?q=weather+in+San Francisco, CA,+US",
        "https://weather.gov/",
        "https://wunderground.com/",
    ]
    assert answer.search_queries == ("weather in San Francisco today",)
    assert answer.finish_reason == "STOP"


def test_recording_of_a_rate_limit_of_gemini_says_how_long() -> None:
    error = error_of(Gemini, recorded("gemini_429_retry_info"))
    assert (error.kind, error.retryable, error.retry_after_seconds) == ("rate_limited", True, 34.4)


def test_a_daily_quota_is_not_waited_for() -> None:
    violations = [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [{"violations": violations}]}}
    assert not error_of(Gemini, Exchange(json.dumps(body), 429)).retryable
    assert error_of(Gemini, Exchange(json.dumps(body))).kind == "rate_limited"


def test_recording_of_xai() -> None:
    body = recorded_body("xai_responses_web_search")
    content = body["output"][-1]["content"][0]
    answer = Grok.read(recorded("xai_responses_web_search"))
    assert answer.text == content["text"].strip()
    assert [source.url for source in answer.citations] == list(dict.fromkeys(n["url"] for n in content["annotations"]))
    assert answer.search_queries == ("what is xAI",)
    assert answer.cost_micro_usd == round(1_941 * 0.2 + 583 * 0.5) + prices.XAI_TOOL_MICRO_USD


@pytest.mark.parametrize(
    ("kind", "name", "reason"), [(DeepSeek, "deepseek_chat", "length"), (Mistral, "mistral_chat", "stop")]
)
def test_recordings_of_chats(kind: type[Collector], name: str, reason: str) -> None:
    answer = kind.read(recorded(name))
    assert answer.text == recorded_body(name)["choices"][0]["message"]["content"].strip()
    assert answer.finish_reason == reason
    assert answer.cost_micro_usd


def test_recording_of_openrouter_tells_what_the_provider_said() -> None:
    error = error_of(OpenAiCompatible, recorded("openrouter_429"))
    assert (error.kind, error.retryable) == ("rate_limited", True)
    assert "temporarily rate-limited upstream" in error.message


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}, 400, "unauthorized"),
        ({"code": "x", "error": "Incorrect API key provided: xa***bc."}, 400, "unauthorized"),
        ({"error": {"message": "Insufficient Balance"}}, 402, "unauthorized"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529, "engine_error"),
        ({"object": "error", "message": "Requests rate limit exceeded", "type": "x"}, 429, "rate_limited"),
        ({"detail": [{"loc": ["body"], "msg": "Field required"}]}, 422, "invalid_request"),
    ],
)
def test_errors_of_many_engines_are_sorted_and_their_words_kept(body: dict[str, Any], status: int, kind: str) -> None:
    error = error_of(ChatGpt, Exchange(json.dumps(body), status))
    assert error.kind == kind
    assert error.message != f"HTTP {status}"


def test_prices_from_a_file_go_before_ours_and_wrong_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices, "OVERRIDES", dict(prices.OVERRIDES))
    (tmp_path / "p.json").write_text('{"gpt-5": {"input": 1, "output": 2}}')
    prices.override(tmp_path / "p.json")
    assert prices.token_cost("gpt-5", 1_000_000, 1_000_000) == 3_000_000
    for wrong in ("[]", '{"gpt-5": 1}', '{"gpt-5": {"input": -1, "output": 2}}', "x"):
        (tmp_path / "p.json").write_text(wrong)
        with pytest.raises(prices.PricesError, match="should be like"):
            prices.override(tmp_path / "p.json")


@pytest.mark.parametrize("name", sorted(registered()))
def test_every_collector_has_its_page(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs/engines" / f"{name}.md").read_text()
    for part in (
        f"(`{name}`)",
        "## Key",
        f"{registered()[name].variable}_",
        "## Cost",
        "## Limits",
        "## What it can't do",
    ):
        assert part in page


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "9s"}, 0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3_600),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, 0),
        ({"x-ratelimit-remaining-requests": "0"}, 0),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z",
            },
            30,
        ),
        (
            {
                "anthropic-ratelimit-requests-remaining": "0",
                "anthropic-ratelimit-requests-reset": "2025-01-01T00:00:30Z",
            },
            0,
        ),
    ],
)
def test_headers_tell_how_long_there_is_no_further_request(headers: dict[str, str], seconds: float) -> None:
    assert seconds_until_more(headers, datetime(2026, 1, 1, tzinfo=UTC)) == seconds
