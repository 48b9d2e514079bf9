"""What was learned: the numbers of a brand, the answers behind them, and the calls behind those."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import given
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.errors import NotFound
from answerbeat.schema import (
    Citation,
    CollectorResult,
    ExtractedPosition,
    ExtractedSentiment,
    JobRun,
    QueryExecution,
)
from worker_svc import brands

Z95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""

TOTALS = text("""
    WITH answer AS (
        SELECT id
        FROM collector_results
        WHERE brand_id = :brand_id
          AND positions_version IS NOT NULL
          AND (CAST(:start AS timestamptz) IS NULL OR created_at >= :start)
          AND (CAST(:end AS timestamptz) IS NULL OR created_at < :end)
          AND (CAST(:collector AS text) IS NULL OR collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR topic = :topic)
    ), tracked AS (
        SELECT name, TRUE AS is_brand FROM brands WHERE id = :brand_id
        UNION ALL
        SELECT name, FALSE FROM competitors WHERE brand_id = :brand_id
    ), place AS (
        SELECT place.name, count(*) FILTER (WHERE mentions > 0) AS answers_named, sum(mentions) AS mentions,
               avg(position) AS mean_position
        FROM extracted_positions AS place JOIN answer ON answer.id = place.collector_result_id
        GROUP BY place.name
    ), feeling AS (
        SELECT feeling.name, avg(score) AS mean_sentiment
        FROM extracted_sentiments AS feeling JOIN answer ON answer.id = feeling.collector_result_id
        GROUP BY feeling.name
    ), cited AS (
        SELECT owner AS name, count(*) AS citations
        FROM citations JOIN answer ON answer.id = citations.collector_result_id
        WHERE owner IS NOT NULL
        GROUP BY owner
    )
    SELECT tracked.name, tracked.is_brand,
           (SELECT count(*) FROM answer) AS answers,
           coalesce(place.answers_named, 0) AS answers_named,
           coalesce(place.mentions, 0) AS mentions,
           place.mean_position,
           feeling.mean_sentiment,
           coalesce(cited.citations, 0) AS citations
    FROM tracked
    LEFT JOIN place USING (name)
    LEFT JOIN feeling USING (name)
    LEFT JOIN cited USING (name)
    ORDER BY tracked.is_brand DESC, answers_named DESC, tracked.name
""")


@dataclass(frozen=True)
class Window:
    """Which answers to look at. Everything may be left out."""

    start: datetime | None = None
    """Collected at or after."""
    end: datetime | None = None
    """Collected before."""
    collector: str | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Total:
    """The numbers of one tracked name."""

    name: str
    is_brand: bool
    answers: int
    answers_named: int
    mentions: int
    mean_position: float | None
    mean_sentiment: float | None
    citations: int


@dataclass(frozen=True)
class AnswerFacts:
    """An answer and what was read off it."""

    answer: CollectorResult
    places: Sequence[ExtractedPosition]
    feelings: dict[str, ExtractedSentiment]
    citations: Sequence[Citation]


async def totals(session: AsyncSession, brand_id: UUID, window: Window) -> list[Total]:
    """The brand's numbers, then its competitors'. Raises NotFound."""
    await brands.get_brand(session, brand_id)
    rows = await session.execute(TOTALS, {"brand_id": brand_id, **vars(window)})
    return [Total(**row) for row in rows.mappings()]


def wilson(part: int, whole: int) -> tuple[float, float, float]:
    """A share and its 95% interval by Wilson's score method (Wilson, JASA 22, 1927). Of nothing: 0 in [0, 1]."""
    if whole == 0:
        return 0.0, 0.0, 1.0
    share, z2 = part / whole, Z95 * Z95
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z95 * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


async def answers(
    session: AsyncSession, brand_id: UUID, run_id: UUID | None, window: Window, limit: int, before: UUID | None
) -> tuple[list[AnswerFacts], UUID | None]:
    """A page of answers, newest first, and the key of its last when there are more. Raises NotFound."""
    await brands.get_brand(session, brand_id)
    query = select(CollectorResult).where(
        *given(
            (eq, CollectorResult.brand_id, brand_id),
            (eq, CollectorResult.job_run_id, run_id),
            (eq, CollectorResult.collector, window.collector),
            (eq, CollectorResult.topic, window.topic),
            (ge, CollectorResult.created_at, window.start),
            (lt, CollectorResult.created_at, window.end),
            (lt, CollectorResult.id, before),
        )
    )
    rows = (await session.scalars(query.order_by(CollectorResult.id.desc()).limit(limit + 1))).all()
    page, last = paging.cut(rows, limit)
    return await _facts(session, page), last.id if last else None


async def _facts(session: AsyncSession, page: Sequence[CollectorResult]) -> list[AnswerFacts]:
    keys = [answer.id for answer in page]
    order: dict[Any, tuple[Any, ...]] = {
        ExtractedPosition: (ExtractedPosition.is_brand.desc(), ExtractedPosition.name),
        ExtractedSentiment: (ExtractedSentiment.name,),
        Citation: (Citation.ordinal,),
    }
    found: dict[Any, dict[UUID, list[Any]]] = {}
    for table, columns in order.items():
        query: Any = select(table).where(table.collector_result_id.in_(keys)).order_by(*columns)
        found[table] = {key: [] for key in keys}
        for row in await session.scalars(query):
            found[table][row.collector_result_id].append(row)
    return [
        AnswerFacts(
            answer=answer,
            places=found[ExtractedPosition][answer.id],
            feelings={feeling.name: feeling for feeling in found[ExtractedSentiment][answer.id]},
            citations=found[Citation][answer.id],
        )
        for answer in page
    ]


async def calls(
    session: AsyncSession, run_id: UUID, limit: int, after: UUID | None
) -> tuple[Sequence[QueryExecution], QueryExecution | None]:
    """A page of a run's calls, in the order they were begun. Raises NotFound."""
    run = await session.get(JobRun, run_id)
    if run is None or not caller().may_see(run.customer_id):
        raise NotFound("run", run_id)
    query = select(QueryExecution).where(QueryExecution.job_run_id == run_id)
    if after:
        query = query.where(QueryExecution.id > after)
    rows = (await session.scalars(query.order_by(QueryExecution.id).limit(limit + 1))).all()
    return paging.cut(rows, limit)
