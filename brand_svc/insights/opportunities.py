"""What to do about the numbers: questions that name others, the sources that feed them, and who else there is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.catalog import brands
from brand_svc.insights import sums
from brand_svc.insights.numbers import insights, question_texts, tracked_names
from brand_svc.insights.sums import Window

MAX_SUGGESTED = 20
MIN_SUGGESTED = 2
"""Answers whose lists a name leads before it is suggested."""

SUGGESTED = text("""
    WITH latest AS (
        SELECT id FROM collector_results
        WHERE brand_id = :brand_id AND positions_rules IS NOT NULL
        ORDER BY id DESC
        LIMIT 5000
    )
    SELECT min(other.name) AS name, count(DISTINCT other.collector_result_id) AS answers,
           avg(other.position) AS mean_position, (SELECT count(*) FROM latest) AS looked_at
    FROM latest
    JOIN untracked_names AS other ON other.collector_result_id = latest.id
    GROUP BY lower(other.name)
    HAVING count(DISTINCT other.collector_result_id) >= :least
    ORDER BY answers DESC, mean_position, 1
    LIMIT :most
""")


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
    sources: Sequence[Any]


async def opportunities(session: AsyncSession, brand_id: UUID, window: Window, limit: int) -> list[Opportunity]:
    """Questions whose answers name competitors and not the brand, those with the most such answers first."""
    tracked = await tracked_names(session, brand_id)
    (brand,) = (name for name, is_brand in tracked.items() if is_brand)
    by_query: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for row in await sums.names(session, brand_id, window):
        if row.name in tracked:
            by_query[row.query_id][row.name] = row
    missing = [(key, rows) for key, rows in by_query.items() if brand in rows and rows[brand].missed]
    missing.sort(key=lambda found: (-found[1][brand].missed, found[0]))
    questions, topics = await question_texts(session, brand_id), await _topics(session, brand_id)
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
            sources=await sums.sources(session, brand_id, window, 10, [key]),
        )
        for key, rows in missing[:limit]
    ]


async def sources(session: AsyncSession, brand_id: UUID, window: Window, limit: int) -> tuple[int, list[Any]]:
    """How many answers there are, and the domains that most of them cite. Raises NotFound."""
    whole = (await insights(session, brand_id, window, None, None)).whole
    return whole.answers, list(await sums.sources(session, brand_id, window, limit))


async def suggestions(session: AsyncSession, brand_id: UUID) -> Sequence[Any]:
    """Untracked names that often lead lists. Raises NotFound."""
    await brands.get_brand(session, brand_id)
    facts = {"brand_id": brand_id, "least": MIN_SUGGESTED, "most": MAX_SUGGESTED}
    return (await session.execute(SUGGESTED, facts)).all()


async def _topics(session: AsyncSession, brand_id: UUID) -> dict[str, str]:
    found = await session.execute(
        text("""
            SELECT query.id, topic.name
            FROM generated_queries AS query JOIN topics AS topic ON topic.id = query.topic_id
            WHERE query.brand_id = :brand_id
        """),
        {"brand_id": brand_id},
    )
    return {str(row.id): row.name for row in found}
