"""Reads the brand's answers that have not been read yet: positions and citations, and tone.

Answers are taken in batches that are locked while they are read, so that two workers never read
the same one, and each batch is written whole or not at all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import Database
from answerbeat.schema import Brand, Citation, CollectorResult, Competitor, ExtractedPosition, ExtractedSentiment
from worker_svc.calls import storable
from worker_svc.run import Run, hold
from worker_svc.scoring import reading, sentiment
from worker_svc.scoring.document import Link
from worker_svc.scoring.mentions import Name
from worker_svc.scoring.reading import Reading

log = structlog.get_logger()

NAME = "scoring"
BATCH = 25
Reader = Callable[[AsyncSession, Run, Sequence[Name], CollectorResult], Awaitable[dict[str, int]]]


async def score(run: Run, database: Database) -> None:
    """Reads up to `positionLimit` answers for positions and citations, and `sentimentLimit` for tone."""
    async with database.transaction() as session:
        names = await tracked_names(session, run.brand_id)
    counts = dict.fromkeys(
        ("positions_processed", "sentiments_processed", "competitor_sentiments_processed", "citations_processed"), 0
    )
    run.metrics[NAME] = counts
    for reader, version, limit in (
        (read_places, CollectorResult.positions_version, run.options.positionLimit),
        (read_tone, CollectorResult.sentiments_version, run.options.sentimentLimit),
    ):
        await _read_all(run, database, names, unread(run, version), limit, reader, counts)


async def tracked_names(session: AsyncSession, brand_id: UUID) -> list[Name]:
    """The brand and its competitors, by the names they have today."""
    brand = (await session.execute(select(Brand).where(Brand.id == brand_id))).scalar_one()
    rivals = await session.scalars(select(Competitor).where(Competitor.brand_id == brand_id).order_by(Competitor.name))
    return [
        Name(brand.name, tuple(brand.aliases), tuple(brand.domains), is_brand=True),
        *(Name(rival.name, tuple(rival.aliases), tuple(rival.domains)) for rival in rivals),
    ]


def unread(run: Run, version: Any) -> Select[Any]:
    """The brand's answers without a version, oldest first."""
    query = select(CollectorResult).where(CollectorResult.brand_id == run.brand_id, version.is_(None))
    if run.options.since:
        query = query.where(CollectorResult.created_at >= run.options.since)
    return query.order_by(CollectorResult.id)


async def _read_all(
    run: Run,
    database: Database,
    names: Sequence[Name],
    query: Select[Any],
    limit: int | None,
    reader: Reader,
    counts: dict[str, int],
) -> None:
    async with database.transaction() as session:
        total = await session.scalar(select(func.count()).select_from(query.limit(limit).subquery())) or 0
    before = run.progress.get(NAME, {"done": 0, "total": 0})
    left = total
    run.advance(NAME, before["done"], before["total"] + total)
    while left > 0:
        run.stop_if_draining()
        async with database.transaction() as session:
            await hold(session, run)
            locked = query.limit(min(left, BATCH)).with_for_update(skip_locked=True)
            answers = (await session.scalars(locked)).all()
            for answer in answers:
                for name, count in (await reader(session, run, names, answer)).items():
                    counts[name] += count
        if not answers:
            break  # another run of the brand has the rest
        left -= len(answers)
        run.advance(NAME, before["done"] + total - left, before["total"] + total)


async def read_places(
    session: AsyncSession, run: Run, names: Sequence[Name], answer: CollectorResult
) -> dict[str, int]:
    """Stores the positions and citations of one answer."""
    links = [Link(c["url"], c["title"]) for c in answer.engine_citations]
    read = await asyncio.to_thread(Reading, answer.answer, names, links)
    places, cited = read.places(), read.citations()
    whose = {"collector_result_id": answer.id, "customer_id": run.customer_id, "brand_id": run.brand_id}
    positions = [
        {
            **whose,
            "name": name.name,
            "is_brand": name.is_brand,
            "mentions": places[name.name].mentions,
            "position": places[name.name].position,
            "version": reading.VERSION,
        }
        for name in names
    ]
    pages = [
        {
            **whose,
            "ordinal": i,
            "url": storable(page.url),
            "title": page.title,
            "domain": storable(page.domain),
            "owner": page.owner,
        }
        for i, page in enumerate(cited, start=1)
    ]
    await _replace(session, ExtractedPosition, answer.id, positions)
    await _replace(session, Citation, answer.id, pages)
    await _mark(session, answer.id, positions_version=reading.VERSION)
    return {"positions_processed": 1, "citations_processed": len(pages)}


async def read_tone(session: AsyncSession, run: Run, names: Sequence[Name], answer: CollectorResult) -> dict[str, int]:
    """Stores the tone of one answer towards each name in it."""
    read = await asyncio.to_thread(Reading, answer.answer, names)
    feelings = await asyncio.to_thread(read.feelings)
    rows = [
        {
            "collector_result_id": answer.id,
            "customer_id": run.customer_id,
            "brand_id": run.brand_id,
            "name": name.name,
            "is_brand": name.is_brand,
            "label": feelings[name.name].tone.label,
            "score": feelings[name.name].tone.score,
            "sentences": feelings[name.name].sentences,
            "version": sentiment.VERSION,
        }
        for name in names
        if name.name in feelings
    ]
    await _replace(session, ExtractedSentiment, answer.id, rows)
    await _mark(session, answer.id, sentiments_version=sentiment.VERSION)
    return {
        "sentiments_processed": 1,
        "competitor_sentiments_processed": sum(not row["is_brand"] for row in rows),
    }


async def _replace(session: AsyncSession, table: Any, answer_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Reading twice changes nothing: what was read before goes."""
    await session.execute(delete(table).where(table.collector_result_id == answer_id))
    if rows:
        await session.execute(insert(table), rows)


async def _mark(session: AsyncSession, answer_id: UUID, **versions: int) -> None:
    await session.execute(update(CollectorResult).where(CollectorResult.id == answer_id).values(**versions))
