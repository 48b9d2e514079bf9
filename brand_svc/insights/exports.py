"""A brand's answers, positions and citations as a table: CSV, JSON Lines or Parquet, a piece at a time.

Nothing is held whole: rows come from PostgreSQL in batches, and each leaves as soon as it is written.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pyarrow
import pyarrow.parquet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 500
"""Rows at a time; a row group of a Parquet file."""
MAX_PIECE = 1024 * 1024
"""Bytes; a message of gRPC holds four times as many."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""

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


async def export(
    session: AsyncSession, brand_id: UUID, table: str, form: str, start: date | None, end: date | None
) -> AsyncIterator[bytes]:
    """The pieces of a file, in order."""
    wanted = TABLES[table]
    writer = WRITERS[form](wanted.schema)
    facts = {"brand_id": brand_id, "start": start, "end": end}
    found = await session.stream(text(wanted.sql), facts, execution_options={"yield_per": BATCH})
    yield writer.begin()
    async for rows in found.mappings().partitions(BATCH):
        piece = writer.write([{name: _plain(value) for name, value in row.items()} for row in rows])
        for start_of in range(0, len(piece), MAX_PIECE):
            yield piece[start_of : start_of + MAX_PIECE]
    yield writer.end()


class _Writer:
    """Writes rows as one format."""

    def __init__(self, schema: pyarrow.Schema) -> None:
        self.schema = schema

    def begin(self) -> bytes:
        return b""

    def write(self, rows: Sequence[dict[str, Any]]) -> bytes:
        raise NotImplementedError

    def end(self) -> bytes:
        return b""


class _JsonLines(_Writer):
    def write(self, rows: Sequence[dict[str, Any]]) -> bytes:
        return "".join(json.dumps(row, ensure_ascii=False, default=datetime.isoformat) + "\n" for row in rows).encode()


class _Csv(_Writer):
    """RFC 4180, in UTF-8. A text that a spreadsheet would run as a formula begins with an apostrophe."""

    def begin(self) -> bytes:
        return self._lines([self.schema.names])

    def write(self, rows: Sequence[dict[str, Any]]) -> bytes:
        return self._lines([_cell(row[name]) for name in self.schema.names] for row in rows)

    def _lines(self, rows: Sequence[Sequence[Any]] | Iterator[Sequence[Any]]) -> bytes:
        kept = io.StringIO()
        csv.writer(kept).writerows(rows)
        return kept.getvalue().encode()


class _Parquet(_Writer):
    def __init__(self, schema: pyarrow.Schema) -> None:
        super().__init__(schema)
        self._pieces = _Pieces()
        self._writer = pyarrow.parquet.ParquetWriter(self._pieces, schema, compression="zstd")

    def write(self, rows: Sequence[dict[str, Any]]) -> bytes:
        self._writer.write_table(pyarrow.Table.from_pylist(list(rows), schema=self.schema))
        return self._pieces.take()

    def end(self) -> bytes:
        self._writer.close()
        return self._pieces.take()


class _Pieces(io.RawIOBase):
    """A file that is written from its beginning to its end, and taken away in pieces."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._kept.append(bytes(piece))
        self._written += len(self._kept[-1])
        return len(self._kept[-1])

    def tell(self) -> int:
        return self._written

    def take(self) -> bytes:
        """What was written since the last time."""
        piece, self._kept = b"".join(self._kept), []
        return piece


WRITERS: dict[str, Callable[[pyarrow.Schema], _Writer]] = {"csv": _Csv, "jsonl": _JsonLines, "parquet": _Parquet}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value.isoformat() if isinstance(value, datetime) else value
