"""Lines of files that were imported, as they wait for the run that brings them in. A line is taken in once."""

import json
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.schema import ImportedAnswer


class BrandQuestion(NamedTuple):
    """A question of the brand's, and where it is asked."""

    id: UUID
    text: str
    topic: str
    locale: str | None
    country: str | None


QUESTIONS = text("""
    SELECT query.id, query.text, topic.name, query.locale, query.country
    FROM generated_queries AS query
    JOIN topics AS topic ON topic.id = query.topic_id
    WHERE query.brand_id = :brand_id
    ORDER BY query.id
""")


async def questions_of(session: AsyncSession, brand_id: UUID) -> list[BrandQuestion]:
    """The brand's questions, the oldest first."""
    return [*map(BrandQuestion._make, await session.execute(QUESTIONS, {"brand_id": brand_id}))]


class Row(NamedTuple):
    """A line that is to be taken in."""

    key: bytes
    line: int
    query_id: UUID
    question: str
    topic: str
    collector: str
    sample: int
    """Which of the file's answers to the question by the engine."""
    model: str
    surface: str
    locale: str | None
    country: str | None
    city: str | None
    answered_at: str
    day: str
    text: str
    format: str
    sources: list[dict[str, str | None]]


TAKE_IN = text("""
    INSERT INTO imported_answers (brand_id, key, customer_id, run_id, line, query_id, question, topic, collector,
                                  sample, model, surface, locale, country, city, answered_at, day, text, format,
                                  sources)
    SELECT :brand_id, decode(row.key, 'hex'), :customer_id, :run_id, row.line, row.query_id, row.question, row.topic,
           row.collector, row.sample, row.model, row.surface, row.locale, row.country, row.city, row.answered_at,
           row.day, row.text, row.format, row.sources
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
        key text, line integer, query_id uuid, question text, topic text, collector text, sample smallint, model text,
        surface text, locale text, country text, city text, answered_at timestamptz, day date, text text, format text,
        sources jsonb)
    -- In one order, so that two that bring the same wait for each other and not in a circle.
    ORDER BY row.key
    ON CONFLICT (brand_id, key) DO NOTHING
    RETURNING line
""")


async def take_in(session: AsyncSession, brand_id: UUID, customer_id: UUID, run_id: UUID, rows: list[Row]) -> int:
    """Takes lines in, for a run to bring in, and gives how many: those that were taken in before add nothing."""
    told = json.dumps([row._asdict() | {"key": row.key.hex(), "query_id": str(row.query_id)} for row in rows])
    facts = {"brand_id": brand_id, "customer_id": customer_id, "run_id": run_id, "rows": told}
    return len((await session.execute(TAKE_IN, facts)).all())


async def run_of(session: AsyncSession, brand_id: UUID, keys: list[bytes]) -> UUID | None:
    """The latest run that lines were taken in for."""
    wanted = select(ImportedAnswer.run_id).where(ImportedAnswer.brand_id == brand_id, ImportedAnswer.key.in_(keys))
    return await session.scalar(wanted.order_by(ImportedAnswer.run_id.desc()).limit(1))
