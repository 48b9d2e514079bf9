"""The options of a run: what a job's `metadata` may hold, by the spec's names.

The scheduler refuses what is wrong before it stores it; the worker acts on what is right.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from answerbeat.errors import InvalidFields, Violation
from answerbeat.jsons import JsonObject

COLLECTORS_GROUP = "answerbeat.collectors"
"""Each collector registers itself as an entry point of this group, in pyproject.toml."""

Limit = Annotated[int, Field(ge=1, le=1_000_000)]
PATTERNS = {
    "locale": "must be a language tag of BCP 47, such as de or pt-BR",
    "country": "must be two capital letters of ISO 3166-1, such as DE",
}
"""What to say where a pattern is not met."""
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class RunOptions(BaseModel):
    """What a run is to do beyond its type. Everything may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    collectors: Annotated[list[str], Field(max_length=50)] | None = None
    """Engines to ask; the brand's own choice, else all that have a key, when left out."""
    parallel: bool = False
    """Ask several questions at once."""
    batch: bool = False
    """Hand the questions in as a batch where an engine takes one: half the price, within a day."""
    samples: Annotated[int, Field(ge=1, le=20)] = 1
    """How often each question is asked of each engine in a run: answers vary from call to call."""
    positionLimit: Limit | None = None  # noqa: N815 - the spec's name
    """At most how many answers to read for positions and citations; all when left out."""
    sentimentLimit: Limit | None = None  # noqa: N815 - the spec's name
    """At most how many answers to read for tone; all when left out."""
    sentiment: Literal["encoder", "llm"] = "encoder"
    """Who judges tone: the encoder that Answerbeat brings, at no cost, or an engine's model, one call an answer."""
    judge: Text | None = None
    """The collector whose model judges with `sentiment: llm`; the first that has a key and can, when left out."""
    locale: Locale | None = None
    """Language to ask in, as BCP 47; each question's own when left out."""
    country: Country | None = None
    """Country to ask from, as ISO 3166-1 alpha-2; each question's own when left out."""
    city: Text | None = None
    """City to ask from, for the engines that take one."""
    since: Annotated[datetime, Field(strict=False)] | None = None
    """Score only answers collected at or after this time."""
    labels: Annotated[list[Text], Field(max_length=50)] | dict[Text, Text] | None = None
    """A person's own marks. They change nothing."""

    @field_validator("since")
    @classmethod
    def _has_offset(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("must carry an offset, such as 2026-03-08T07:00:00Z")
        return value

    def chosen(self, own: Sequence[str], ready: Sequence[str]) -> list[str]:
        """The job's collectors, else the brand's own, else all that have a key."""
        return list(dict.fromkeys(self.collectors or own or ready))


@lru_cache
def collector_names() -> tuple[str, ...]:
    """All registered collectors, in alphabetical order."""
    return tuple(sorted(entry.name for entry in entry_points(group=COLLECTORS_GROUP)))


def read_options(metadata: JsonObject, field: str = "metadata") -> RunOptions:
    """The options in a job's metadata. Raises InvalidFields, naming each part at fault."""
    try:
        options = RunOptions.model_validate(metadata)
    except ValidationError as error:
        raise InvalidFields(*_violations(error, field)) from None
    unknown = unknown_collectors(options.collectors or [], f"{field}.collectors")
    if options.judge and options.judge not in collector_names():
        unknown.append(Violation(f"{field}.judge", _no_collector(options.judge)))
    if unknown:
        raise InvalidFields(*unknown)
    return options


def unknown_collectors(names: list[str], field: str) -> list[Violation]:
    """A violation for each name that is no collector, with the nearest that is."""
    return [
        Violation(f"{field}[{i}]", _no_collector(name)) for i, name in enumerate(names) if name not in collector_names()
    ]


def _no_collector(name: str) -> str:
    return f"{name!r} is not a collector{suggest(name, collector_names())}"


def _violations(error: ValidationError, field: str) -> list[Violation]:
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        # Of a union, pydantic names each branch it tried; the field itself is enough.
        place = [part for part in fault["loc"] if isinstance(part, int) or part in RunOptions.model_fields]
        if fault["type"] == "string_pattern_mismatch" and place[-1] in PATTERNS:
            found[f"{field}.{place[-1]}"] = PATTERNS[place[-1]]
        elif fault["type"] == "extra_forbidden":
            name = str(fault["loc"][-1])
            found[f"{field}.{name}"] = f"is not an option{suggest(name, RunOptions.model_fields)}"
        else:
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
            found.setdefault(field + path, fault["msg"].removeprefix("Value error, ").removeprefix("Input "))
    return [Violation(path, message) for path, message in found.items()]


def suggest(name: str, known: Iterable[str]) -> str:
    """The end of a message about a name that is not known: the nearest that is, else all that are."""
    folded = {other.lower(): other for other in known}
    close = get_close_matches(name.lower().replace("_", ""), folded, n=1, cutoff=0.6) or get_close_matches(
        name.lower(), folded, n=1, cutoff=0.6
    )
    return f"; did you mean {folded[close[0]]}?" if close else f"; known are {', '.join(known)}"
