"""An answer as a person sees it: its visible text in passages, and its lists, headings and table rows.

Markdown is parsed by markdown-it-py. Addresses and code are not text; a link's words are.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from w3lib.html import remove_tags

MAX_NESTING = 60
"""Deeper than any answer is, and shallow enough for a recursive walk."""
BOLD_HEADING = 7
"""The level of a paragraph that is all bold, below the six of Markdown."""
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks that direct or break text and are not seen."""
NUMBER = re.compile(r"\W*(?:No\.?\s*|#)?(\d{1,3})(?:[.):]|\s*[-–—])?\s+(?=\S)", re.IGNORECASE)
"""An item's own number, as in "1. Notion", "#2 Coda" or "**3) Jira**"."""
BOX = re.compile(r"\s*\[[ xX]\]\s+")
"""The box of a task list."""
RUN = re.compile(r"([*_~`\[\](){}<>!|])\1{20,}")
"""Marks that nobody writes so many of in a row, and whose time grows faster than their number."""
RANK = re.compile(r"\W*\d{1,3}\W*")
"""A table cell that holds nothing but a rank."""


@dataclass
class Item:
    """One of several siblings: a list item, a heading with what stands under it, or a table row."""

    lead: str
    """Its first words, without its own number or bullet."""
    label: str
    """What it is about, as far as can be told without knowing names."""
    is_numbered: bool
    passage: int
    """The number of the passage it begins with."""
    is_heading: bool = False
    within: "Item | None" = None
    """The item it is part of."""


@dataclass
class Passage:
    """A stretch of visible text that stands alone: a paragraph, a heading, an item, a cell."""

    text: str
    within: Item | None = None


@dataclass(frozen=True)
class Link:
    """A link in the text."""

    url: str
    title: str | None


@dataclass
class Document:
    """What a person sees of an answer."""

    passages: list[Passage] = field(default_factory=list)
    groups: list[list[Item]] = field(default_factory=list)
    """Siblings, in order."""
    links: list[Link] = field(default_factory=list)


def parse(markdown: str) -> Document:
    """Reads Markdown as it would be shown. What is nested deeper than anybody writes is read as plain text."""
    seen = unicodedata.normalize("NFC", RUN.sub(lambda run: run[1] * 20, INVISIBLE.sub("", markdown)))
    try:
        return _Reader().read(seen)
    except RecursionError:
        return Document(passages=[Passage(line.strip()) for line in seen.splitlines() if line.strip()])


def _parser(*, finds_bare_links: bool) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"linkify": finds_bare_links, "maxNesting": MAX_NESTING}).enable(
        ["table", "linkify", "strikethrough"]
    )
    # "monday.com" is a name; only what is written as an address is one.
    made.linkify = LinkifyIt().set({"fuzzy_link": False, "fuzzy_email": False})
    # An answer's links repeat, and to take one apart takes longer than to read it.
    made.normalizeLink = lru_cache(1_000)(made.normalizeLink)  # type: ignore[method-assign]
    return made


WRITTEN_LINK = re.compile(r"(?<!\\)\[[^\[\]\n`\\]*\]\(https?://[^\s()<>`\\]+\)")
BARE_LINK = re.compile(r"https?://|mailto:|ftp://|(?<!:)//(?=\w)", re.IGNORECASE)
"""What linkify would find beside written links; most answers have none, and it looks at every word."""
MARKDOWN = {is_needed: _parser(finds_bare_links=is_needed) for is_needed in (False, True)}


def parser_for(markdown: str) -> MarkdownIt:
    """The parser that finds all links there are."""
    return MARKDOWN[bool(BARE_LINK.search(WRITTEN_LINK.sub("", markdown)))]


