"""The answers behind the numbers, with what was read off each, and the calls behind those."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat import paging
from answerbeat.database import given
from answerbeat.schema import (
    Brand,
    Citation,
    CollectorResult,
    ExtractedPosition,
    ExtractedSentiment,
    JobRun,
    QueryExecution,
)


@dataclass(frozen=True)
class Window:
    """Which answers to look at. Everything may be left out."""

    start: datetime | None = None
    """Collected at or after."""
    end: datetime | None = None
    """Collected before."""
    collector: str | None = None
    topic: str | None = None
    query_id: UUID | None = None
    name: str | None = None
    """Only answers that name it."""
    domain: str | None = None
    """Only answers that cite it."""


@dataclass(frozen=True)
class AnswerFacts:
    """An answer and what was read off it."""

    answer: CollectorResult
    places: Sequence[ExtractedPosition]
    feelings: dict[str, ExtractedSentiment]
    citations: Sequence[Citation]


async def answers(
    session: AsyncSession, brand_id: UUID, run_id: UUID | None, window: Window, limit: int, before: UUID | None
) -> tuple[list[AnswerFacts], UUID | None]:
    """A page of answers, newest first, and the key of its last when there are more."""
    query = select(CollectorResult).where(
        *given(
            (eq, CollectorResult.brand_id, brand_id),
            (eq, CollectorResult.job_run_id, run_id),
            (eq, CollectorResult.collector, window.collector),
            (eq, CollectorResult.topic, window.topic),
            (eq, CollectorResult.query_id, window.query_id),
            (ge, CollectorResult.created_at, window.start),
            (lt, CollectorResult.created_at, window.end),
            (lt, CollectorResult.id, before),
        )
    )
    if window.name:
        named = select(ExtractedPosition).where(
            ExtractedPosition.collector_result_id == CollectorResult.id,
            ExtractedPosition.name == window.name,
            ExtractedPosition.mentions > 0,
        )
        query = query.where(named.exists())
    if window.domain:
        cited = select(Citation).where(
            Citation.collector_result_id == CollectorResult.id, Citation.domain == window.domain
        )
        query = query.where(cited.exists())
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


async def customer_of_run(session: AsyncSession, run_id: UUID) -> UUID | None:
    """Whose a run is. None when there is none."""
    wanted = select(JobRun.customer_id).join(Brand, Brand.id == JobRun.brand_id)
    return await session.scalar(wanted.where(JobRun.id == run_id, Brand.deleted_at.is_(None)))


async def calls(
    session: AsyncSession, run_id: UUID, limit: int, after: UUID | None
) -> tuple[Sequence[QueryExecution], QueryExecution | None]:
    """A page of a run's calls, in the order they were begun."""
    query = select(QueryExecution).where(QueryExecution.job_run_id == run_id)
    if after:
        query = query.where(QueryExecution.id > after)
    rows = (await session.scalars(query.order_by(QueryExecution.id).limit(limit + 1))).all()
    return paging.cut(rows, limit)
