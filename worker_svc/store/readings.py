"""What was read off answers: which answers are still to be read, and what was found in each, written whole."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.jsons import JsonObject
from answerbeat.schema import (
    Citation,
    CollectorResult,
    ExtractedPosition,
    ExtractedSentiment,
    ReadingRules,
    UntrackedName,
)
from reading.mentions import Name
from worker_svc.run import Run
from worker_svc.store import rollups_due
from worker_svc.store.fence import Fenced

Row = Mapping[str, object]


class Subject(StrEnum):
    """What an answer is read for."""

    PLACES = "places"
    TONE = "tone"


RULES = {Subject.PLACES: CollectorResult.positions_rules, Subject.TONE: CollectorResult.sentiments_rules}
"""Where the rules are written by which an answer was read."""


class StoredAnswer(NamedTuple):
    """An answer that is to be read."""

    id: UUID
    brand_id: UUID
    query_id: UUID
    question: str
    topic: str
    collector: str
    sample: int
    answer: str
    engine_citations: list[JsonObject]
    day: date
    """Which it counts for."""


COLUMNS = [getattr(CollectorResult, name) for name in StoredAnswer._fields]


async def count_unread(session: AsyncSession, run: Run, subject: Subject, rules: str, limit: int | None) -> int:
    """How many of the brand's answers were not read by these rules, up to a limit."""
    found = select(CollectorResult.id).where(*_are_unread(run, subject, rules)).limit(limit).subquery()
    return await session.scalar(select(func.count()).select_from(found)) or 0


async def unread(
    session: AsyncSession, run: Run, subject: Subject, rules: str, passed_over: Iterable[UUID], limit: int
) -> list[StoredAnswer]:
    """The brand's answers that were not read by these rules: first those that never were, each oldest first."""
    query = select(*COLUMNS).where(*_are_unread(run, subject, rules), CollectorResult.id.not_in(passed_over))
    rows = await session.execute(query.order_by(RULES[subject].is_not(None), CollectorResult.id).limit(limit))
    return [StoredAnswer(*row) for row in rows]


async def is_still_unread(fenced: Fenced, subject: Subject, rules: str, answer: StoredAnswer) -> bool:
    """Whether no other run of the brand has read the answer meanwhile; none will until the transaction ends."""
    mine = select(CollectorResult.id).where(CollectorResult.id == answer.id, _is_stale(subject, rules))
    return (await fenced.session.execute(mine.with_for_update())).first() is not None


async def mark_read(fenced: Fenced, subject: Subject, rules: str, answer: StoredAnswer) -> None:
    """Writes down by which rules the answer was read, and has it counted anew."""
    marked = update(CollectorResult).where(CollectorResult.id == answer.id)
    await fenced.session.execute(marked.values({RULES[subject]: rules}))
    await rollups_due.mark(fenced, answer, answer.day)


async def keep_rules(fenced: Fenced, rules: str, names: Sequence[Name]) -> None:
    """Writes down which names answers are looked through for by these rules."""
    row = {"rules": rules, "names": [name.name for name in names]}
    whose = {"customer_id": fenced.run.customer_id, "brand_id": fenced.run.brand_id}
    await fenced.session.execute(insert(ReadingRules).on_conflict_do_nothing(), {**whose, **row})


async def keep_branded(fenced: Fenced, answer: StoredAnswer, *, is_branded: bool) -> None:
    """Notes whether the answer's question names the brand."""
    other = update(CollectorResult).where(CollectorResult.id == answer.id, CollectorResult.is_branded != is_branded)
    await fenced.session.execute(other.values(is_branded=is_branded))


async def keep_places(
    fenced: Fenced, answer: StoredAnswer, positions: Sequence[Row], pages: Sequence[Row], untracked: Sequence[Row]
) -> None:
    """Puts positions, cited pages and untracked names in place of those read before: reading twice changes nothing."""
    mine = {"collector_result_id": answer.id, "brand_id": fenced.run.brand_id}
    whose = {**mine, "customer_id": fenced.run.customer_id}
    await fenced.session.execute(delete(ExtractedPosition).where(ExtractedPosition.collector_result_id == answer.id))
    await fenced.session.execute(delete(Citation).where(Citation.collector_result_id == answer.id))
    await fenced.session.execute(delete(UntrackedName).where(UntrackedName.collector_result_id == answer.id))
    if positions:
        await fenced.session.execute(insert(ExtractedPosition), [{**whose, **row} for row in positions])
    if pages:
        await fenced.session.execute(insert(Citation), [{**whose, **row} for row in pages])
    if untracked:
        await fenced.session.execute(insert(UntrackedName), [{**mine, **row} for row in untracked])


async def keep_tone(fenced: Fenced, answer: StoredAnswer, tones: Sequence[Row]) -> None:
    """Puts the tone towards each name in place of what was read before."""
    whose = {
        "collector_result_id": answer.id,
        "brand_id": fenced.run.brand_id,
        "customer_id": fenced.run.customer_id,
    }
    await fenced.session.execute(delete(ExtractedSentiment).where(ExtractedSentiment.collector_result_id == answer.id))
    if tones:
        await fenced.session.execute(insert(ExtractedSentiment), [{**whose, **row} for row in tones])


def _are_unread(run: Run, subject: Subject, rules: str) -> list[ColumnElement[bool]]:
    recent = [CollectorResult.created_at >= run.options.since] if run.options.since else []
    return [CollectorResult.brand_id == run.brand_id, _is_stale(subject, rules), *recent]


def _is_stale(subject: Subject, rules: str) -> ColumnElement[bool]:
    """Whether an answer was read by no rules, or by others. Ranges, which an index finds."""
    column = RULES[subject]
    return or_(column.is_(None), column < rules, column > rules)
