"""Of which kind a cited page is, as far as its site tells: by a list of sites that everybody knows, in sites.txt.

Whose a page is, and what a person says of it, goes before the list; that is for those to say who know it.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from reading.citations import registrable_domain

LIST = Path(__file__).with_name("sites.txt")


class PageKind(StrEnum):
    """What a page is."""

    OWN = "own"
    COMPETITOR = "competitor"
    PRESS = "press"
    FORUM = "forum"
    SHOP = "shop"
    REFERENCE = "reference"
    OTHER = "other"


@lru_cache(50_000)
def listed_kind(host: str) -> PageKind | None:
    """The kind of a host by the list; None for one that is not on it.

    A listed host goes before the site's name, and that before what the host's first label tells.
    """
    known = listed()
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if kind := known.get(".".join(labels[start:])):
            return kind
    domain = registrable_domain(host)
    if kind := known.get(f"{domain.split('.')[0]}.*"):
        return kind
    return None if host == domain else known.get(f"{labels[0]}.")


@cache
def listed() -> dict[str, PageKind]:
    """The list: each host, name or first label with its kind."""
    return read_list(LIST.read_text("utf-8").splitlines())


def read_list(lines: Iterable[str]) -> dict[str, PageKind]:
    """Lines as in sites.txt. Raises ValueError for a kind that is none, and for what is listed twice."""
    found: dict[str, PageKind] = {}
    kind = PageKind.OTHER
    for line in lines:
        words = line.partition("#")[0].split()
        if words and words[0].startswith("["):
            kind = PageKind(words[0].strip("[]"))
            continue
        for word in words:
            if word in found:
                raise ValueError(f"{word} is listed twice")
            found[word] = kind
    return found
