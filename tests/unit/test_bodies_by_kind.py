"""What a body may hold beside what the recordings hold, kind by kind: what is shown, what is cited, what happened."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.unit.hostile_answers import ANSWERS
from worker_svc.collectors import prices
from worker_svc.collectors.addresses import is_search, page_behind
from worker_svc.collectors.bing_copilot import BingCopilot
from worker_svc.collectors.chatgpt import ChatGpt
from worker_svc.collectors.claude import Claude
from worker_svc.collectors.collector import Answer, Collector, Source
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.google_ai_mode import GoogleAiMode
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.grok import Grok
from worker_svc.collectors.mistral import Mistral
from worker_svc.collectors.openai_compatible import OpenAiCompatible
from worker_svc.collectors.perplexity import Perplexity

prices.load()
PAGE = {"search_metadata": {"status": "Success"}}
A, B = "https://a.example/", "https://b.example/"


def read(kind: type[Collector], body: dict[str, Any], status: int = 200, calls: int = 1) -> Answer:
    return kind.read(Exchange(json.dumps(body), status, calls=calls))


def error_of(kind: type[Collector], body: dict[str, Any], status: int = 200, calls: int = 1) -> EngineError:
    with pytest.raises(EngineError) as caught:
        read(kind, body, status, calls)
    return caught.value


def chat(content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"message": {"content": content, **more}, "finish_reason": "stop"}]}


def response(text: str, *items: dict[str, Any], notes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": notes or []}
    return {"status": "completed", "model": "m", "output": [*items, {"type": "message", "content": [part]}]}


def overview(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**PAGE, "ai_overview": {"text_blocks": blocks, **more}}


def cited(answer: Answer) -> list[tuple[str, str | None]]:
    return [(source.url, source.title) for source in answer.citations]


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<think>a</think>b", "b"),
        ("\n <THINK>\na\n</think>\n\nb", "b"),
        ("a</think>b", "b"),
        ("a <b> c\n</think>\n\nb", "b"),
        ("<thought>a</thought>b", "b"),
        ("<think></think>b", "b"),
        ("b\n<think>a</think>\nc", "b\n\nc"),
        ("b\n<think>never ends", "b"),
        ("Models write `<think>` and `</think>` around it.", "Models write `<think>` and `</think>` around it."),
        ("Write <think> first.", "Write <think> first."),
        ([{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}, {"type": "text", "text": "b"}], "b"),
        ([{"type": "reasoning", "text": "a"}, {"type": "text", "text": "b"}, {"type": "from the future"}], "b"),
    ],
)
@pytest.mark.parametrize("kind", [OpenAiCompatible, Mistral])
def test_thoughts_are_not_the_answer(kind: type[Collector], content: Any, shown: str) -> None:
    assert read(kind, chat(content, reasoning_content="a", reasoning="a")).text == shown


@pytest.mark.parametrize("content", ["<think>a", "<think>\na", "<think>a</think>", "  ", "", None, []])
def test_an_answer_of_thoughts_alone_is_none_and_costs_what_it_did(content: Any) -> None:
    error = error_of(OpenAiCompatible, {**chat(content), "usage": {"cost": 0.25}})
    assert (error.kind, error.retryable, error.cost_micro_usd) == ("no_answer", False, 250_000)


def test_remarks_on_the_work_are_not_the_answer_nor_are_their_sources() -> None:
    note = {"type": "url_citation", "url": A, "title": "A"}
    remark = {
        "type": "message",
        "phase": "commentary",
        "content": response("I look.", notes=[note])["output"][0]["content"],
    }
    answer = read(ChatGpt, response("Found.", remark, notes=[{**note, "url": B, "title": "B"}]))
    assert (answer.text, cited(answer)) == ("Found.", [(B, "B")])
    assert error_of(ChatGpt, {"status": "completed", "output": [remark]}).kind == "no_answer"


def test_claude_thinks_apart_from_what_it_says() -> None:
    blocks = [
        {"type": "thinking", "thinking": "a"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "b"},
    ]
    assert read(Claude, {"type": "message", "content": blocks}).text == "b"


def test_what_was_billed_without_a_text_is_told_with_its_cost() -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 1_000_000}
    counts = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
    gemini = {"promptTokenCount": 1_000_000, "candidatesTokenCount": 1_000_000}
    for kind, body in (
        (ChatGpt, {"status": "incomplete", "model": "gpt-5", "output": [], "usage": usage}),
        (Grok, {"status": "completed", "model": "grok-4.3", "output": [], "usage": usage}),
        (Claude, {"model": "claude-sonnet-5-5", "content": [], "stop_reason": "refusal", "usage": usage}),
        (
            Gemini,
            {
                "modelVersion": "gemini-3.5-flash",
                "candidates": [{"finishReason": "MAX_TOKENS"}],
                "usageMetadata": gemini,
            },
        ),
        (Mistral, {"outputs": [{"type": "message.output", "model": "mistral-medium-latest"}], "usage": counts}),
        (Perplexity, {"status": "completed", "output": [], "usage": {"cost": {"total_cost": 0.5}}}),
    ):
        error = error_of(kind, body)
        assert (error.kind, error.cost_micro_usd > 100_000) == ("no_answer", True), kind.name
    for page in (GoogleAiMode, BingCopilot):
        assert error_of(page, PAGE).cost_micro_usd == prices.SERPAPI_SEARCH_MICRO_USD


@pytest.mark.parametrize(
    ("choice", "kind", "message"),
    [
        ({"error": {"code": 502, "message": "Provider broke."}}, "engine_error", "Provider broke."),
        ({"error": {"code": 429, "message": "Slow down."}}, "rate_limited", "Slow down."),
        ({"finish_reason": "error"}, "engine_error", "The engine reported an error."),
        ({"finish_reason": "error", "error": {"message": "Timed out."}}, "engine_error", "Timed out."),
    ],
)
@pytest.mark.parametrize("reader", [OpenAiCompatible, Mistral])
def test_an_error_within_a_choice_is_one_and_half_a_text_is_none(
    reader: type[Collector], choice: dict[str, Any], kind: str, message: str
) -> None:
    half = {"choices": [{"message": {"content": "Half of"}, **choice}]}
    error = error_of(reader, half)
    assert (error.kind, error.message, error.retryable) == (kind, message, False)
    nothing = error_of(reader, {"choices": [choice]})
    assert (nothing.kind, nothing.retryable) == (kind, True)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "model 'x' not found"},
        {"object": "error", "message": "model 'x' not found", "code": 404},
        {"type": "error", "error": {"type": "not_found_error", "message": "model 'x' not found"}},
    ],
)
@pytest.mark.parametrize("kind", [ChatGpt, Claude, Gemini, Grok, Mistral, OpenAiCompatible, Perplexity])
def test_a_body_may_tell_its_error_in_several_shapes(kind: type[Collector], body: dict[str, Any]) -> None:
    assert error_of(kind, body).message == "model 'x' not found"


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (429, "Your account has run out of searches.", "rate_limited"),
        (200, "Your account has run out of searches.", "rate_limited"),
        (429, "Your prepayment credits are depleted.", "rate_limited"),
        (400, "Your credit balance is too low to access the Anthropic API.", "unauthorized"),
        (402, "Insufficient credits.", "unauthorized"),
        (403, "Your team has used all available credits or reached its monthly spending limit.", "unauthorized"),
    ],
)
@pytest.mark.parametrize("reader", [GoogleAiOverviews, GoogleAiMode, OpenAiCompatible, Claude])
def test_a_spent_plan_is_not_asked_again(reader: type[Collector], status: int, message: str, kind: str) -> None:
    error = error_of(
        reader, {"error": {"message": message} if reader in (Claude, OpenAiCompatible) else message}, status
    )
    assert (error.kind, error.retryable, error.message) == (kind, False, message)


def test_a_search_that_failed_is_an_error_and_only_the_one_before_it_was_paid_for() -> None:
    body = {"search_metadata": {"status": "Error"}, "error": "We couldn't get valid results."}
    for kind in (GoogleAiOverviews, GoogleAiMode, BingCopilot):
        error = error_of(kind, body)
        assert (error.kind, error.message, error.retryable, error.cost_micro_usd) == (
            "engine_error",
            body["error"],
            True,
            0,
        )
    second = error_of(GoogleAiOverviews, body, calls=2)
    assert (second.retryable, second.cost_micro_usd) == (False, prices.SERPAPI_SEARCH_MICRO_USD)
    waiting = error_of(GoogleAiMode, {"search_metadata": {"status": "Processing"}})
    assert (waiting.kind, waiting.message) == ("engine_error", "The search is processing.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Can't generate an AI overview right now. Try again later.",
        "Can’t generate an AI Overview right now.",
        "It looks like there's no response available for this search. Try asking something else.",
        "Google AI didn't get a response. Try again.",
        "Something went wrong and an AI response wasn't generated.",
    ],
)
def test_an_excuse_is_no_answer_and_an_answer_that_quotes_it_is_one(sentence: str) -> None:
    block = {"type": "paragraph", "snippet": sentence}
    for kind, body in ((GoogleAiOverviews, overview(block)), (GoogleAiMode, {**PAGE, "text_blocks": [block]})):
        error = error_of(kind, body)
        assert (error.kind, error.message, error.retryable) == ("no_answer", sentence, False)
        assert error.cost_micro_usd == prices.SERPAPI_SEARCH_MICRO_USD
    quoting = {"type": "paragraph", "snippet": sentence, "reference_indexes": [0]}
    references = [{"link": A, "title": "A", "index": 0}]
    assert read(GoogleAiOverviews, overview(quoting, references=references)).text == sentence
    long = {"type": "paragraph", "snippet": f"{'Words of an answer. ' * 20}{sentence}"}
    assert read(GoogleAiMode, {**PAGE, "text_blocks": [long]}).text == long["snippet"]


PRODUCTS = [
    {
        "title": "Boot A",
        "price": "$120",
        "source": "Shop",
        "link": A,
        "thumbnail": "https://x.example/t",
        "rating": 4.5,
    },
    {"title": "Boot B", "price": "$90", "product_id": "17", "product_link": B},
]


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (
            {
                "type": "expandable",
                "title": "T",
                "subtitle": "S",
                "text_blocks": [{"type": "list", "list": [{"snippet": "i"}]}],
            },
            "### T\n\nS\n\n- i",
        ),
        (
            {
                "type": "list",
                "list": ["plain", {"snippet": "x", "text_blocks": [{"type": "paragraph", "snippet": "y"}]}],
            },
            "- plain\n- x\n  y",
        ),
        ({"type": "list", "list": [{"name": "Boot A", "price": "$1"}]}, "- **Boot A** · $1"),
        (
            {
                "type": "top_stories",
                "top_stories": [{"title": "T", "link": A, "source": "S", "date": "1 hour ago", "live": True}],
            },
            "- T · S · 1 hour ago",
        ),
        ({"type": "products", "products": PRODUCTS}, "- **Boot A** · $120 · Shop\n- **Boot B** · $90"),
        ({"type": "product", **PRODUCTS[1]}, "### Boot B\n\n$90"),
        (
            {"type": "table", "detailed": [[{"snippet": "Name"}], [{"snippet": "A|B", "reference_indexes": [9]}]]},
            "| Name |\n|---|\n| A\\|B |",
        ),
        (
            {"type": "table", "formatted": [{"name": "A", "price_per_box": "1"}]},
            "| name | price per box |\n|---|---|\n| A | 1 |",
        ),
        (
            {
                "type": "table",
                "headers": ["N"],
                "table": [["A"]],
                "formatted": [{"n": "A"}],
                "detailed": [[{"snippet": "A"}]],
            },
            "| N |\n|---|\n| A |",
        ),
        (
            {
                "type": "comparison",
                "product_labels": ["A", "B"],
                "comparison": [{"feature": "W", "values": ["1", "2"]}],
            },
            "|  | A | B |\n|---|---|---|\n| W | 1 | 2 |",
        ),
        ({"type": "code_block", "language": "sh", "code": "ls"}, "```sh\nls\n```"),
        ({"type": "paragraph", "snippet": "Solve $x^{2}$.", "snippet_latex": ["x^{2}"]}, "Solve $x^{2}$."),
        (
            {"type": "paragraph", "snippet": "See:", "video": {"link": A, "title": "A film", "thumbnail": B}},
            "See:\n\nA film",
        ),
        (
            {
                "type": "map",
                "title": "Near you",
                "places": [{"title": "Cafe", "address": "1 Road", "gps": {"latitude": 1.5}}],
            },
            "### Near you\n\n- **Cafe** · 1 Road",
        ),
        (
            {
                "type": "from the future",
                "quote": "Q",
                "author": {"name": "N", "image": "https://x.example/i"},
                "id": "7",
            },
            "Q\n\n- **N**",
        ),
        ({"snippet": "no type"}, "no type"),
        ({"type": "heading", "title": "H"}, "### H"),
    ],
)
def test_each_block_is_shown_and_unknown_ones_by_their_texts(block: dict[str, Any], shown: str) -> None:
    assert read(GoogleAiOverviews, overview(block)).text == shown


def test_a_page_without_blocks_is_read_by_its_markdown_or_its_header() -> None:
    assert read(GoogleAiMode, {**PAGE, "reconstructed_markdown": "**A** is good."}).text == "**A** is good."
    assert read(BingCopilot, {**PAGE, "header": "A is good."}).text == "A is good."


HOSTILE = {
    **ANSWERS,
    "thoughts": "<think>\n" * 100_000,
    "ends of thoughts": "x</think>\n" * 100_000,
    "numbers": "a 1. " * 100_000,
    "spaces": "a" + " " * 1_000_000 + "1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_no_text_is_slow_to_be_read(text: str) -> None:
    started = time.process_time()
    with suppress(EngineError):
        read(OpenAiCompatible, chat(text))
    with suppress(EngineError):
        read(BingCopilot, {**PAGE, "text_blocks": [{"snippet": text, "reference_indexes": [0]}] * 2})
    assert time.process_time() - started < 5


def copilot(*snippets: tuple[str, list[int]], table: list[list[str]] | None = None) -> str:
    items = [
        {"snippet": snippet, **({"reference_indexes": indexes} if indexes else {})} for snippet, indexes in snippets
    ]
    blocks = [{"type": "list", "list": items}, *([{"type": "table", "table": table}] if table else [])]
    return read(BingCopilot, {**PAGE, "text_blocks": blocks}).text


def test_footnotes_are_not_text_where_the_body_has_them() -> None:
    assert copilot(("12 g of protein 1", [0]), ("Zero sugar 2.", [1]), ("Try 3 flavours", [])) == (
        "- 12 g of protein\n- Zero sugar.\n- Try 3 flavours"
    )
    assert copilot(("Good protein.1 Cheap too.1", [0]), ("Light¹", [0])) == "- Good protein. Cheap too.\n- Light"
    assert copilot(("Tier 1 1", [0]), ("Both [1] [2]", [0, 1])) == "- Tier 1\n- Both"
    assert copilot(("यह अच्छा है 1 । वह भी 2 ।", [0, 1])) == "- यह अच्छा है । वह भी ।"
    cells = [["Whey 1", "12 g"], ["Gold Whey 1", "24 g"]]
    assert "| Gold Whey | 24 g |" in copilot(("Good 1", [0]), table=cells)


@pytest.mark.parametrize(
    "snippets",
    [
        [("GPT-4", [3]), ("Take B12", [11]), ("Drink H2O", [1]), ("iPhone 17", [16])],
        [("It takes 2 weeks", [1]), ("In 2026", [0]), ("Version 2.1", [0]), ("Over 1,500.1", [0])],
        [("The best is Galaxy S 24", [23]), ("It is good", [0]), ("It is light", [1])],
        [("Tier 1", []), ("Tier 2", [])],
    ],
)
def test_a_number_of_the_text_stays(snippets: list[tuple[str, list[int]]]) -> None:
    assert copilot(*snippets) == "\n".join(f"- {snippet}" for snippet, _ in snippets)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://www.google.com/url?q=https://a.example/x%3Fy%3D1&sa=U", "https://a.example/x?y=1"),
        ("https://google.de/url?sa=t&url=https%3A%2F%2Fa.example%2F", A),
        ("https://translate.google.com/translate?u=https://a.example/&hl=hi&sl=en", A),
        ("https://www-a--b-example.translate.goog/x?y=1&_x_tr_sl=en&_x_tr_tl=hi", "https://www.a-b.example/x?y=1"),
        ("https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9hLmV4YW1wbGUv&ntb=1", A),
        ("https://www.google.com/url?q=https://translate.google.com/translate?u=https://a.example/", A),
        ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=javascript:alert(1)"),
        ("https://www.google.com/url", "https://www.google.com/url"),
        ("https://evil.example/url?q=https://a.example/", "https://evil.example/url?q=https://a.example/"),
        ("https://notgoogle.com/url?q=https://a.example/", "https://notgoogle.com/url?q=https://a.example/"),
        ("https://www.bing.com/ck/a?u=a1%%%", "https://www.bing.com/ck/a?u=a1%%%"),
        ("https://[", "https://["),
        ("", ""),
    ],
)
def test_an_address_is_unwrapped_to_its_page(url: str, page: str) -> None:
    assert page_behind(url) == page


def test_links_in_the_text_are_sources_and_further_searches_are_none() -> None:
    links = [
        {"text": "A shop", "link": f"https://www.google.com/url?q={A}"},
        {"text": "more", "link": "https://www.google.co.in/search?q=more"},
    ]
    items = [{"title": "B", "link": B, "snippet": "x", "snippet_links": links, "reference_indexes": [1]}]
    references = [
        {"index": 0, "link": A, "title": "A shop, and what it sells"},
        {"index": 1, "link": "https://c.example/"},
    ]
    answer = read(GoogleAiOverviews, overview({"type": "list", "list": items}, references=references))
    assert cited(answer) == [("https://c.example/", None), (B, "B"), (A, "A shop, and what it sells")]
    assert is_search("https://www.bing.com/search?q=x")
    assert not is_search("https://www.google.com/maps")
    assert not is_search("https://[")


def test_what_was_found_and_not_cited_is_no_citation() -> None:
    found = {
        "type": "web_search_call",
        "action": {"type": "search", "query": "q", "sources": [{"type": "url", "url": B}, {"url": A}]},
    }
    opened = {"type": "web_search_call", "action": {"type": "open_page", "url": "https://c.example/"}}
    note = {"type": "url_citation", "url": A, "title": "1"}
    for kind in (ChatGpt, Grok):
        answer = read(kind, response("x", found, opened, notes=[note]))
        assert (cited(answer), answer.searched) == ([(A, None)], (Source(B), Source("https://c.example/")))
    results = {
        "type": "search_results",
        "queries": ["q"],
        "results": [{"id": 1, "url": A, "title": "A title"}, {"id": 2, "url": B}],
    }
    answer = read(Perplexity, response("x", results, notes=[note]))
    assert (cited(answer), answer.searched) == ([(A, "A title")], (Source(B),))
    assert cited(read(Perplexity, response("x", results))) == [(A, "A title"), (B, None)]


def test_what_is_listed_beside_a_text_is_cited_where_nothing_is_annotated() -> None:
    body = response("x") | {"citations": [A, B, 7]}
    assert cited(read(Grok, body)) == [(A, None), (B, None)]
    annotated = response("x", notes=[{"type": "url_citation", "url": B}]) | {"citations": [A, B]}
    answer = read(Grok, annotated)
    assert (cited(answer), answer.searched) == ([(B, None)], (Source(A),))


def test_gemini_cites_what_supports_name_and_found_the_rest() -> None:
    chunks = [
        {"web": {"uri": A, "title": "A"}},
        {"web": {"uri": B}},
        {"maps": {"uri": "https://c.example/", "title": "C"}},
    ]
    for supports, count in (([{"groundingChunkIndices": [2, 0, 9, "1", None]}], 2), ([], 3), (None, 3)):
        grounding = {"groundingChunks": chunks, "groundingSupports": supports}
        body = {"candidates": [{"content": {"parts": [{"text": "x"}]}, "groundingMetadata": grounding}]}
        answer = read(Gemini, body)
        assert (
            [source.url for source in answer.citations] == ["https://c.example/", A, B][:count] if count == 2 else True
        )
        assert len(answer.citations) + len(answer.searched) == 3
        assert len(answer.citations) == count


def test_claude_cites_pages_that_it_opened_by_their_titles() -> None:
    page = {"type": "web_fetch_result", "url": A, "content": {"type": "document", "title": "A page"}}
    blocks = [
        {"type": "web_fetch_tool_result", "content": page},
        {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": B, "title": "B"}]},
        {"type": "web_search_tool_result", "content": {"type": "web_search_tool_result_error", "error_code": "x"}},
        {"type": "text", "text": "x", "citations": [{"type": "char_location", "document_title": "A page"}]},
        {
            "type": "text",
            "text": "y",
            "citations": [{"type": "search_result_location", "source": "https://c.example/", "title": "C"}],
        },
    ]
    answer = read(Claude, {"type": "message", "content": blocks})
    assert cited(answer) == [(A, "A page"), ("https://c.example/", "C")]
    assert answer.searched == (Source(B, "B"),)


def test_chats_list_their_sources_in_many_places() -> None:
    results = [{"url": A, "title": "A"}, {"url": B, "title": "B"}]
    nested = [
        {"type": "url_citation", "url_citation": {"url": A, "title": "[1]"}},
        {"type": "file", "file": {"name": "x"}},
    ]
    tools = [{"arguments": '{"query": "q"}', "search_results": {"results": results}}, {"arguments": "not JSON"}]
    for body, citations, searched in (
        (chat("x", annotations=nested) | {"search_results": results}, [(A, "A")], (Source(B, "B"),)),
        (chat("x", annotations=[{"type": "url_citation", "url": A}]), [(A, None)], ()),
        (chat("x") | {"citations": [B, 7, None, "file.pdf"], "search_results": results}, [(B, "B")], (Source(A, "A"),)),
        (chat("x") | {"citations": results}, [(A, "A"), (B, "B")], ()),
        (chat("x") | {"search_results": results}, [(A, "A"), (B, "B")], ()),
        (chat("x", executed_tools=tools), [(A, "A"), (B, "B")], ()),
        (chat("x", citations=[A]), [(A, None)], ()),
    ):
        answer = read(OpenAiCompatible, body)
        assert (cited(answer), answer.searched) == (citations, searched)
    assert read(OpenAiCompatible, chat("x", executed_tools=tools)).search_queries == ("q",)
