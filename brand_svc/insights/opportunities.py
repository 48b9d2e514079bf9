"""What to do about the numbers: questions that name others, the sources that feed them, and who else there is."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from brand_svc.insights.store import suggestions as untracked
from brand_svc.insights.store.cell_sums import count_answers
from brand_svc.insights.store.citation_sums import CitedDomain, cited_by_question, cited_domains
from brand_svc.insights.store.learned import BrandQuestion, Learned, questions, tracked
from brand_svc.insights.store.name_sums import NameSum, name_sums
from brand_svc.insights.store.window import Window

MAX_SOURCES = 10
"""Domains that one opportunity names."""
MAX_SUGGESTED = 20
MIN_SUGGESTED = 2
"""Answers whose lists a name leads before it is suggested."""


@dataclass(frozen=True)
class Opportunity:
    """A question whose answers name competitors and not the brand."""

    query_id: UUID
    question: str
    topic: str
    answers: int
    missed: int
    brand_named: int
    rivals: list[tuple[str, int]]
    sources: list[CitedDomain]


async def opportunities(learned: Learned, window: Window, limit: int) -> list[Opportunity]:
    """Questions whose answers name competitors and not the brand, those with the most such answers first."""
    brand, names = learned.brand_name, await tracked(learned)
    by_query: dict[UUID, dict[str, NameSum]] = defaultdict(dict)
    for row in await name_sums(learned, window):
        if row.name in names:
            by_query[row.query_id][row.name] = row
    missing = [(key, rows) for key, rows in by_query.items() if brand in rows and rows[brand].missed]
    missing.sort(key=lambda found: (-found[1][brand].missed, found[0]))
    first = dict(missing[:limit])
    asked = await questions(learned)
    cited = await cited_by_question(learned, window, first.keys(), MAX_SOURCES)
    return [
        _opportunity(asked.get(key, BrandQuestion(key, "", "")), rows[brand], rows, cited.get(key, []))
        for key, rows in first.items()
    ]


def _opportunity(
    question: BrandQuestion, own: NameSum, rows: dict[str, NameSum], cited: list[CitedDomain]
) -> Opportunity:
    """Of one question: the sums of the brand, those of all tracked names, and what its answers cite."""
    rivals = [(name, row.named) for name, row in rows.items() if name != own.name and row.named]
    return Opportunity(
        query_id=question.id,
        question=question.text,
        topic=question.topic,
        answers=own.answers,
        missed=own.missed,
        brand_named=own.named,
        rivals=sorted(rivals, key=lambda rival: (-rival[1], rival[0])),
        sources=cited,
    )


async def sources(learned: Learned, window: Window, limit: int) -> tuple[int, list[CitedDomain]]:
    """How many answers there are, and the domains that most of them cite."""
    return await count_answers(learned, window), await cited_domains(learned, window, limit)


async def suggestions(learned: Learned) -> list[untracked.Suggestion]:
    """Untracked names that often lead lists."""
    return await untracked.suggestions(learned, MIN_SUGGESTED, MAX_SUGGESTED)