class _Reader:
    """Walks the tree once and keeps what it finds."""

    def __init__(self) -> None:
        self.found = Document()
        self.item: Item | None = None
        self.headings: list[tuple[int, Item]] = []
        self.heading_groups: dict[tuple[int, int | None], list[Item]] = {}
        self.ordered: tuple[list[Item], int, Item | None] | None = None

    def read(self, markdown: str) -> Document:
        self._blocks(SyntaxTreeNode(parser_for(markdown).parse(markdown)).children)
        return self.found

    def _blocks(self, nodes: list[SyntaxTreeNode]) -> None:
        for node in nodes:
            if node.type in ("bullet_list", "ordered_list"):
                self._list(node)
            elif node.type == "table":
                self._table(node)
            elif node.type == "heading":
                self._heading(int(node.tag[1]), node.children[0])
            elif node.type == "paragraph":
                self._paragraph(node.children[0])
            elif node.type == "html_block":
                self._add(remove_tags(node.content))
            elif node.type in ("blockquote", "list_item"):
                self._blocks(node.children)

    def _add(self, text: str) -> int:
        if text.strip():
            self.found.passages.append(Passage(text.strip(), self.item))
        return len(self.found.passages) - 1

    def _paragraph(self, inline: SyntaxTreeNode) -> None:
        if self._is_bold_heading(inline):
            self._heading(BOLD_HEADING, inline)
        else:
            self._add(self._text(inline))

    def _is_bold_heading(self, inline: SyntaxTreeNode) -> bool:
        """Whether a paragraph is all bold, or begins with a bold number: engines write headings so."""
        shown = _shown(inline)
        if (self.item is not None and not self.item.is_heading) or not shown or shown[0].type != "strong":
            return False
        return len(shown) == 1 or bool(NUMBER.match(self._text(inline)))

    def _heading(self, level: int, inline: SyntaxTreeNode) -> None:
        if self.item is not None and not self.item.is_heading:
            self._add(self._text(inline))  # a heading inside a list item stands for itself
            return
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.item = self.headings[-1][1] if self.headings else None
        made = self._item([inline], is_heading=True)
        if made is None:
            return
        group = self.heading_groups.get((level, id(made.within)))
        if group is None:
            group = self.heading_groups[level, id(made.within)] = []
            self.found.groups.append(group)
        group.append(made)
        self.headings.append((level, made))

    def _list(self, node: SyntaxTreeNode) -> None:
        outer, group, number = self.item, [], 1
        if node.type == "ordered_list":
            number = int(node.attrGet("start") or 1)
            group = self._continued(number)
        if not group:
            self.found.groups.append(group)
        for child in node.children:
            self._list_item(child, group, is_numbered=node.type == "ordered_list")
            self.item = outer
        if node.type == "ordered_list":
            self.ordered = (group, number + len(node.children), outer)

    def _continued(self, number: int) -> list[Item]:
        """The list that this one goes on with: a paragraph between two items ends a list in Markdown."""
        if self.ordered and self.ordered[1] == number and self.ordered[2] is self.item:
            return self.ordered[0]
        return []

    def _list_item(self, node: SyntaxTreeNode, group: list[Item], *, is_numbered: bool) -> None:
        first = node.children[0] if node.children else None
        if first is not None and first.type in ("paragraph", "heading"):
            made = self._item([first.children[0]], is_numbered=is_numbered)
            if made:
                group.append(made)
                self.item = made
            self._blocks(node.children[1:])
        else:
            self._blocks(node.children)

    def _table(self, node: SyntaxTreeNode) -> None:
        outer, group = self.item, []
        for part in node.children:
            for row in part.children:
                cells = [cell.children[0] for cell in row.children if cell.children]
                if part.type == "thead":
                    for cell in cells:
                        self._add(self._text(cell))
                elif cells:
                    made = self._item(cells)
                    if made:
                        group.append(made)
                    self.item = outer
        self.found.groups.append(group)

    def _item(
        self, inlines: list[SyntaxTreeNode], *, is_numbered: bool = False, is_heading: bool = False
    ) -> Item | None:
        """Adds an item, whose text is that of one inline or of a row's cells. None when it shows nothing."""
        texts = [self._text(inline) for inline in inlines]
        shown = [text for text in texts if text.strip()]
        if not shown:
            return None
        first = 1 if len(shown) > 1 and RANK.fullmatch(shown[0]) else 0
        unticked = BOX.sub("", shown[first])
        number = NUMBER.match(unticked)
        lead = unticked[number.end() if number else 0 :]
        made = Item(
            lead=lead.strip(),
            label=_label(lead, self._bold_start(inlines[texts.index(shown[first])])),
            is_numbered=is_numbered or bool(number) or first == 1,
            passage=len(self.found.passages),
            is_heading=is_heading,
            within=self.item,
        )
        self.item = made
        for text in shown:
            self._add(text)
        return made

    def _bold_start(self, inline: SyntaxTreeNode) -> str:
        shown = _shown(inline)
        return "".join(_visible(shown[0])) if shown and shown[0].type == "strong" else ""

    def _text(self, inline: SyntaxTreeNode) -> str:
        for node in inline.walk():
            if node.type == "link":
                self._link(node)
        return re.sub(r"[^\S\n]+", " ", "".join(_visible(inline)))

    def _link(self, node: SyntaxTreeNode) -> None:
        url = str(node.attrGet("href") or "")
        words = "" if _is_bare(node) else "".join(_visible(node)).strip()
        if all(link.url != url for link in self.found.links):
            self.found.links.append(Link(url, words or None))


def _shown(inline: SyntaxTreeNode) -> list[SyntaxTreeNode]:
    """The children that show something: the parser leaves empty texts beside marks."""
    return [child for child in inline.children if child.type != "text" or child.content.strip()]


def _visible(node: SyntaxTreeNode) -> Iterator[str]:
    """The words of an inline node that a person reads as words."""
    if node.type == "text":
        yield node.content
    elif node.type in ("softbreak", "hardbreak"):
        yield " " if node.type == "softbreak" else "\n"
    elif node.type == "html_inline":
        yield " " if node.content.lower().startswith("<br") else ""
    elif node.type in ("code_inline", "image") or (node.type == "link" and _is_bare(node)):
        yield " "
    else:
        for child in node.children:
            yield from _visible(child)


def _is_bare(link: SyntaxTreeNode) -> bool:
    """Whether a link shows its address instead of words."""
    if link.markup in ("linkify", "autolink"):
        return True
    shown = "".join(child.content for child in link.children)
    return shown.startswith(("http://", "https://"))


def _label(lead: str, bold: str) -> str:
    """An item's subject: its bold start, else what stands before the first separator."""
    bold = NUMBER.sub("", bold, count=1) if bold else ""
    plain = bold or re.split(r"\s[-–—]\s|[:(–—,;]", lead, maxsplit=1)[0]
    return re.sub(r"^\W+|\W+$", "", plain)
