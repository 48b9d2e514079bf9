"""All that is read off one answer: the parts of this package put together."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sentencex import get_sentence_boundaries

from reading import citations, positions, sentiment
from reading.document import Document, Item, Link, Passage, parse
from reading.mentions import Matcher, Mention, Name, matcher
from reading.sentiment import Judgement, Tone

VERSION = 3
"""Goes up whenever positions, mentions or citations of the same answer would be read otherwise."""
MAX_UNTRACKED = 80
"""Characters of a name; what is longer is a sentence."""
MAX_READ = 100_000
"""Characters of an answer that are read, some forty pages: engines write less, and no person reads further."""
MAX_SENTENCES = 10
"""Sentences about one name that are judged and kept: the first, which say most of it."""


@dataclass(frozen=True)
class Place:
    """How often an answer names somebody, and where: from 1, or None when it does not."""

    mentions: int
    position: int | None


@dataclass(frozen=True)
class Feeling:
    """The tone towards somebody, and the sentences that show it."""

    tone: Tone
    sentences: list[str]


@dataclass(frozen=True)
class Statement:
    """A sentence, whom it concerns, and where it names them, if it does."""

    name: str
    text: str
    place: tuple[int, int] | None = None

    @property
    def sentence(self) -> str:
        """As it is kept and shown."""
        return self.text.strip()

    @property
    def is_bare(self) -> bool:
        """Whether it is nothing but the name."""
        if self.place is None:
            return False
        start, end = self.place
        return not re.search(r"\w", self.text[:start] + self.text[end:])

    def judge(self) -> Judgement:
        """Its tone towards the name, by the encoder."""
        if self.is_bare:
            return sentiment.NOTHING_SAID
        if self.place is None:
            return sentiment.judge_said_of(self.name, self.text)
        return sentiment.judge(self.text, *self.place)


def feeling(said: Sequence[Statement], judgements: Sequence[Judgement]) -> Feeling:
    """What statements about one name, and their judgements, come to."""
    return Feeling(sentiment.tone_of(judgements), [one.sentence for one in said])


class Reading:
    """One answer, read for a set of names. Each question is answered when it is asked."""

    def __init__(self, markdown: str, names: Sequence[Name], engine_citations: Sequence[Link] = ()) -> None:
        self._names = names
        self._engine_citations = engine_citations
        self._document: Document = parse(markdown[:MAX_READ])
        self._matcher: Matcher = matcher(tuple(names))
        self._mentions: list[tuple[Passage, list[Mention]]] = [
            (passage, self._matcher.find(passage.text)) for passage in self._document.passages
        ]

    def places(self) -> dict[str, Place]:
        """Of each tracked name, whether the answer names it or not."""
        counts, places = self._counts, self._ranking.places
        return {name.name: Place(counts[name.name], places.get(name.name)) for name in self._names}

    def untracked(self) -> dict[str, int]:
        """The positions of names that lead items of its lists and are not tracked."""
        return {
            label: place for label, place in self._ranking.untracked.items() if label and len(label) <= MAX_UNTRACKED
        }

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(mention.name for _, found in self._mentions for mention in found)

    @cached_property
    def _ranking(self) -> positions.Ranking:
        return positions.rank(self._document, self._matcher, list(self._counts))

    def statements(self) -> dict[str, list[Statement]]:
        """What is said of each name that the answer names: each sentence once, the first that say something."""
        found: dict[str, dict[str, Statement]] = {}
        # A heading or an item that is nothing but the name says nothing of it, unless it is all there is.
        for said in sorted(self._said(), key=lambda said: said.is_bare):
            of_name = found.setdefault(said.name, {})
            if said.sentence not in of_name and len(of_name) < MAX_SENTENCES and not (said.is_bare and of_name):
                of_name[said.sentence] = said
        return {name: list(of_name.values()) for name, of_name in found.items()}

    def feelings(self) -> dict[str, Feeling]:
        """The tone towards each name that the answer names, by the encoder."""
        return {name: feeling(said, [one.judge() for one in said]) for name, said in self.statements().items()}

    def citations(self) -> list[citations.Cited]:
        """The pages it cites."""
        return citations.cite(self._engine_citations, self._document.links, self._names)

    def _said(self) -> Iterator[Statement]:
        """Each sentence that concerns a name, once for each name in it."""
        for passage, found in self._mentions:
            if not found and (subject := self._subject(passage.within)):
                # What stands under "1. Notion" and names nobody speaks of Notion.
                yield Statement(subject, passage.text)
            for sentence in get_sentence_boundaries("en", passage.text) if found else ():
                start, end = sentence["start_index"], sentence["end_index"]
                first = {m.name: m for m in reversed(found) if start <= m.start < end}
                for mention in sorted(first.values(), key=lambda m: m.start):
                    yield Statement(mention.name, sentence["text"], (mention.start - start, mention.end - start))

    def _subject(self, item: Item | None) -> str | None:
        """Whom the nearest item around a passage is led by."""
        while item is not None:
            if leader := self._matcher.leader(item.lead):
                return leader
            item = item.within
        return None
