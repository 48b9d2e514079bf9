"""What a change of a brand keeps of its questions, and whether it may be made.

Questions stay by their ids or else by their words, so that answers stay theirs; a change needs today's ETag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from answerbeat.errors import InvalidField, StaleEtag
from brand_svc.catalog.content import QuestionContent, TopicContent


class Words(NamedTuple):
    """What tells one question of a brand from another."""

    text: str
    locale: str | None
    country: str | None


@dataclass(frozen=True)
class Placed:
    """A question as it is to be: the one that it was, if it was one, and its topic."""

    id: UUID | None
    topic: str
    content: QuestionContent


def etag_of(updated_at: datetime) -> str:
    """Changes with each change of the brand."""
    return f'"{updated_at.timestamp():.6f}"'


def check_etag(etag: str | None, updated_at: datetime) -> None:
    """Raises StaleEtag for one that is not the brand's any more. None stands for any."""
    if etag is not None and etag != etag_of(updated_at):
        raise StaleEtag("The brand was changed since you read it. Read it again, and change that.")


def place_questions(present: Mapping[UUID, Words], topics: Sequence[TopicContent]) -> tuple[list[Placed], set[UUID]]:
    """All questions as they are to be, in the order given, and those that are to go.

    Each that is present is taken at most once. Raises InvalidField for an id that is not of one, or was taken.
    """
    left = dict(present)
    by_words = {words: key for key, words in present.items()}
    placed = []
    for i, topic in enumerate(topics):
        for j, query in enumerate(topic.queries):
            key = _present(left, by_words, query, f"topics[{i}].queries[{j}].id")
            if key:
                del left[key]
            placed.append(Placed(key, topic.name, query))
    return placed, set(left)


def _present(
    left: Mapping[UUID, Words], by_words: Mapping[Words, UUID], query: QuestionContent, field: str
) -> UUID | None:
    if not query.id:
        key = by_words.get(Words(query.text, query.locale, query.country))
        return key if key in left else None
    try:
        key = UUID(query.id)
    except ValueError:
        key = None
    if key is None or key not in left:
        raise InvalidField(field, "is not of a question of this brand, or is given twice")
    return key
