"""Reads the brand's answers that have not been read by today's rules: positions and citations, and tone.

The rules are the reader's version, who judges tone, and the names that are looked for. Where any of them has changed,
an answer is read again, after those that were never read; no engine is asked its question again. Reading by the same
rules twice changes nothing.

Reading takes time, so it is done outside of any transaction: the run's row, which a heartbeat needs,
is held only while what was read is written. An answer is written whole or not at all, and by one run only.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_READ, Database, notify
from answerbeat.schema import (
    Brand,
    Citation,
    CollectorResult,
    Competitor,
    ExtractedPosition,
    ExtractedSentiment,
    RollupDue,
    UntrackedName,
)
from reading import judge as judge_rules
from reading import reading, sentiment
from reading.citations import Cited
from reading.document import Link
from reading.mentions import Name
from reading.reading import Feeling, Place, Reading
from worker_svc.calls import storable
from worker_svc.engines import Engines
from worker_svc.run import Drained, LeaseLost, Run, hold
from worker_svc.steps.judge import Judge, PassedOver, appoint, bill

log = structlog.get_logger()

NAME = "scoring"
BATCH = 25
"""Answers that are fetched at a time."""


@dataclass(frozen=True)
class Kind:
    """One of the two ways in which answers are read."""

    column: Any
    """Where the rules are written by which an answer was read."""
    version: str
    read: Callable[[CollectorResult, Sequence[Name]], Awaitable[Any]]
    """Text in, facts out; takes its time. May raise PassedOver."""
    write: Callable[[AsyncSession, Run, Sequence[Name], CollectorResult, Any], Awaitable[dict[str, int]]]
    """Stores the facts, and counts them."""
    at_once: int = 1
    """Answers that are read at a time: more where reading waits for somebody else."""

    def rules(self, names: Sequence[Name]) -> str:
        """The version, and a digest of the names, in whichever order they are given."""
        told = sorted((n.name, sorted(n.aliases), sorted(n.domains), n.is_brand) for n in names)
        return f"{self.version}.{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}"

    def is_stale(self, rules: str) -> ColumnElement[bool]:
        """Whether an answer was read by no rules, or by others. Ranges, which an index finds."""
        return or_(self.column.is_(None), self.column < rules, self.column > rules)


async def score(run: Run, database: Database, engines: Engines, parallel_calls: int = 8) -> None:
    """Reads up to `positionLimit` answers for positions and citations, and `sentimentLimit` for tone."""
    async with database.transaction() as session:
        await hold(session, run)
        names = await tracked_names(session, run.brand_id)
    counts = dict.fromkeys(
        ("positions_processed", "sentiments_processed", "competitor_sentiments_processed", "citations_processed"), 0
    )
    run.metrics[NAME] = counts
    await _read_all(run, database, names, PLACES, run.options.positionLimit, counts)
    if run.options.sentiment == "encoder":
        await _read_all(run, database, names, TONE, run.options.sentimentLimit, counts)
    elif judge := await appoint(run, database, engines):
        judging = tone_by(judge, parallel_calls if run.options.parallel else 1)
        await _read_all(run, database, names, judging, run.options.sentimentLimit, counts)
        run.metrics[NAME] |= await bill(run, database)


async def tracked_names(session: AsyncSession, brand_id: UUID) -> list[Name]:
    """The brand and its competitors, by the names they have today."""
    brand = (await session.execute(select(Brand).where(Brand.id == brand_id))).scalar_one()
    rivals = await session.scalars(select(Competitor).where(Competitor.brand_id == brand_id).order_by(Competitor.name))
    return [
        Name(brand.name, tuple(brand.aliases), tuple(brand.domains), is_brand=True),
        *(Name(rival.name, tuple(rival.aliases), tuple(rival.domains)) for rival in rivals),
    ]


def unread(run: Run, kind: Kind, rules: str) -> Select[Any]:
    """The brand's answers that were not read by these rules: first those that never were, each oldest first."""
    query = select(CollectorResult).where(CollectorResult.brand_id == run.brand_id, kind.is_stale(rules))
    if run.options.since:
        query = query.where(CollectorResult.created_at >= run.options.since)
    return query.order_by(kind.column.is_not(None), CollectorResult.id)


async def _read_all(
    run: Run, database: Database, names: Sequence[Name], kind: Kind, limit: int | None, counts: dict[str, int]
) -> None:
    rules = kind.rules(names)
    query = unread(run, kind, rules)
    async with database.transaction() as session:
        total = await session.scalar(select(func.count()).select_from(query.limit(limit).subquery())) or 0
    before = run.progress.get(NAME, {"done": 0, "total": 0})
    done = 0
    passed_over: dict[UUID, str] = {}
    slots = asyncio.Semaphore(kind.at_once)
    run.advance(NAME, before["done"], before["total"] + total)

    async def read(answer: CollectorResult) -> None:
        nonlocal done
        async with slots:
            if run.draining.is_set():
                return  # raising would cut off calls beside it that are being paid for
            try:
                await _read_one(run, database, names, kind, answer, rules, counts)
            except Drained:
                return
            except PassedOver as why:
                passed_over[answer.id] = str(why)
            done += 1
            run.advance(NAME, before["done"] + done, before["total"] + total)

    while done < total:
        async with database.transaction() as session:
            rest = query.where(CollectorResult.id.not_in(passed_over)).limit(min(total - done, BATCH))
            answers = (await session.scalars(rest)).all()
        if not answers:
            break
        async with asyncio.TaskGroup() as group:
            for answer in answers:
                group.create_task(read(answer))
        run.stop_if_draining()
    run.complaints += _why_passed_over(passed_over)


