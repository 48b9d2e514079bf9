"""What is told of two periods: levels, changes with verdicts, the panel they rest on, and what was left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from brand_svc.insights.measurement.distributions import NORMAL
from brand_svc.insights.measurement.estimates import Change, Level, Verdict, change, level, verdict_of
from brand_svc.insights.measurement.metrics import HEADLINE, METRICS, Metric
from brand_svc.insights.measurement.panel import (
    Exclusion,
    Grid,
    Matched,
    PanelCell,
    Period,
    Rows,
    levels_of,
    matched,
    version,
)

FALSE_DISCOVERY_RATE = 0.05
DAILY_BOUNDS = {7: 3.76, 14: 3.70, 28: 3.57}
"""Of |z|, by days in a rolling window: with a year of daily looks a change is marked in 5% of worlds without one."""


class Looks(StrEnum):
    """How often a comparison is looked at."""

    ONCE = "once"
    DAILY = "daily"


@dataclass
class Measured:
    """One metric of one name."""

    level: Level
    change: Change


@dataclass(frozen=True)
class Name:
    """The metrics of one name."""

    name: str
    is_brand: bool
    metrics: dict[str, Measured]


@dataclass(frozen=True)
class Report:
    """The numbers of a brand in a period against another."""

    now: Period
    before: Period
    looks: Looks
    panel: dict[str, object]
    names: list[Name]
    engines: dict[str, list[Name]]
    branded: list[Name]
    exclusions: list[Exclusion]
    past_days: int


@dataclass(frozen=True)
class Question:
    """What is asked: whose numbers, of when, and how often one looks."""

    brand: str
    names: Sequence[str]
    now: Period
    before: Period
    looks: Looks = Looks.ONCE
    told: Sequence[Exclusion] = field(default_factory=tuple)
    """What was left out before the grid was made."""


def report(unbranded: Grid, branded: Grid, question: Question) -> Report:
    """Measures all names over the panel, and over each engine's part of it."""
    everything = [True] * len(unbranded.cells)
    names, pairs = _names(unbranded, question, everything), matched(unbranded, question.now, question.before)
    engines = {
        engine: _names(unbranded, question, [cell.where.collector == engine for cell in unbranded.cells])
        for engine in sorted({cell.where.collector for cell in unbranded.cells})
    }
    apart = _names(branded, question, [True] * len(branded.cells)) if branded.cells else []
    _judge(question, names, [*engines.values(), apart])
    return Report(
        now=question.now,
        before=question.before,
        looks=question.looks,
        panel=_panel(unbranded, question.now, pairs),
        names=names,
        engines=engines,
        branded=apart,
        exclusions=[*question.told, *_branded_told(branded, question), *pairs.exclusions],
        past_days=_past_days(unbranded, question.before.start),
    )


def _names(grid: Grid, question: Question, chosen: Sequence[bool]) -> list[Name]:
    levels, pairs = levels_of(grid, chosen), matched(_only(grid, chosen), question.now, question.before)
    return [
        Name(
            name,
            name == question.brand,
            {metric.name: _measured(metric, name, levels, pairs.rows, question) for metric in METRICS},
        )
        for name in question.names
    ]


def _measured(metric: Metric, name: str, levels: Rows, pairs: Rows, question: Question) -> Measured:
    now, before = question.now, question.before
    window = levels.window(metric, name, now)
    periods = pairs.window(metric, name, now), pairs.window(metric, name, before)
    return Measured(
        level(metric, window, levels.past(metric, name, now.start, now)),
        change(metric, *periods, pairs.past(metric, name, before.start, before)),
    )


def _only(grid: Grid, chosen: Sequence[bool]) -> Grid:
    """The grid's chosen cells."""
    if all(chosen):
        return grid
    kept = [i for i, is_chosen in enumerate(chosen) if is_chosen]
    cells: list[PanelCell] = [grid.cells[i] for i in kept]
    places = {cell.where for cell in cells}
    return replace(
        grid,
        cells=cells,
        answers=grid.answers[kept],
        asked={where: told for where, told in grid.asked.items() if where in places},
        whole={what: values[kept] for what, values in grid.whole.items()},
        names={name: {what: values[kept] for what, values in sums.items()} for name, sums in grid.names.items()},
    )


