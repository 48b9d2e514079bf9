"""Answers that were got elsewhere are taken in: all lines of a file, or none."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.database import Session, clock
from answerbeat.ids import new_id
from brand_svc.catalog.operations import brands
from brand_svc.insights.import_files import Fault, FileFormat, lines_of
from brand_svc.insights.imports import TOPIC, ImportedLine, question_key, read
from brand_svc.insights.operations.counting_anew import may_count_anew
from brand_svc.insights.store import imports
from brand_svc.insights.store.imports import BrandQuestion, Row


@dataclass(frozen=True)
class TakenIn:
    """What became of a file."""

    faults: list[Fault]
    """With any, nothing was taken in."""
    imported: int = 0
    known: int = 0
    """Lines that were taken in before."""
    run_id: UUID | None = None
    """The run that is to bring them in, which may have to be made."""


async def take_in(session: Session, brand_id: UUID, form: FileFormat, content: bytes, who: Caller) -> TakenIn:
    """Takes a file's lines in, for a run to bring in. Raises NotFound and Conflict."""
    brand = await brands.get(session, brand_id, who)
    # A large file takes a second or two to read, for which nobody else is kept waiting.
    found = await asyncio.to_thread(read, lines_of(content, form), await clock(session))
    if found.faults:
        return TakenIn(found.faults)
    questions = await imports.questions_of(session, brand_id)
    rows = await asyncio.to_thread(_rows, brand_id, found.lines, questions)
    run_id = new_id()
    imported = await imports.take_in(session, brand_id, brand.customer_id, run_id, rows)
    if imported:
        await may_count_anew(session, brand_id, run_id)
        return TakenIn([], imported, len(rows) - imported, run_id)
    return TakenIn([], 0, len(rows), await imports.run_of(session, brand_id, [row.key for row in rows]))


def _rows(brand_id: UUID, lines: dict[int, ImportedLine], questions: list[BrandQuestion]) -> list[Row]:
    samples: Counter[tuple[UUID, str]] = Counter()
    rows = []
    for number, line in lines.items():
        query_id, topic = _question(brand_id, line, questions)
        samples[query_id, line.engine] += 1
        rows.append(_row(number, line, query_id, topic, samples[query_id, line.engine]))
    return rows


def _question(brand_id: UUID, line: ImportedLine, questions: list[BrandQuestion]) -> tuple[UUID, str]:
    """The brand's own question with these words, best the one that is asked from there, and its topic."""
    same = [question for question in questions if question.text == line.question]
    if not same:
        return question_key(brand_id, line.question), line.topic or TOPIC
    there = [each for each in same if (each.locale, each.country) == (line.locale, line.country)]
    return (there or same)[0].id, (there or same)[0].topic


def _row(number: int, line: ImportedLine, query_id: UUID, topic: str, sample: int) -> Row:
    return Row(
        key=line.key,
        line=number,
        query_id=query_id,
        question=line.question,
        topic=topic,
        collector=line.engine,
        sample=sample,
        model=line.model,
        surface=line.surface,
        locale=line.locale,
        country=line.country,
        city=line.city,
        answered_at=line.time.isoformat(),
        day=line.day.isoformat(),
        text=line.text,
        format=line.format,
        sources=[{"url": source.url, "title": source.title} for source in line.sources],
    )
