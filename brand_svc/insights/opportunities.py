"""What to do about the numbers: questions that name others, the sources that feed them, and who else there is."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from brand_svc.insights.numbers import insights
from brand_svc.insights.store.sums import Learned, NameSum, Source, Suggestion, Window

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
    sources: list[Source]


async def opportunities(learned: Learned, window: Window, limit: int) -> list[Opportunity]:
    """Questions whose answers name competitors and not the brand, those with the most such answers first."""
    brand, tracked = learned.brand_name, await learned.tracked()
    by_query: dict[UUID, dict[str, NameSum]] = defaultdict(dict)
    for row in await learned.names(window):
        if row.name in tracked:
            by_query[row.query_id][row.name] = row
    missing = [(key, rows) for key, rows in by_query.items() if brand in rows and rows[brand].missed]
    missing.sort(key=lambda found: (-found[1][brand].missed, found[0]))
    questions, topics = await learned.questions(), await learned.topics()
    return [
        Opportunity(
            query_id=key,
            question=questions.get(str(key), ""),
            topic=topics.get(str(key), ""),
            answers=rows[brand].answers,
            missed=rows[brand].missed,
            brand_named=rows[brand].named,
            rivals=sorted(
                ((name, row.named) for name, row in rows.items() if name != brand and row.named),
                key=lambda rival: (-rival[1], rival[0]),
            ),
            sources=await learned.sources(window, 10, [key]),
        )
        for key, rows in missing[:limit]
    ]


async def sources(learned: Learned, window: Window, limit: int) -> tuple[int, list[Source]]:
    """How many answers there are, and the domains that most of them cite."""
    whole = (await insights(learned, window, None, None)).whole
    return whole.answers, await learned.sources(window, limit)


async def suggestions(learned: Learned) -> list[Suggestion]:
    """Untracked names that often lead lists."""
    return await learned.suggestions(MIN_SUGGESTED, MAX_SUGGESTED)