def _judge(question: Question, names: Sequence[Name], parts: Sequence[Sequence[Name]]) -> None:
    """The headline has its own 5%; all others are one family (Benjamini and Hochberg, 1995), and daily have none."""
    headline = [name.metrics[HEADLINE] for name in names if name.is_brand]
    others = [
        measured
        for group in (names, *parts)
        for name in group
        for what, measured in name.metrics.items()
        if not (group is names and name.is_brand and what == HEADLINE)
    ]
    if question.looks is Looks.DAILY:
        for measured in headline:
            _mark(measured, lambda p: NORMAL.inv_cdf(1 - p / 2) > _bound(question.now.days) if p > 0 else True)
        for measured in others:
            _mark(measured, lambda _: False)
        return
    known = sorted(measured.change.p_value for measured in others if measured.change.p_value is not None)
    allowed = max((p for rank, p in enumerate(known, 1) if p <= FALSE_DISCOVERY_RATE * rank / len(known)), default=-1.0)
    for measured in others:
        _mark(measured, lambda p: p <= allowed)


def _mark(measured: Measured, is_marked: Callable[[float], bool]) -> None:
    told = measured.change
    if told.p_value is not None and told.difference is not None and told.verdict is not Verdict.NOT_COMPARABLE:
        measured.change = replace(told, verdict=verdict_of(told.difference, is_marked=is_marked(told.p_value)))


def _bound(days: int) -> float:
    nearest = min(DAILY_BOUNDS, key=lambda known: abs(known - days))
    return DAILY_BOUNDS[nearest]


def _panel(grid: Grid, now: Period, pairs: Matched) -> dict[str, object]:
    has = grid.answers[:, grid.within(now)].sum(axis=1) > 0
    places = {cell.where for cell, is_there in zip(grid.cells, has, strict=True) if is_there}
    return {
        "version": version(levels_of(grid, [True] * len(grid.cells)), now),
        "questions": len({place.question for place in places}),
        "engines": len({place.collector for place in places}),
        "places": len({place.place for place in places}),
        "cells": len(places),
        "cells_compared": pairs.rows.count,
    }


def _branded_told(branded: Grid, question: Question) -> list[Exclusion]:
    columns = [branded.within(question.now), branded.within(question.before)]
    answers = sum(float(branded.answers[:, each].sum()) for each in columns)
    if not answers:
        return []
    return [Exclusion("branded questions", "branded questions are measured apart", len(branded.cells), int(answers))]


def _past_days(grid: Grid, before: date) -> int:
    earlier = max(before.toordinal() - grid.first, 0)
    return int((grid.answers[:, :earlier].sum(axis=0) > 0).sum())


def as_json(found: Report) -> dict[str, object]:
    """The report as the API tells it."""
    return {
        "window": _span(found.now),
        "compare": _span(found.before),
        "panel": found.panel,
        "past_days": found.past_days,
        "looks": found.looks,
        "names": [*map(_name, found.names)],
        "engines": [{"collector": key, "names": [*map(_name, names)]} for key, names in found.engines.items()],
        "branded": {"names": [*map(_name, found.branded)]},
        "exclusions": [vars(each) for each in found.exclusions],
    }


def _span(period: Period) -> Mapping[str, object]:
    return {"from": period.start.isoformat(), "to": period.end.isoformat(), "days": period.days}


def _name(of: Name) -> Mapping[str, object]:
    metrics = {key: {**vars(each.level), "change": vars(each.change)} for key, each in of.metrics.items()}
    return {"name": of.name, "is_brand": of.is_brand, "metrics": metrics}


def as_many_before(now: Period) -> Period:
    """The period before, of as many days."""
    return Period(now.start - timedelta(days=now.days), now.start)
