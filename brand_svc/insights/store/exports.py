"""What can be taken away as a table, a batch of rows at a time: answers and what was read off them, pages, searches."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import pyarrow
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.insights.store import weekly_exports
from brand_svc.insights.store.export import Export
from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.page_kinds import kind_facts
from brand_svc.insights.store.window import Window

BATCH = 500
"""Rows at a time; a row group of a Parquet file."""

Value = str | int | float | bool | datetime | date | list[str] | None
Row = dict[str, Value]
"""A value for each column of the table's schema, in its order."""


class Table(StrEnum):
    """What can be exported."""

    ANSWERS = "answers"
    POSITIONS = "positions"
    CITATIONS = "citations"
    PAGES = "pages"
    SEARCHES = "searches"


COUNTED = (Table.PAGES, Table.SEARCHES)
"""Tables of sums, which are drawn from rollups."""


WHEN_AND_WHERE = [
    ("collected_at", pyarrow.timestamp("us", tz="UTC")),
    ("day", pyarrow.date32()),
    ("collector", pyarrow.string()),
    ("surface", pyarrow.string()),
    ("model", pyarrow.string()),
    ("locale", pyarrow.string()),
    ("country", pyarrow.string()),
    ("city", pyarrow.string()),
    ("topic", pyarrow.string()),
    ("question", pyarrow.string()),
    ("is_branded", pyarrow.bool_()),
    # It counts: neither of a test, nor left out by a person.
    ("is_measured", pyarrow.bool_()),
]
"""What each row tells of its answer."""

ANSWERS = Export(
    text("""
        SELECT answer.id AS answer_id, answer.created_at AS collected_at, answer.day, answer.collector,
               answer.surface, answer.model, answer.locale, answer.country, answer.city, answer.topic,
               answer.question, answer.is_branded,
               EXISTS (SELECT FROM measured_calls AS call WHERE call.answer_id = answer.id) AS is_measured,
               answer.job_run_id AS run_id, answer.query_id, answer.sample,
               answer.answer, answer.search_queries, answer.finish_reason, answer.input_tokens, answer.output_tokens,
               answer.cost_micro_usd, answer.latency_ms
        FROM collector_results AS answer
        WHERE answer.brand_id = :brand_id
          AND answer.day >= coalesce(CAST(:start AS date), '-infinity')
          AND answer.day < coalesce(CAST(:end AS date), 'infinity')
        ORDER BY answer.id
    """),
    pyarrow.schema(
        [
            ("answer_id", pyarrow.string()),
            *WHEN_AND_WHERE,
            ("run_id", pyarrow.string()),
            ("query_id", pyarrow.string()),
            ("sample", pyarrow.int32()),
            ("answer", pyarrow.string()),
            ("search_queries", pyarrow.list_(pyarrow.string())),
            ("finish_reason", pyarrow.string()),
            ("input_tokens", pyarrow.int64()),
            ("output_tokens", pyarrow.int64()),
            ("cost_micro_usd", pyarrow.int64()),
            ("latency_ms", pyarrow.int64()),
        ]
    ),
)

POSITIONS = Export(
    text("""
        SELECT answer.id AS answer_id, answer.created_at AS collected_at, answer.day, answer.collector,
               answer.surface, answer.model, answer.locale, answer.country, answer.city, answer.topic,
               answer.question, answer.is_branded,
               EXISTS (SELECT FROM measured_calls AS call WHERE call.answer_id = answer.id) AS is_measured,
               place.name, place.is_brand, place.mentions, place.position,
               tone.label AS sentiment, tone.score AS sentiment_score, place.version AS positions_version,
               tone.version AS sentiment_version
        FROM collector_results AS answer
        JOIN extracted_positions AS place ON place.collector_result_id = answer.id
        LEFT JOIN extracted_sentiments AS tone ON tone.collector_result_id = answer.id AND tone.name = place.name
        WHERE answer.brand_id = :brand_id
          AND answer.day >= coalesce(CAST(:start AS date), '-infinity')
          AND answer.day < coalesce(CAST(:end AS date), 'infinity')
        ORDER BY answer.id, place.name
    """),
    pyarrow.schema(
        [
            ("answer_id", pyarrow.string()),
            *WHEN_AND_WHERE,
            ("name", pyarrow.string()),
            ("is_brand", pyarrow.bool_()),
            ("mentions", pyarrow.int32()),
            ("position", pyarrow.int32()),
            ("sentiment", pyarrow.string()),
            ("sentiment_score", pyarrow.float64()),
            ("positions_version", pyarrow.int32()),
            ("sentiment_version", pyarrow.int32()),
        ]
    ),
)

CITATIONS = Export(
    text("""
        SELECT answer.id AS answer_id, answer.created_at AS collected_at, answer.day, answer.collector,
               answer.surface, answer.model, answer.locale, answer.country, answer.city, answer.topic,
               answer.question, answer.is_branded,
               EXISTS (SELECT FROM measured_calls AS call WHERE call.answer_id = answer.id) AS is_measured,
               page.ordinal, page.url, page.title, page.domain, page.owner
        FROM collector_results AS answer
        JOIN citations AS page ON page.collector_result_id = answer.id
        WHERE answer.brand_id = :brand_id
          AND answer.day >= coalesce(CAST(:start AS date), '-infinity')
          AND answer.day < coalesce(CAST(:end AS date), 'infinity')
        ORDER BY answer.id, page.ordinal
    """),
    pyarrow.schema(
        [
            ("answer_id", pyarrow.string()),
            *WHEN_AND_WHERE,
            ("ordinal", pyarrow.int32()),
            ("url", pyarrow.string()),
            ("title", pyarrow.string()),
            ("domain", pyarrow.string()),
            ("owner", pyarrow.string()),
        ]
    ),
)

EXPORTS = {
    Table.ANSWERS: ANSWERS,
    Table.POSITIONS: POSITIONS,
    Table.CITATIONS: CITATIONS,
    Table.PAGES: weekly_exports.PAGES,
    Table.SEARCHES: weekly_exports.SEARCHES,
}

BRAND = text("SELECT customer_id, name FROM brands WHERE id = :brand_id")


async def batches(
    session: AsyncSession, brand_id: UUID, table: Table, start: date | None, end: date | None
) -> AsyncIterator[list[Row]]:
    """The rows of a table, in order, of answers that count for the days from `start` to before `end`."""
    facts: dict[str, object] = {"brand_id": brand_id, "start": start, "end": end}
    if table in COUNTED:
        customer_id, name = (await session.execute(BRAND, facts)).one()
        learned = Learned(session, customer_id, brand_id, name)
        facts = {**learned.whose, **await kind_facts(learned), **Window(start, end).facts_by_week()}
    found = await session.stream(EXPORTS[table].statement, facts, execution_options={"yield_per": BATCH})
    async for rows in found.mappings().partitions(BATCH):
        yield [_plain(row) for row in rows]


def _plain(row: RowMapping) -> Row:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
