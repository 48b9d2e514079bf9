"""At which place an answer names whom.

Where sibling items of a list, headings or table rows are led by a tracked name, the names that
lead such items are numbered in order of appearance, untracked ones counted, each once. Tracked
names found only in prose follow, in order of first mention. Without such a list, the order of
first mention counts. A list none of whose items is led by a tracked name ranks nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reading.document import Document, Item
from reading.mentions import Matcher


@dataclass(frozen=True)
class Ranking:
    """Who stands where, from 1."""

    places: dict[str, int]
    """Of each tracked name that the answer names."""
    untracked: dict[str, int]
    """Of what leads other items of the same lists, as far as can be told without knowing names."""


def rank(document: Document, matcher: Matcher, first_mentions: list[str]) -> Ranking:
    """The places in an answer.

    `first_mentions` are the names in the order in which they are first mentioned.
    """
    places: dict[str, int] = {}
    labels: dict[str, tuple[str, int]] = {}
    count = 0
    for item in _ranked_items(document, matcher):
        leader = _leader(item, matcher)
        if leader in places or (leader is None and item.label.casefold() in labels):
            continue
        count += 1
        if leader is None:
            labels[item.label.casefold()] = item.label, count
        else:
            places[leader] = count
    for name in first_mentions:
        if name not in places:
            count += 1
            places[name] = count
    return Ranking(places, dict(labels.values()))


def _ranked_items(document: Document, matcher: Matcher) -> list[Item]:
    """The items that stand in a ranking, in order of appearance."""
    ranked: list[Item] = []
    leading: set[int] = set()
    for group in document.groups:
        led = [item for item in group if _leader(item, matcher)]
        if not led or (group[0].is_heading and len(group) == 1):
            continue
        if any(id(outer) in leading for outer in _enclosing(group[0])):
            continue  # what stands under "1. Notion" is about Notion, and ranks nobody
        leading |= {id(item) for item in led}
        # Beside "1. Notion" and "2. Coda", a heading "Verdict" is no place.
        counts_unnumbered = not all(item.is_numbered for item in led)
        ranked += [item for item in group if counts_unnumbered or item.is_numbered]
    return sorted(ranked, key=lambda item: item.passage)


def _leader(item: Item, matcher: Matcher) -> str | None:
    """The tracked name that leads an item."""
    leader = matcher.leader(item.lead)
    if leader and item.is_heading:
        first = matcher.find(item.lead)[0]
        if re.match(r"\s+[a-z]", item.lead[first.end :]):
            return None  # "Salesforce alternatives" is about others
    return leader


def _enclosing(item: Item) -> Iterator[Item]:
    outer = item.within
    while outer is not None:
        yield outer
        outer = outer.within
