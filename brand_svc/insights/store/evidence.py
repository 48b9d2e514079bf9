"""The answers behind the numbers, with what was read off each, and the calls behind those."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import eq, ge, lt
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, or_, select
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
    SetAside,
)

_Row = TypeVar("_Row", ExtractedPosition, ExtractedSentiment, Citation)


@dataclass(frozen=True)
class Wanted:
    """Which answers to look at. Everything may be left out."""

    run_id: UUID | None = None
    start: date | None = None
    """Of this day of UTC, or later."""
    end: date | None = None
    """Of earlier days."""
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
    feelings: Mapping[str, ExtractedSentiment]
    citations: Sequence[Citation]
    aside: SetAside | None
    """Why it is left out of the numbers, if it is."""
    run_aside: SetAside | None
    """Why its run is."""
    is_test: bool
    """Its run counts nowhere."""


async def answers(
    session: AsyncSession, brand_id: UUID, wanted: Wanted, limit: int, before: UUID | None
) -> tuple[list[AnswerFacts], UUID | None]:
    """A page of answers, newest first, and the key of its last when there are more."""
    rows = (await session.scalars(page_of_answers(brand_id, wanted, limit, before))).all()
    page, last = paging.cut(rows, limit)
    return await _facts(session, page), last.id if last else None


def page_of_answers(brand_id: UUID, wanted: Wanted, limit: int, before: UUID | None) -> Select[CollectorResult]:
    """The statement: one answer more than the page has, which tells whether there are more."""
    query = select(CollectorResult).where(
        *given(
            (eq, CollectorResult.brand_id, brand_id),
            (eq, CollectorResult.job_run_id, wanted.run_id),
            (eq, CollectorResult.collector, wanted.collector),
            (eq, CollectorResult.topic, wanted.topic),
            (eq, CollectorResult.query_id, wanted.query_id),
            (ge, CollectorResult.day, wanted.start),
            (lt, CollectorResult.day, wanted.end),
            (lt, CollectorResult.id, before),
        )
    )
    if wanted.name:
        named = select(ExtractedPosition).where(
            ExtractedPosition.collector_result_id == CollectorResult.id,
            ExtractedPosition.name == wanted.name,
            ExtractedPosition.mentions > 0,
        )
        query = query.where(named.exists())
    if wanted.domain:
        cited = select(Citation).where(
            Citation.collector_result_id == CollectorResult.id, Citation.domain == wanted.domain
        )
        query = query.where(cited.exists())
    return query.order_by(CollectorResult.id.desc()).limit(limit + 1)


def places_of(keys: Sequence[UUID]) -> Select[ExtractedPosition]:
    """The statement: the names in answers, the brand first."""
    query = select(ExtractedPosition).where(ExtractedPosition.collector_result_id.in_(keys))
    return query.order_by(ExtractedPosition.is_brand.desc(), ExtractedPosition.name)


def feelings_of(keys: Sequence[UUID]) -> Select[ExtractedSentiment]:
    """The statement: the tone of answers."""
    query = select(ExtractedSentiment).where(ExtractedSentiment.collector_result_id.in_(keys))
    return query.order_by(ExtractedSentiment.name)


def citations_of(keys: Sequence[UUID]) -> Select[Citation]:
    """The statement: what answers cite, in their order."""
    return select(Citation).where(Citation.collector_result_id.in_(keys)).order_by(Citation.ordinal)


def asides_of(page: Sequence[CollectorResult]) -> Select[SetAside]:
    """The statement: which of the answers and of their runs are left out of the numbers."""
    of_answers = SetAside.answer_id.in_([answer.id for answer in page])
    of_runs = SetAside.job_run_id.in_({answer.job_run_id for answer in page})
    return select(SetAside).where(or_(of_answers, of_runs), SetAside.back_at.is_(None))


def tests_of(page: Sequence[CollectorResult]) -> Select[UUID]:
    """The statement: which of their runs count nowhere."""
    return select(JobRun.id).where(JobRun.id.in_({answer.job_run_id for answer in page}), JobRun.is_test)


def _what_of(aside: SetAside) -> Iterable[UUID]:
    return filter(None, (aside.answer_id, aside.job_run_id))


async def _facts(session: AsyncSession, page: Sequence[CollectorResult]) -> list[AnswerFacts]:
    keys = [answer.id for answer in page]
    places = _by_answer(await session.scalars(places_of(keys)))
    feelings = _by_answer(await session.scalars(feelings_of(keys)))
    citations = _by_answer(await session.scalars(citations_of(keys)))
    asides = {what: aside for aside in await session.scalars(asides_of(page)) for what in _what_of(aside)}
    tests = set(await session.scalars(tests_of(page)))
    return [
        AnswerFacts(
            answer=answer,
            places=places[answer.id],
            feelings={feeling.name: feeling for feeling in feelings[answer.id]},
            citations=citations[answer.id],
            aside=asides.get(answer.id),
            run_aside=asides.get(answer.job_run_id),
            is_test=answer.job_run_id in tests,
        )
        for answer in page
    ]


def _by_answer(rows: Iterable[_Row]) -> Mapping[UUID, Sequence[_Row]]:
    found: dict[UUID, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.collector_result_id].append(row)
    return found


async def customer_of_run(session: AsyncSession, run_id: UUID) -> UUID | None:
    """Whose a run is. None when there is none."""
    wanted = select(JobRun.customer_id).join(Brand, Brand.id == JobRun.brand_id)
    return await session.scalar(wanted.where(JobRun.id == run_id, Brand.deleted_at.is_(None)))


async def calls(
    session: AsyncSession, run_id: UUID, limit: int, after: UUID | None
) -> tuple[Sequence[QueryExecution], QueryExecution | None]:
    """A page of a run's calls, in the order they were begun."""
    rows = (await session.scalars(page_of_calls(run_id, limit, after))).all()
    return paging.cut(rows, limit)


def page_of_calls(run_id: UUID, limit: int, after: UUID | None) -> Select[QueryExecution]:
    """The statement: one call more than the page has, which tells whether there are more."""
    query = select(QueryExecution).where(QueryExecution.job_run_id == run_id)
    if after:
        query = query.where(QueryExecution.id > after)
    return query.order_by(QueryExecution.id).limit(limit + 1)
