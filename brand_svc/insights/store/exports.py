"""What can be taken away as a table: answers, positions and citations, a batch of rows at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 500
"""Rows at a time; a row group of a Parquet file."""

WINDOW = """
    answer.brand_id = :brand_id
    AND (CAST(:start AS date) IS NULL
         OR answer.created_at >= CAST(CAST(:start AS date) AS timestamp) AT TIME ZONE 'UTC')
    AND (CAST(:end AS date) IS NULL
         OR answer.created_at < CAST(CAST(:end AS date) AS timestamp) AT TIME ZONE 'UTC')
"""
KEY = "answer.id AS answer_id, answer.created_at AS collected_at, answer.collector, answer.topic, answer.question"
KEY_FIELDS = (
    ("answer_id", pyarrow.string()),
    ("collected_at", pyarrow.timestamp("us", tz="UTC")),
    ("collector", pyarrow.string()),
    ("topic", pyarrow.string()),
    ("question", pyarrow.string()),
)


@dataclass(frozen=True)
class Table:
    """What can be exported."""

    sql: str
    schema: pyarrow.Schema


TABLES = {
    "answers": Table(
        f"""
        SELECT {KEY}, answer.job_run_id AS run_id, answer.query_id, answer.sample, answer.model, answer.answer,
               answer.search_queries, answer.finish_reason, answer.input_tokens, answer.output_tokens,
               answer.cost_micro_usd, answer.latency_ms
        FROM collector_results AS answer
        WHERE {WINDOW}
        ORDER BY answer.id
        """,
        pyarrow.schema(
            [
                *KEY_FIELDS,
                ("run_id", pyarrow.string()),
                ("query_id", pyarrow.string()),
                ("sample", pyarrow.int32()),
                ("model", pyarrow.string()),
                ("answer", pyarrow.string()),
                ("search_queries", pyarrow.list_(pyarrow.string())),
                ("finish_reason", pyarrow.string()),
                ("input_tokens", pyarrow.int64()),
                ("output_tokens", pyarrow.int64()),
                ("cost_micro_usd", pyarrow.int64()),
                ("latency_ms", pyarrow.int64()),
            ]
        ),
    ),
    "positions": Table(
        f"""
        SELECT {KEY}, place.name, place.is_brand, place.mentions, place.position, tone.label AS sentiment,
               tone.score AS sentiment_score, place.version AS positions_version, tone.version AS sentiment_version
        FROM collector_results AS answer
        JOIN extracted_positions AS place ON place.collector_result_id = answer.id
        LEFT JOIN extracted_sentiments AS tone ON tone.collector_result_id = answer.id AND tone.name = place.name
        WHERE {WINDOW}
        ORDER BY answer.id, place.name
        """,
        pyarrow.schema(
            [
                *KEY_FIELDS,
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
    ),
    "citations": Table(
        f"""
        SELECT {KEY}, page.ordinal, page.url, page.title, page.domain, page.owner
        FROM collector_results AS answer
        JOIN citations AS page ON page.collector_result_id = answer.id
        WHERE {WINDOW}
        ORDER BY answer.id, page.ordinal
        """,
        pyarrow.schema(
            [
                *KEY_FIELDS,
                ("ordinal", pyarrow.int32()),
                ("url", pyarrow.string()),
                ("title", pyarrow.string()),
                ("domain", pyarrow.string()),
                ("owner", pyarrow.string()),
            ]
        ),
    ),
}


async def batches(
    session: AsyncSession, brand_id: UUID, table: str, start: date | None, end: date | None
) -> AsyncIterator[list[dict[str, Any]]]:
    """The rows of a table, in order."""
    facts = {"brand_id": brand_id, "start": start, "end": end}
    found = await session.stream(text(TABLES[table].sql), facts, execution_options={"yield_per": BATCH})
    async for rows in found.mappings().partitions(BATCH):
        yield [{name: str(value) if isinstance(value, UUID) else value for name, value in row.items()} for row in rows]
