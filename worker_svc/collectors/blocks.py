"""SerpApi's blocks of text, as Markdown: what a person sees of each, and of a type that is not known its texts.

Format: SerpApi's documentation, "AI Overview Results", "Google AI Mode API" and "Bing Copilot API".
"""

import re
from collections.abc import Iterator, Mapping

from reading.addresses import is_page
from worker_svc.collectors.exchange import listed, objects, words

FIELDS = {
    "paragraph": ("title", "snippet", "video"),
    "heading": ("title", "snippet"),
    "list": ("title", "snippet", "list"),
    "table": ("title", "snippet", "table", "detailed", "formatted"),
    "comparison": ("title", "snippet", "comparison"),
    "expandable": ("title", "subtitle", "snippet", "list", "text_blocks"),
    "code_block": ("code", "snippet"),
}
"""What is shown of the types that are known, in the page's order."""
NOT_SHOWN = re.compile(
    r"type|link|url|id|token|level|position|image|images|thumbnail|favicon|language|references|reference_indexes"
    r"|snippet_\w+|headers|product_labels|extracted_\w+|formatted|detailed|\w+_(?:link|url|id|token|icon)|\w*icon|serpapi\w*"
)
"""Names of what a page uses and does not show, or shows a second time."""
CARD = " · "
"""Between the texts of a card: a story's title, who wrote it, and when."""


def text_of(blocks: list[dict[str, object]]) -> str:
    """The blocks of an answer as Markdown."""
    return "\n\n".join(filter(None, map(_block, blocks)))


def _block(block: Mapping[str, object]) -> str:
    kind = block.get("type")
    if kind == "code_block":
        return f"```{words(block, 'language')}\n{block.get('code') or words(block, 'snippet')}\n```"
    if kind == "heading" and words(block, "snippet"):
        return f"### {words(block, 'snippet')}"
    names = FIELDS.get(str(kind)) or _shown(block)
    return "\n\n".join(filter(None, (_part(block, name) for name in names)))


def _shown(thing: Mapping[str, object]) -> list[str]:
    """The names of what may be shown, a title first."""
    names = [name for name in thing if not NOT_SHOWN.fullmatch(name)]
    return sorted(names, key=lambda name: name not in ("title", "name"))


def _part(block: Mapping[str, object], name: str) -> str:
    """One field of a block."""
    value = block.get(name)
    match name:
        case "title":
            return f"### {words(block, name)}" if words(block, name) else ""
        case "list":
            return "\n".join(_list(value, ""))
        case "table" | "detailed" | "formatted":
            return _table_of(block) if name == _table_in(block) else ""
        case "comparison":
            rows = [[row.get("feature", ""), *listed(row.get("values"))] for row in objects(value)]
            return _table([["", *listed(block.get("product_labels"))], *rows]) if rows else ""
        case "text_blocks":
            return text_of(objects(value))
        case "video":
            return words(value, "title") if isinstance(value, dict) else ""
    if isinstance(value, str):
        return "" if is_page(value) else value.strip()
    return "\n".join(_cards(value, is_bold=name != "top_stories"))


def _list(items: object, indent: str) -> Iterator[str]:
    for item in listed(items):
        if isinstance(item, dict):
            yield from _item(item, indent)
        elif isinstance(item, str) and item.strip():
            yield f"{indent}- {item.strip()}"


def _item(item: Mapping[str, object], indent: str) -> Iterator[str]:
    title = words(item, "title")
    snippet = words(item, "snippet").removeprefix(title).strip()
    if title or snippet:
        yield f"{indent}- {f'**{title}** ' if title else ''}{snippet}".rstrip()
    elif "list" not in item and "text_blocks" not in item:
        yield from (f"{indent}{card}" for card in _cards(item, is_bold=True))
    yield from _list(item.get("list"), indent + "  ")
    for line in text_of(objects(item.get("text_blocks"))).splitlines():
        yield f"{indent}  {line}".rstrip()


def _cards(value: object, *, is_bold: bool) -> Iterator[str]:
    """Cards, such as stories or products: an item each, its title first."""
    for card in value if isinstance(value, list) else [value]:
        if texts := list(_texts(card)):
            is_titled = is_bold and isinstance(card, dict) and bool(words(card, "title") or words(card, "name"))
            yield f"- {CARD.join([f'**{texts[0]}**' if is_titled else texts[0], *texts[1:]])}"


def _texts(value: object) -> Iterator[str]:
    """All texts within a value that may be shown."""
    if isinstance(value, str) and value.strip() and not is_page(value):
        yield " ".join(value.split())
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for name in _shown(value):
            yield from _texts(value[name])


def _table_in(block: Mapping[str, object]) -> str:
    """Where a table stands: as cells, as cells with what they refer to, or as records."""
    return next((name for name in ("table", "detailed", "formatted") if listed(block.get(name))), "")


def _table_of(block: Mapping[str, object]) -> str:
    rows, headers = listed(block.get(_table_in(block))), listed(block.get("headers"))
    records = objects(rows)
    if records and not headers:
        headers = [str(name).replace("_", " ") for name in records[0]]
    cells = [[*row.values()] if isinstance(row, dict) else row for row in rows]
    return _table([headers, *cells] if headers and cells[:1] != [headers] else cells)


def _table(rows: list[object]) -> str:
    cells = [[_cell(cell) for cell in row] for row in rows if isinstance(row, list) and row]
    if not cells:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{'---|' * len(cells[0])}", *lines[1:]])


def _cell(cell: object) -> str:
    text = " ".join(_texts(cell)) if isinstance(cell, (dict, list)) else str("" if cell is None else cell)
    return " ".join(text.split()).replace("|", "\\|")
