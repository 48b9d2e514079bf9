"""Which rollups cover a window of days: the coarsest that there are, each day once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Grain(StrEnum):
    """What one rollup adds up, the coarsest first."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True)
class Span:
    """Rollups of one grain that begin at or after `start`, and before `end`; None is without bound."""

    grain: Grain
    start: date | None
    end: date | None


def first_day(grain: Grain, day: date) -> date:
    """The first day of the day's month or year, or the day itself."""
    if grain is Grain.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if grain is Grain.MONTH else day


def spans(start: date | None, end: date | None, grains: Sequence[Grain] = tuple(Grain)) -> list[Span]:
    """The coarsest rollups that cover the days from `start` to before `end` together, each day once."""
    grain, *finer = grains
    first, last = _up(grain, start), _down(grain, end)
    if finer and first is not None and last is not None and first >= last:
        return spans(start, end, finer)
    before = spans(start, first, finer) if start != first else []
    after = spans(last, end, finer) if last != end else []
    return [*before, Span(grain, first, last), *after]


def _up(grain: Grain, day: date | None) -> date | None:
    """The first beginning of a month or year at or after a day."""
    if day is None or first_day(grain, day) == day:
        return day
    return first_day(grain, first_day(grain, day) + timedelta(days=366 if grain is Grain.YEAR else 31))


def _down(grain: Grain, day: date | None) -> date | None:
    return None if day is None else first_day(grain, day)
