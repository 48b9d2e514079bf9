"""Where an answer names the brand and its competitors.

A mention is a whole-word occurrence of a name or alias in the visible text, the longest first,
each stretch of text counted once. Where a name starts with a capital, so must the mention;
otherwise case is ignored.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"  # Thai to Khmer, kana, Han
    r"\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"  # Hangul
)
"""Scripts that set no space between words, or join particles to them as Hangul does."""
ARABIC = r"\u0621-\u064a"
WORD = rf"[^\W_{UNSPACED}]"
"""A letter or digit of a script that sets spaces."""
DOMAIN_TAIL = r"(?!\.[a-z]{2,}(?![^\W_]))"
"""Not "Zoho" in "Zoho.com": that is an address."""
HYPHENS = "-\u2010\u2011\u2012\u2013"
APOSTROPHES = "'\u2019\u02bc"


@dataclass(frozen=True)
class Name:
    """A brand or competitor that is looked for."""

    name: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    is_brand: bool = False


@dataclass(frozen=True)
class Mention:
    """A stretch of a text that names somebody."""

    name: str
    start: int
    end: int


class Matcher:
    """Finds all tracked names at once."""

    def __init__(self, names: Sequence[Name]) -> None:
        owners: dict[str, str] = {}
        # An alias that two share goes to the brand, then by the alphabet: the order of competitors must not matter.
        for name in sorted(names, key=lambda n: (not n.is_brand, n.name)):
            for spelling in (name.name, *name.aliases):
                if spelling.strip():
                    owners.setdefault(spelling.strip(), name.name)
        spellings = sorted(owners, key=lambda s: (-len(s), s))
        self._owners = [owners[s] for s in spellings]
        self._pattern = re.compile("|".join(f"({_pattern(s)})" for s in spellings)) if spellings else None

    def find(self, text: str) -> list[Mention]:
        """The mentions in a text, in order."""
        return list(self._each(text))

    def leader(self, text: str) -> str | None:
        """Who a text begins with, quotes and signs aside."""
        first = next(self._each(text), None)
        return first.name if first and not re.search(r"\w", text[: first.start]) else None

    def _each(self, text: str) -> Iterator[Mention]:
        if self._pattern:
            for match in self._pattern.finditer(text):
                index = match.lastindex or 1
                yield Mention(self._owners[index - 1], match.start(index), match.end(index))


@lru_cache(maxsize=256)
def matcher(names: tuple[Name, ...]) -> Matcher:
    """The matcher of a set of names."""
    return Matcher(names)


def _pattern(spelling: str) -> str:
    """A spelling as a pattern: its own case at the start, any after, and words of its own."""
    first, rest = spelling[0], spelling[1:]
    start = re.escape(first) if first.isupper() else f"(?i:{_loose(first)})"
    body = start + (f"(?i:{_loose(rest)})" if rest else "")
    return _boundary_before(first) + body + _boundary_after(spelling[-1])


def _boundary_before(first: str) -> str:
    if re.match(rf"[{ARABIC}]", first):
        # And, so, in, like, for, the: written as one word with the name that follows. They are looked at,
        # not taken; look-behind needs a fixed width, so each is spelt out.
        return "(?:" + "|".join([rf"(?<!{WORD})", *(rf"(?<=(?<!{WORD}){p})" for p in _arabic_prefixes())]) + ")"
    if re.match(WORD, first):
        return rf"(?<!{WORD})(?<!{WORD}[.@])(?<!_)"
    return ""


def _arabic_prefixes() -> list[str]:
    made = [a + b + c for a in ("", "و", "ف") for b in ("", "ب", "ك", "ل") for c in ("", "ال")]
    return [*filter(None, made), "لل", "ولل"]


def _boundary_after(last: str) -> str:
    return rf"(?!{WORD}|_){DOMAIN_TAIL}" if re.match(WORD, last) else ""


def _loose(text: str) -> str:
    """Spaces, hyphens and apostrophes as people vary them."""
    parts = []
    for piece in re.findall(r"\s+|.", text, re.DOTALL):
        if piece.isspace():
            parts.append(r"\s+")
        elif piece in HYPHENS:
            parts.append(f"[{HYPHENS}]")
        elif piece in APOSTROPHES:
            parts.append(f"[{APOSTROPHES}]")
        else:
            parts.append(re.escape(piece))
    return "".join(parts)
