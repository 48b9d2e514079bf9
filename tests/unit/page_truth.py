"""What SerpApi's pages say of themselves: blocks of text with links in them, and references."""

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.truth import Json, Truth, dicts, each_once

SHOWN = (
    "title", "subtitle", "snippet", "language", "code", "source", "date", "list", "table", "headers", "comparison",
    "product_labels", "feature", "values", "top_stories", "products", "price", "text_blocks",
)  # fmt: skip
NOT_GIVEN = ("can't generate an ai overview", "no response available", "didn't get a response")
NO_RESULTS = "hasn't returned any results"


def of_overview(body: Json) -> Truth:
    """A page of Google's results: `google_aio`."""
    if "ai_overview" in body:
        return _of_answer(body["ai_overview"], body, "no_answer")
    return Truth("no_overview" if "search_metadata" in body else "unreadable")


def of_answer_page(body: Json) -> Truth:
    """A page that is an answer: AI Mode, Copilot."""
    return _of_answer(body, body, "no_answer")


def _of_answer(answer: dict[str, Any], body: Json, absent: str) -> Truth:
    if body["search_metadata"]["status"] != "Success":
        return Truth("engine_error")
    blocks = answer.get("text_blocks", [])
    whole = f"{list(_texts(blocks))} {answer.get('reconstructed_markdown', '')}".lower()
    is_told = any(sentence in whole for sentence in NOT_GIVEN) and not answer.get("references")
    if not blocks or is_told:
        return Truth(absent)
    header = [answer["header"]] if "header" in answer else []
    links = [(thing["link"], thing.get("title") or thing.get("text")) for thing in dicts(blocks) if "link" in thing]
    links = [(url, title) for url, title in links if not url.startswith("https://www.google.com/search")]
    references = [(reference["link"], reference.get("title")) for reference in answer.get("references", [])]
    return Truth(texts=header + _shown(blocks), sources=each_once(links + references))


def _texts(value: Json) -> Iterator[str]:
    """All that is shown of a block, in the order in which it stands on the page."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        is_cards = value.get("type") in ("top_stories", "products")
        yield from (text for name in _order(value) for text in _texts(value[name]) if not is_cards or name != "type")


def _order(thing: dict[str, Any]) -> list[str]:
    """A heading before what it heads, the heads of a table before its rows."""
    first = ("title", "subtitle", "headers", "product_labels", "feature")
    names = [name for name in first if name in thing]
    return names + [name for name in thing if name in SHOWN and name not in first]


def _shown(blocks: list[dict[str, Any]]) -> list[str]:
    """The texts without the footnotes' numbers, which stand after a word where a block says what it refers to."""
    return [FOOTNOTE.sub("", text) if _has_footnotes(blocks) else text for text in _texts(blocks)]


FOOTNOTE = re.compile(r"(?:(?<=[^\W\d])|(?<=\S)\s+)[1-9](?=\s*[.।,;]?\s*$)")


def _has_footnotes(blocks: list[dict[str, Any]]) -> bool:
    """Whether half of the texts that refer to something end in a number."""
    referring = [thing["snippet"] for thing in dicts(blocks) if thing.get("reference_indexes") and "snippet" in thing]
    ending = sum(bool(FOOTNOTE.search(text)) for text in referring)
    return bool(ending) and 2 * ending >= len(referring)