def _why_passed_over(passed_over: Mapping[UUID, str]) -> list[str]:
    return [
        f"Tone: {count} answer{'s were' if count > 1 else ' was'} not judged: {why.removesuffix('.')}."
        for why, count in Counter(passed_over.values()).most_common()
    ]


async def _read_one(
    run: Run,
    database: Database,
    names: Sequence[Name],
    kind: Kind,
    answer: CollectorResult,
    rules: str,
    counts: dict[str, int],
) -> None:
    """Reads one answer and writes what was read. One that can't be read is passed over for good, and told of."""
    try:
        facts = await kind.read(answer, names)
    except (PassedOver, Drained, LeaseLost):
        raise
    except Exception:  # one answer must not keep all that come after it from being read
        log.exception("answer_not_read", answer_id=str(answer.id))
        run.complaints.append(f"Answer {answer.id} could not be read; the worker's log says why.")
        facts = None
    async with database.transaction() as session:
        await hold(session, run)
        mine = select(CollectorResult.id).where(CollectorResult.id == answer.id, kind.is_stale(rules))
        if (await session.execute(mine.with_for_update())).first() is None:
            return  # another run of the brand has read it meanwhile
        if facts is not None:
            for name, count in (await kind.write(session, run, names, answer, facts)).items():
                counts[name] += count
        marked = update(CollectorResult).where(CollectorResult.id == answer.id)
        await session.execute(marked.values({kind.column: rules}))
        await _have_counted(session, answer)


async def _have_counted(session: AsyncSession, answer: CollectorResult) -> None:
    """Has the cell of an answer counted anew, by whoever counts."""
    cell = {"query_id": answer.query_id, "collector": answer.collector, "day": answer.created_at.astimezone(UTC).date()}
    await session.execute(insert(RollupDue), {"brand_id": answer.brand_id, **cell})
    await notify(session, ANSWERS_READ)


@dataclass(frozen=True)
class Places:
    """Who stands where in an answer, and the pages it cites."""

    tracked: dict[str, Place]
    untracked: dict[str, int]
    cited: list[Cited]


async def read_places(answer: CollectorResult, names: Sequence[Name]) -> Places:
    """Positions and citations."""

    def read() -> Places:
        links = [Link(c["url"], c["title"]) for c in answer.engine_citations]
        found = Reading(answer.answer, names, links)
        return Places(found.places(), found.untracked(), found.citations())

    return await asyncio.to_thread(read)


async def write_places(
    session: AsyncSession,
    run: Run,
    names: Sequence[Name],
    answer: CollectorResult,
    facts: Places,
) -> dict[str, int]:
    """Stores the positions and citations of one answer."""
    places = facts.tracked
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
        for i, page in enumerate(facts.cited, start=1)
    ]
    await _replace(session, ExtractedPosition, answer.id, positions)
    await _replace(session, Citation, answer.id, pages)
    others = [
        {"collector_result_id": answer.id, "brand_id": run.brand_id, "name": storable(label), "position": place}
        for label, place in facts.untracked.items()
    ]
    await _replace(session, UntrackedName, answer.id, others)
    return {"positions_processed": 1, "citations_processed": len(pages)}


@dataclass(frozen=True)
class Tones:
    """In what tone an answer speaks of whom, and who judged it."""

    feelings: dict[str, Feeling]
    version: int
    judge: str | None = None
    """None for the encoder."""


async def read_tone(answer: CollectorResult, names: Sequence[Name]) -> Tones:
    """The tone towards each name in it, by the encoder."""
    feelings = await asyncio.to_thread(lambda: Reading(answer.answer, names).feelings())
    return Tones(feelings, sentiment.VERSION)


def tone_by(judge: Judge, at_once: int) -> Kind:
    """Tone as an engine's model judges it."""

    async def read(answer: CollectorResult, names: Sequence[Name]) -> Tones:
        said = await asyncio.to_thread(lambda: Reading(answer.answer, names).statements())
        return Tones(await judge.feelings(answer, said), judge_rules.VERSION, judge.name)

    version = f"{judge.name}-{judge_rules.VERSION}-{sentiment.VERSION}"
    return Kind(CollectorResult.sentiments_rules, version, read, write_tone, at_once)


async def write_tone(
    session: AsyncSession, run: Run, names: Sequence[Name], answer: CollectorResult, facts: Tones
) -> dict[str, int]:
    """Stores the tone of one answer towards each name in it."""
    rows = [
        {
            "collector_result_id": answer.id,
            "customer_id": run.customer_id,
            "brand_id": run.brand_id,
            "name": name.name,
            "is_brand": name.is_brand,
            "label": facts.feelings[name.name].tone.label,
            "score": facts.feelings[name.name].tone.score,
            "sentences": facts.feelings[name.name].sentences,
            "version": facts.version,
            "judge": facts.judge,
        }
        for name in names
        if name.name in facts.feelings
    ]
    await _replace(session, ExtractedSentiment, answer.id, rows)
    return {"sentiments_processed": 1, "competitor_sentiments_processed": sum(not row["is_brand"] for row in rows)}


async def _replace(session: AsyncSession, table: Any, answer_id: UUID, rows: list[dict[str, Any]]) -> None:
    """Reading twice changes nothing: what was read before goes."""
    await session.execute(delete(table).where(table.collector_result_id == answer_id))
    if rows:
        await session.execute(insert(table), rows)


PLACES = Kind(CollectorResult.positions_rules, str(reading.VERSION), read_places, write_places)
TONE = Kind(CollectorResult.sentiments_rules, str(sentiment.VERSION), read_tone, write_tone)
