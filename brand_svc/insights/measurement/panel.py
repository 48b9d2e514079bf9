"""Which cells a number rests on, which can be compared between two periods, and what is left out, told in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

import numpy

from brand_svc.insights.measurement.metrics import Metric
from brand_svc.insights.measurement.spread import BLOCK_DAYS, BLOCKS, Matrix, Window

LONG_DAYS = 62
"""Of longer windows, months or weeks are the units of chance."""
FEWEST_MONTHS = 6
COLUMNS = (
    "named", "firsts", "mentions", "citations", "cited", "position_sum", "placed", "tone_sum", "toned",
)  # fmt: skip
"""What is summed of a name, by cell and day."""


class Place(NamedTuple):
    """A question's text, an engine, and where it was asked from."""

    question: str
    collector: str
    place: str


class PanelCell(NamedTuple):
    """The same of one model."""

    where: Place
    model: str


class Period(NamedTuple):
    """Days from `start` to before `end`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Exclusion:
    """What was left out of a comparison, or is told beside it."""

    what: str
    why: str
    cells: int
    answers: int


@dataclass(frozen=True)
class Grid:
    """Sums by cell and day, of the questions that are measured together."""

    cells: Sequence[PanelCell]
    first: int
    """The ordinal of the first day."""
    answers: Matrix
    """Answers that were read."""
    asked: Mapping[Place, Matrix]
    """By day: calls that were asked, and those that ended in a result."""
    whole: Mapping[str, Matrix]
    """all_mentions and all_citations."""
    names: Mapping[str, Mapping[str, Matrix]]

    def within(self, period: Period) -> slice:
        """The columns of a period."""
        days = self.answers.shape[1]
        start, end = (min(max(day.toordinal() - self.first, 0), days) for day in period)
        return slice(start, end)

    def sums(self, name: str, what: str) -> Matrix:
        """A metric's numerator or denominator."""
        if what == "answers":
            return self.answers
        return self.whole[what] if what in self.whole else self.names[name][what]


@dataclass(frozen=True)
class Rows:
    """Rows of a grid added up: which row each cell goes to, or -1; and what of it counts."""

    grid: Grid
    row_of: numpy.ndarray
    count: int
    counts: Matrix
    """1 where a cell's day counts, 0 where it is left out."""

    def window(self, metric: Metric, name: str, period: Period) -> Window:
        """A metric in a period."""
        columns = self.grid.within(period)
        days = tuple(range(self.grid.first + columns.start, self.grid.first + columns.stop))
        num, den, answers = (
            self._added(self.grid.sums(name, what), columns) for what in (metric.num, metric.den, "answers")
        )
        return in_units(Window(num, den, answers, days), period)

    def _added(self, values: Matrix, columns: slice) -> Matrix:
        found = numpy.zeros((self.count, columns.stop - columns.start))
        kept = self.row_of >= 0
        numpy.add.at(found, self.row_of[kept], (values[:, columns] * self.counts[:, columns])[kept])
        return found

    def past(self, metric: Metric, name: str, before: date, span: Period) -> list[Window]:
        """Blocks of days before a day, the latest first; none beside a long window, which has its own."""
        if span.days > LONG_DAYS:
            return []
        block = timedelta(days=BLOCK_DAYS)
        return [self.window(metric, name, Period(before - block * (i + 1), before - block * i)) for i in range(BLOCKS)]


