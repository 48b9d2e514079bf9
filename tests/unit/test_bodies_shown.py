"""What a body may hold beside what the recordings hold: what a person sees of it, and what is not shown."""

import time
from contextlib import suppress
from typing import Any

import pytest

from tests.unit.bodies import PAGE, A, B, chat, overview, read
from tests.unit.hostile_answers import ANSWERS
from worker_svc.collectors.bing_copilot import BingCopilot
from worker_svc.collectors.claude import Claude
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.google_ai_mode import GoogleAiMode
from worker_svc.collectors.google_aio import GoogleAiOverviews
from worker_svc.collectors.mistral import Mistral
from worker_svc.collectors.openai_compatible import OpenAiCompatible


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


def test_claude_thinks_apart_from_what_it_says() -> None:
    blocks = [
        {"type": "thinking", "thinking": "a"},
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "b"},
    ]
    assert read(Claude, {"type": "message", "content": blocks}).text == "b"


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
    assert copilot(("यह अच्छा है 1 । वह भी 2 ।", [0, 1])) == "- यह अच्छा है। वह भी।"
    assert copilot(("Good 1", [0]), ("As a shop says", [1])) == "- Good\n- As a shop says"
    cells = [["Whey 1", "12 g"], ["Gold Whey 1", "24 g"]]
    assert "| Whey | 12 g |" in copilot(("Good 1", [0]), table=[["Name", "Protein"], ["Whey 1", "12 g"]])
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
