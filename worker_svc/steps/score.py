"""Reads the brand's answers that have not been read yet: positions and citations, and tone.

Reading takes time, so it is done outside of any transaction: the run's row, which a heartbeat needs,
is held only while what was read is written. An answer is written whole or not at all, and by one run only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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
from worker_svc.scoring.citations import Cited
from worker_svc.scoring.document import Link
from worker_svc.scoring.mentions import Name
from worker_svc.scoring.reading import Feeling, Place, Reading

log = structlog.get_logger()

NAME = "scoring"
BATCH = 25
"""Answers that are fetched at a time."""


@dataclass(frozen=True)
class Kind:
    """One of the two ways in which answers are read."""

    column: Any
    """Where the version of the rules is written once an answer was read."""
    version: int
    read: Callable[[CollectorResult, Sequence[Name]], Any]
    """Text in, facts out; takes its time."""
    write: Callable[[AsyncSession, Run, Sequence[Name], CollectorResult, Any], Awaitable[dict[str, int]]]
    """Stores the facts, and counts them."""


async def score(run: Run, database: Database) -> None:
    """Reads up to `positionLimit` answers for positions and citations, and `sentimentLimit` for tone."""
    async with database.transaction() as session:
        names = await tracked_names(session, run.brand_id)
    counts = dict.fromkeys(
        ("positions_processed", "sentiments_processed", "competitor_sentiments_processed", "citations_processed"), 0
    )
    run.metrics[NAME] = counts
    for kind, limit in ((PLACES, run.options.positionLimit), (TONE, run.options.sentimentLimit)):
        await _read_all(run, database, names, kind, limit, counts)


async def tracked_names(session: AsyncSession, brand_id: UUID) -> list[Name]:
    """The brand and its competitors, by the names they have today."""
    brand = (await session.execute(select(Brand).where(Brand.id == brand_id))).scalar_one()
    rivals = await session.scalars(select(Competitor).where(Competitor.brand_id == brand_id).order_by(Competitor.name))
    return [
        Name(brand.name, tuple(brand.aliases), tuple(brand.domains), is_brand=True),
        *(Name(rival.name, tuple(rival.aliases), tuple(rival.domains)) for rival in rivals),
    ]


def unread(run: Run, kind: Kind) -> Select[Any]:
    """The brand's answers that were not read in this way yet, oldest first."""
    query = select(CollectorResult).where(CollectorResult.brand_id == run.brand_id, kind.column.is_(None))
    if run.options.since:
        query = query.where(CollectorResult.created_at >= run.options.since)
    return query.order_by(CollectorResult.id)


async def _read_all(
    run: Run, database: Database, names: Sequence[Name], kind: Kind, limit: int | None, counts: dict[str, int]
) -> None:
    query = unread(run, kind)
    async with database.transaction() as session:
        total = await session.scalar(select(func.count()).select_from(query.limit(limit).subquery())) or 0
    before = run.progress.get(NAME, {"done": 0, "total": 0})
    done, last = 0, None
    run.advance(NAME, before["done"], before["total"] + total)
    while done < total:
        page = query if last is None else query.where(CollectorResult.id > last)
        async with database.transaction() as session:
            answers = (await session.scalars(page.limit(min(total - done, BATCH)))).all()
        if not answers:
            break
        for answer in answers:
            run.stop_if_draining()
            await _read_one(run, database, names, kind, answer, counts)
            done, last = done + 1, answer.id
            run.advance(NAME, before["done"] + done, before["total"] + total)


async def _read_one(
    run: Run, database: Database, names: Sequence[Name], kind: Kind, answer: CollectorResult, counts: dict[str, int]
) -> None:
    """Reads one answer and writes what was read. One that can't be read is passed over for good, and told of."""
    try:
        facts = await asyncio.to_thread(kind.read, answer, names)
    except Exception:  # one answer must not keep all that come after it from being read
        log.exception("answer_not_read", answer_id=str(answer.id))
        run.complaints.append(f"Answer {answer.id} could not be read; the worker's log says why.")
        facts = None
    async with database.transaction() as session:
        await hold(session, run)
        mine = select(CollectorResult.id).where(CollectorResult.id == answer.id, kind.column.is_(None))
        if (await session.execute(mine.with_for_update())).first() is None:
            return  # another run of the brand has read it meanwhile
        if facts is not None:
            for name, count in (await kind.write(session, run, names, answer, facts)).items():
                counts[name] += count
        marked = update(CollectorResult).where(CollectorResult.id == answer.id)
        await session.execute(marked.values({kind.column: kind.version}))


def read_places(answer: CollectorResult, names: Sequence[Name]) -> tuple[dict[str, Place], list[Cited]]:
    """Positions and citations."""
    links = [Link(c["url"], c["title"]) for c in answer.engine_citations]
    read = Reading(answer.answer, names, links)
    return read.places(), read.citations()


async def write_places(
    session: AsyncSession,
    run: Run,
    names: Sequence[Name],
    answer: CollectorResult,
    facts: tuple[dict[str, Place], list[Cited]],
) -> dict[str, int]:
    """Stores the positions and citations of one answer."""
    places, cited = facts
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
    return {"positions_processed": 1, "citations_processed": len(pages)}


def read_tone(answer: CollectorResult, names: Sequence[Name]) -> dict[str, Feeling]:
    """The tone towards each name in it."""
    return Reading(answer.answer, names).feelings()


async def write_tone(
    session: AsyncSession, run: Run, names: Sequence[Name], answer: CollectorResult, facts: dict[str, Feeling]
) -> dict[str, int]:
    """Stores the tone of one answer towards each name in it."""
    rows = [
        {
            "collector_result_id": answer.id,
            "customer_id": run.customer_id,
            "brand_id": run.brand_id,
            "name": name.name,
            "is_brand": name.is_brand,
            "label": facts[name.name].tone.label,
            "score": facts[name.name].tone.score,
            "sentences": facts[name.name].sentences,
            "version": sentiment.VERSION,
        }
        for name in names
        if name.name in facts
    ]
    await _replace(session, ExtractedSentiment, answer.id, rows)
    return {"sentiments_processed": 1, "competitor_sentiments_processed": sum(not row["is_brand"] for row in rows)}


async def _replace(session: AsyncSession, table: Any, answer_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Reading twice changes nothing: what was read before goes."""
    await session.execute(delete(table).where(table.collector_result_id == answer_id))
    if rows:
        await session.execute(insert(table), rows)


PLACES = Kind(CollectorResult.positions_version, reading.VERSION, read_places, write_places)
TONE = Kind(CollectorResult.sentiments_version, sentiment.VERSION, read_tone, write_tone)