def in_units(window: Window, period: Period) -> Window:
    """Long windows by months where these are enough, else by weeks."""
    if period.days <= LONG_DAYS:
        return window
    months = [date.fromordinal(day).year * 12 + date.fromordinal(day).month for day in window.days]
    units = months if len(set(months)) >= FEWEST_MONTHS else [day // 7 for day in window.days]
    kept = sorted(set(units))
    place = numpy.array([kept.index(unit) for unit in units])

    def added(values: Matrix) -> Matrix:
        found = numpy.zeros((values.shape[0], len(kept)))
        numpy.add.at(found.T, place, values.T)
        return found

    return Window(added(window.num), added(window.den), added(window.answers), tuple(kept))


def levels_of(grid: Grid, chosen: Iterable[bool]) -> Rows:
    """A level is what people were told, by whichever model: cells of one place go together."""
    rows: dict[Place, int] = {}
    row_of = [
        rows.setdefault(cell.where, len(rows)) if is_chosen else -1
        for cell, is_chosen in zip(grid.cells, chosen, strict=True)
    ]
    return Rows(grid, numpy.array(row_of, dtype=int), len(rows), numpy.ones_like(grid.answers))


def version(rows: Rows, period: Period) -> str:
    """The panel's, a hash of its questions, engines and places."""
    has = rows.grid.answers[:, rows.grid.within(period)].sum(axis=1) > 0
    places = {
        cell.where
        for cell, row, is_there in zip(rows.grid.cells, rows.row_of, has, strict=True)
        if is_there and row >= 0
    }
    return sha256("\n".join("\t".join(place) for place in sorted(places)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Matched:
    """Cells that can be compared between two periods, and why the others can't."""

    rows: Rows
    exclusions: list[Exclusion]


def matched(grid: Grid, now: Period, before: Period) -> Matched:
    """The same question, engine, place and model, with answers on at least a third of the days it was asked."""
    partial = _partial(grid)
    counts = numpy.array([1.0 - partial[cell.where[1:]] for cell in grid.cells]).reshape(grid.answers.shape)
    spans = {"now": grid.within(now), "before": grid.within(before)}
    kept = grid.answers * counts
    enough = numpy.ones(len(grid.cells), dtype=bool)
    for columns in spans.values():
        asked = numpy.array([(grid.asked[cell.where][0] > 0) * counts[i] for i, cell in enumerate(grid.cells)])
        asked = asked.reshape(grid.answers.shape)[:, columns].sum(axis=1)
        has = (kept[:, columns] > 0).sum(axis=1)
        enough &= (has > 0) & (has * 3 >= asked)
    row_of = numpy.where(enough, numpy.cumsum(enough) - 1, -1)
    rows = Rows(grid, row_of, int(enough.sum()), counts)
    return Matched(rows, [*_unmatched(grid, enough, spans), *_partial_told(grid, partial, spans)])


def _partial(grid: Grid) -> dict[tuple[str, str], Matrix]:
    """By engine and place: 1 on days on which fewer than half of its calls ended in a result."""
    total: dict[tuple[str, str], Matrix] = {}
    for where, told in grid.asked.items():
        key = where.collector, where.place
        total[key] = total[key] + told if key in total else told.copy()
    return {key: ((told[0] > 0) & (told[1] * 2 < told[0])).astype(float) for key, told in total.items()}


def _partial_told(grid: Grid, partial: Mapping[tuple[str, str], Matrix], spans: Mapping[str, slice]) -> list[Exclusion]:
    told = []
    for key, days in partial.items():
        count = sum(int(days[columns].sum()) for columns in spans.values())
        if count:
            mine = [i for i, cell in enumerate(grid.cells) if cell.where[1:] == key]
            left = sum(float((grid.answers[mine][:, columns] * days[columns]).sum()) for columns in spans.values())
            why = f"partial run: fewer than half of its questions were answered, on {count} days"
            told.append(Exclusion(key[0], why, len(mine), int(left)))
    return told


def _unmatched(grid: Grid, enough: numpy.ndarray, spans: Mapping[str, slice]) -> list[Exclusion]:
    """Of cells with answers in either period that can't be compared: each for its first reason."""
    has = {when: grid.answers[:, columns].sum(axis=1) for when, columns in spans.items()}
    seen = _Seen(grid, has)
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0])
    for i, cell in enumerate(grid.cells):
        answers = has["now"][i] + has["before"][i]
        if answers and not enough[i]:
            entry = found[seen.why(cell)]
            entry[0] += 1
            entry[1] += answers
    return [Exclusion(what, why, int(cells), int(answers)) for (what, why), (cells, answers) in found.items()]


class _Seen:
    """What was asked in which period."""

    def __init__(self, grid: Grid, has: Mapping[str, Matrix]) -> None:
        def those(when: str, key: str) -> set[object]:
            return {
                cell if key == "model" else getattr(cell.where, key)
                for cell, answers in zip(grid.cells, has[when], strict=True)
                if answers
            }

        self._in = {
            when: {key: those(when, key) for key in ("collector", "place", "question", "model")} for when in has
        }

    def _both(self, key: str, value: object) -> bool:
        return all(value in there[key] for there in self._in.values())

    def why(self, cell: PanelCell) -> tuple[str, str]:
        """What is left out with it, and why."""
        where = cell.where
        if not self._both("collector", where.collector):
            return where.collector, "asked in one period only"
        if not self._both("place", where.place):
            return where.place or "no place", "place asked in one period only"
        if not self._both("question", where.question):
            is_new = where.question in self._in["now"]["question"]
            which = ("questions added", "later") if is_new else ("questions retired", "earlier")
            return which[0], f"asked in the {which[1]} period only"
        models = sorted(
            {
                other.model or "unknown"
                for there in self._in.values()
                for other in there["model"]
                if isinstance(other, PanelCell) and other.where.collector == where.collector
            }
        )
        if not self._both("model", cell) and len(models) > 1:
            return where.collector, f"its model changed: {', '.join(models)}"
        return where.collector, "cells with answers on too few days"
