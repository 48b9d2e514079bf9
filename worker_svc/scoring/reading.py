"""All that is read off one answer: the parts of this package put together."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentencex import get_sentence_boundaries

from worker_svc.scoring import citations, positions, sentiment
from worker_svc.scoring.document import Document, Item, Link, Passage, parse
from worker_svc.scoring.mentions import Matcher, Mention, Name, matcher
from worker_svc.scoring.sentiment import Tone

VERSION = 1
"""Goes up whenever positions, mentions or citations of the same answer would be read otherwise."""
MAX_JUDGED = 20
"""Mentions of a sentence whose clause is judged: a sentence with more says the same of all."""
MAX_READ = 400_000
"""Characters of an answer that are read; no person reads further."""
MAX_SENTENCES = 20
"""Sentences kept to show a tone."""


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
        counts = Counter(mention.name for _, found in self._mentions for mention in found)
        ranks = positions.rank(self._document, self._matcher, list(counts))
        return {name.name: Place(counts[name.name], ranks.get(name.name)) for name in self._names}

    def feelings(self) -> dict[str, Feeling]:
        """Of each name that the answer names."""
        scores: dict[str, list[float]] = {}
        sentences: dict[str, list[str]] = {}
        for name, sentence, score in self._about():
            scores.setdefault(name, []).append(score)
            if sentence not in sentences.setdefault(name, []):
                sentences[name].append(sentence)
        return {name: Feeling(sentiment.average(scores[name]), sentences[name][:MAX_SENTENCES]) for name in scores}

    def citations(self) -> list[citations.Cited]:
        """The pages it cites."""
        return citations.cite(self._engine_citations, self._document.links, self._names)

    def _about(self) -> Iterator[tuple[str, str, float]]:
        """Each sentence that concerns a name, with its tone towards it."""
        for passage, found in self._mentions:
            if not found and (subject := self._subject(passage.within)):
                # What stands under "1. Notion" and names nobody speaks of Notion.
                yield subject, passage.text, sentiment.tone(passage.text)
            for sentence in get_sentence_boundaries("en", passage.text) if found else ():
                start, end = sentence["start_index"], sentence["end_index"]
                inside = [mention for mention in found if start <= mention.start < end]
                yield from self._in_sentence(sentence["text"], inside, start)

    def _in_sentence(self, sentence: str, found: list[Mention], start: int) -> Iterator[tuple[str, str, float]]:
        told: set[tuple[str, str]] = set()
        for mention in found[:MAX_JUDGED]:
            begin, end = mention.start - start, mention.end - start
            clause = sentiment.clause_around(sentence, begin, end)
            if (mention.name, clause) not in told:
                told.add((mention.name, clause))
                yield mention.name, sentence.strip(), sentiment.tone(clause)

    def _subject(self, item: Item | None) -> str | None:
        """Whom the nearest item around a passage is led by."""
        while item is not None:
            if leader := self._matcher.leader(item.lead):
                return leader
            item = item.within
        return None
