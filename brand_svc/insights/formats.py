"""Rows as a file: CSV, JSON Lines or Parquet, a piece at a time.

Nothing is held whole: rows come in batches, and each leaves as soon as it is written.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow
import pyarrow.parquet

from brand_svc.insights.store.exports import Row, Value

MAX_PIECE = 1024 * 1024
"""Bytes; a message of gRPC holds four times as many."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


class Format(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"


async def written(form: Format, schema: pyarrow.Schema, batches: AsyncIterator[Sequence[Row]]) -> AsyncIterator[bytes]:
    """The pieces of a file, in order."""
    writer = WRITERS[form](schema)
    yield writer.begin()
    async for rows in batches:
        piece = writer.write(rows)
        for start_of in range(0, len(piece), MAX_PIECE):
            yield piece[start_of : start_of + MAX_PIECE]
    yield writer.end()


class _Writer:
    """Writes rows as one format."""

    def __init__(self, schema: pyarrow.Schema) -> None:
        self.schema = schema

    def begin(self) -> bytes:
        return b""

    def write(self, rows: Sequence[Row]) -> bytes:
        raise NotImplementedError

    def end(self) -> bytes:
        return b""


class _JsonLines(_Writer):
    def write(self, rows: Sequence[Row]) -> bytes:
        return "".join(json.dumps(row, ensure_ascii=False, default=_written) + "\n" for row in rows).encode()


class _Csv(_Writer):
    """RFC 4180, in UTF-8. A text that a spreadsheet would run as a formula begins with an apostrophe."""

    def begin(self) -> bytes:
        return self._lines([self.schema.names])

    def write(self, rows: Sequence[Row]) -> bytes:
        return self._lines([_cell(row[name]) for name in self.schema.names] for row in rows)

    def _lines(self, rows: Iterable[Sequence[Value]]) -> bytes:
        kept = io.StringIO()
        csv.writer(kept).writerows(rows)
        return kept.getvalue().encode()


class _Parquet(_Writer):
    def __init__(self, schema: pyarrow.Schema) -> None:
        super().__init__(schema)
        self._pieces = _Pieces()
        self._writer = pyarrow.parquet.ParquetWriter(self._pieces, schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> bytes:
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


WRITERS: dict[Format, Callable[[pyarrow.Schema], _Writer]] = {
    Format.CSV: _Csv,
    Format.JSON_LINES: _JsonLines,
    Format.PARQUET: _Parquet,
}


def _written(moment: date) -> str:
    return moment.isoformat()


def _cell(value: Value) -> Value:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value
