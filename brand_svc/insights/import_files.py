"""A file of answers as numbered lines of values: JSON lines, or CSV with a header; in UTF-8, with or without a BOM.

What the values may be is told by `imports`.
"""

import csv
import io
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, NoReturn

from answerbeat.jsons import JsonObject
from answerbeat.options import suggest

MAX_BYTES = 15_000_000
"""Of a file; one message between services holds it."""
MAX_LINES = 20_000
"""Of a file."""
COLUMNS = (
    "id", "question", "engine", "time", "text", "format", "surface", "locale", "country", "city", "model", "topic",
    "sources",
)  # fmt: skip
REQUIRED = ("question", "engine", "time", "text")
# A cell may hold a whole answer; the module's own bound is far below that.
csv.field_size_limit(MAX_BYTES)


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"


class Fault(NamedTuple):
    """What is wrong with a line, or with the whole file where the line is 0."""

    line: int
    field: str | None
    message: str


class Line(NamedTuple):
    """What one line of a file says."""

    number: int
    values: JsonObject


def lines_of(content: bytes, form: FileFormat) -> Iterator[Line | Fault]:
    """The lines of a file that are not blank, by their numbers from 1; in place of one that is no line, a fault."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Fault(content.count(b"\n", 0, error.start) + 1, None, "is not UTF-8")
        return
    for count, line in enumerate(_of_csv(text) if form is FileFormat.CSV else _of_jsonl(text), start=1):
        if count > MAX_LINES:
            yield Fault(line[0], None, f"a file may hold {MAX_LINES:,} lines; send the rest as another")
            return
        yield line


def _of_jsonl(text: str) -> Iterator[Line | Fault]:
    for number, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            values = json.loads(written, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            why = "is nested too deep" if isinstance(error, RecursionError) else str(error)
            yield Fault(number, None, f"is not JSON: {why}")
            continue
        if isinstance(values, dict):
            yield Line(number, values)
        else:
            yield Fault(number, None, "is no JSON object")
            continue
        for name in sorted(values.keys() - {*COLUMNS}):
            yield Fault(number, name, f"is not a field{suggest(name, COLUMNS)}")


def _of_csv(text: str) -> Iterator[Line | Fault]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        header = next(reader, None)
        if header is None:
            return
        if wrong := _wrong_header(header):
            yield from wrong
            return
        before = reader.line_num
        for cells in reader:
            number, before = before + 1, reader.line_num
            if len(cells) > len(header):
                yield Fault(number, None, f"has {len(cells)} cells, the header {len(header)}")
            elif any(cells):
                yield Line(number, _values(header, cells))
    except csv.Error as error:
        yield Fault(before + 1, None, f"is not CSV: {error}")


def _wrong_header(header: list[str]) -> list[Fault]:
    unknown = [Fault(1, name, f"is not a column{suggest(name, COLUMNS)}") for name in header if name not in COLUMNS]
    twice = [Fault(1, name, "stands twice in the header") for name in COLUMNS if header.count(name) > 1]
    absent = [Fault(1, name, "is not in the header") for name in REQUIRED if name not in header]
    return unknown + twice + absent


def _values(header: list[str], cells: list[str]) -> JsonObject:
    """An empty cell says nothing. Sources are a JSON list, or addresses with white space between them."""
    values: JsonObject = {name: cell for name, cell in zip(header, cells, strict=False) if cell}
    if written := values.get("sources"):
        values["sources"] = _sources(written)
    return values


def _sources(written: str) -> object:
    if not written.startswith("["):
        return written.split()
    try:
        return json.loads(written, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return written  # which is told to be no list


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
