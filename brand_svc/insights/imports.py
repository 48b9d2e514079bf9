"""What a file of answers that were got elsewhere may hold: each of its lines is right, or told with what is wrong.

A file is JSON lines or CSV with a header, in UTF-8. Times, engines and places are those of the answers; text is kept
as it is, also where it looks like a spreadsheet's formula.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import ErrorDetails

from answerbeat.kinds import Surface
from answerbeat.options import PATTERNS, Country, Locale, unknown_collectors
from brand_svc.insights.import_files import Fault, Line

MAX_TEXT = 1_000_000
"""Characters of an answer."""
MAX_SOURCES = 500
MAX_TOLD = 100
"""Faults that are told; of more, how many."""
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""So far may a clock elsewhere be ahead of ours."""
OTHER_PATTERNS = {"url": "must be an address that begins with http:// or https://"}
TOPIC = "Imported"
"""That of a question which is none of the brand's, unless it is told."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Source(BaseModel):
    """A page that the answer cites."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2_000)]
    title: Annotated[str, StringConstraints(max_length=1_000)] | None = None


class ImportedLine(BaseModel):
    """One answer that was got elsewhere."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    id: Short | None = None
    """By which it is known again; all that it says when left out."""
    question: Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"\S")]
    engine: str
    """The name of a collector, such as chatgpt."""
    time: Annotated[datetime, Field(strict=False)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
    format: Literal["markdown", "text", "html"] = "markdown"
    surface: Annotated[Surface, Field(strict=False)] = Surface.APP
    locale: Locale | None = None
    country: Country | None = None
    city: Short | None = None
    model: Annotated[str, StringConstraints(max_length=200)] = ""
    topic: Short | None = None
    sources: Annotated[list[Source], Field(max_length=MAX_SOURCES)] = []

    @field_validator("time", mode="before")
    @classmethod
    def _is_written(cls, value: object) -> object:
        if not isinstance(value, str) or "-" not in value[1:]:
            raise ValueError("must be a time with its offset, such as 2026-03-08T07:00:00Z")
        return value

    @field_validator("time")
    @classmethod
    def _has_offset(cls, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("must carry an offset, such as 2026-03-08T07:00:00Z")
        return value

    @field_validator("sources", mode="before")
    @classmethod
    def _may_be_addresses(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [{"url": each} if isinstance(each, str) else each for each in value]

    @property
    def key(self) -> bytes:
        """What tells it from all other lines of the brand."""
        told = {"id": self.id} if self.id else self.model_dump(mode="json")
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()

    @property
    def day(self) -> date:
        """The day of UTC it counts for."""
        return self.time.astimezone(UTC).date()


@dataclass(frozen=True)
class Read:
    """A file's lines by their numbers, and what is wrong; with anything wrong, none may be taken in."""

    lines: dict[int, ImportedLine]
    faults: list[Fault]


def read(lines: Iterable[Line | Fault], now: datetime) -> Read:
    """Reads the lines of a file. Duplicates are faults too: each line is an answer of its own."""
    found: dict[int, ImportedLine] = {}
    faults: list[Fault] = []
    numbers: dict[bytes, int] = {}
    for line in lines:
        if isinstance(line, Fault):
            faults.append(line)
            continue
        wrong, answer = _read(line, now)
        faults += wrong
        if answer is None:
            continue
        first = numbers.setdefault(answer.key, line.number)
        if first != line.number:
            faults.append(Fault(line.number, "id" if answer.id else None, f"is that of line {first}"))
        found[line.number] = answer
    if not found and not faults:
        faults.append(Fault(0, None, "holds no line"))
    return Read({} if faults else found, faults)


def question_key(brand_id: UUID, text: str) -> UUID:
    """The key of a question that is none of the brand's: the same for the same words."""
    return uuid5(brand_id, text)


def _read(line: Line, now: datetime) -> tuple[list[Fault], ImportedLine | None]:
    try:
        answer = ImportedLine.model_validate(line.values)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        return [Fault(line.number, _path(fault["loc"]), _message(fault)) for fault in faults], None
    return [Fault(line.number, name, why) for name, why in _wrong(answer, now)], answer


def _wrong(answer: ImportedLine, now: datetime) -> Iterator[tuple[str, str]]:
    """What only others than the line can tell: the engines that there are, the time, what can be stored."""
    for unknown in unknown_collectors([answer.engine], "engine"):
        yield "engine", unknown.message
    if answer.time > now + AHEAD:
        yield "time", "lies in the future"
    if answer.time < FIRST_DAY:
        yield "time", f"lies before {FIRST_DAY:%Y}"
    for name, value in answer:
        if any("\0" in words for words in _strings(value)):
            yield name, "must not hold a NUL character"


def _strings(value: object) -> list[str]:
    if isinstance(value, list):
        return [words for source in value for words in (source.url, source.title or "")]
    return [value] if isinstance(value, str) else []


def _path(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def _message(fault: ErrorDetails) -> str:
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] == "string_pattern_mismatch":
        return PATTERNS.get(str(fault["loc"][-1]), OTHER_PATTERNS.get(str(fault["loc"][-1]), "must not be blank"))
    return fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
