"""The numbers of footnotes, which stand above the line on a page, and within the words at SerpApi: "12 g a serving 1".

A body tells by itself whether it has them: what refers to something says so (`reference_indexes`), and then at least
half of it ends in the number of what it refers to. Where it does not, each number is the text's own: "GPT-4", "B12",
"Galaxy S 24".
"""

import re
from collections.abc import Iterator
from typing import Any

from worker_svc.collectors.exchange import listed, objects

MARK = (
    r"(?:(?<=[^\W\d_A-Z])|(?<=[.,;:!?)\]”\"’%।])(?<!\d[.,])|(?<=\S)\s+(?={n}\s*(?:[.,;:!?।]|\Z)))"
    r"(?:{n})(?:\s+(?=[.,;:!?।]))?(?=[\s.,;:!?।]|\Z)"
)
"""A number at a word's end; one that stands alone, only before a sentence's end: "in 2 weeks" goes on."""
AT_END = r"\s*[.,;:!?।]?\s*\Z"
MAX_IN_A_ROW = 9
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
TEXTS = ("title", "snippet")


def without_footnotes(blocks: list[dict[str, object]]) -> list[dict[str, object]]:
    """The blocks without the footnotes' numbers; as they are where the body has none."""
    referring = [thing for thing in _things(blocks) if _indexes(thing) and isinstance(thing.get("snippet"), str)]
    order = {index: place for place, index in enumerate(dict.fromkeys(i for t in referring for i in _indexes(t)), 1)}
    ends = [re.search(_mark(_numbers(thing, order)) + AT_END, thing["snippet"]) for thing in referring]
    seen = {number for end, thing in zip(ends, referring, strict=True) if end for number in _numbers(thing, order)}
    if not seen or 2 * len([end for end in ends if end]) < len(referring):
        return blocks
    return [_cleared(block, order, seen) for block in blocks]


def _cleared(value: Any, order: dict[int, int], seen: set[int]) -> Any:
    """A value of the same shape, without them."""
    if isinstance(value, list):
        return [_cleared(part, order, seen) for part in value]
    if not isinstance(value, dict):
        return value
    mark = re.compile(_mark(_numbers(value, order))) if _indexes(value) else None
    found = {}
    for name, part in value.items():
        if name in TEXTS and isinstance(part, str):
            found[name] = _strip(mark, part, len(_indexes(value))) if mark else part
        else:
            found[name] = _without_in_columns(part, seen) if name == "table" else _cleared(part, order, seen)
    return found


def _without_in_columns(rows: Any, seen: set[int]) -> Any:
    """A table's cells say of themselves nothing: a column has footnotes where half of its cells end in one."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return rows
    mark = re.compile(_mark(seen) + AT_END)
    width = max(map(len, rows), default=0)
    columns = [[row[i] for row in rows if i < len(row) and isinstance(row[i], str)] for i in range(width)]
    marked = {
        i for i, column in enumerate(columns) if 2 * len([c for c in column if mark.search(c)]) >= len(column) > 0
    }
    return [
        [_strip(mark, cell, 1) if i in marked and isinstance(cell, str) else cell for i, cell in enumerate(row)]
        for row in rows
    ]


def _strip(mark: re.Pattern[str], text: str, in_a_row: int) -> str:
    """Without marks, as many in a row as it refers to: of "tier 1 1" one is."""
    for _ in range(min(in_a_row, MAX_IN_A_ROW)):
        text = mark.sub("", text)
    return text


def _numbers(thing: dict[str, Any], order: dict[int, int]) -> set[int]:
    """The numbers that its footnotes may have: by their place in the list, or in the order of the text."""
    return {number for index in _indexes(thing) for number in (index + 1, order.get(index, index + 1))}


def _mark(numbers: set[int]) -> str:
    written = [
        form for n in sorted(numbers, reverse=True) for form in (str(n), str(n).translate(SUPERSCRIPTS), rf"\[{n}\]")
    ]
    return MARK.replace("{n}", f"(?:{'|'.join(written)})")


def _indexes(thing: dict[str, Any]) -> list[int]:
    return [index for index in listed(thing.get("reference_indexes")) if isinstance(index, int) and 0 <= index < 1_000]


def _things(value: object) -> Iterator[dict[str, Any]]:
    """All objects within a value, in order."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _things(part)
    for part in objects(value):
        yield from _things(part)
    for rows in listed(value):
        if isinstance(rows, list):
            yield from _things(rows)
