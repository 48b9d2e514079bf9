"""Which rollups cover a window of days: the coarsest that there are, each day once.

Names, domains and calls are summed by day, month and year; pages and searches, which are many, by day and week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Grain(StrEnum):
    """What one rollup adds up, the coarsest first."""

    YEAR = "year"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


BY_MONTH = (Grain.YEAR, Grain.MONTH, Grain.DAY)
BY_WEEK = (Grain.WEEK, Grain.DAY)
MOST_DAYS = {Grain.YEAR: 366, Grain.MONTH: 31, Grain.WEEK: 7, Grain.DAY: 1}


@dataclass(frozen=True)
class Span:
    """Rollups of one grain that begin at or after `start`, and before `end`; None is without bound."""

    grain: Grain
    start: date | None
    end: date | None


def first_day(grain: Grain, day: date) -> date:
    """The first day of the day's week, which is a Monday, month or year, or the day itself."""
    match grain:
        case Grain.YEAR:
            return day.replace(month=1, day=1)
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.DAY:
            return day


def spans(start: date | None, end: date | None, grains: Sequence[Grain] = BY_MONTH) -> list[Span]:
    """The coarsest rollups that cover the days from `start` to before `end` together, each day once."""
    grain, *finer = grains
    first, last = _up(grain, start), _down(grain, end)
    if finer and first is not None and last is not None and first >= last:
        return spans(start, end, finer)
    before = spans(start, first, finer) if start != first else []
    after = spans(last, end, finer) if last != end else []
    return [*before, Span(grain, first, last), *after]


def _up(grain: Grain, day: date | None) -> date | None:
    """The first beginning of a week, month or year at or after a day."""
    if day is None or first_day(grain, day) == day:
        return day
    return first_day(grain, first_day(grain, day) + timedelta(days=MOST_DAYS[grain]))


def _down(grain: Grain, day: date | None) -> date | None:
    return None if day is None else first_day(grain, day)
