"""Levels with their 95% intervals, and changes with their verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from brand_svc.insights.measurement.distributions import NORMAL, Z95, p_of_t, t_quantile
from brand_svc.insights.measurement.metrics import Kind, Metric
from brand_svc.insights.measurement.spread import Window, borrow, guarded, spread, whole

ALWAYS_WIDER = 4
"""No interval of a share is narrower than Wilson's with so many times the answers."""
POWER = NORMAL.inv_cdf(0.8)
FEW_DAYS = "too few days to tell how much days differ"
FEW_DAYS_TO_CHANGE = "too few days to tell a change from the usual difference between days"
NO_CELL = "no question was asked of the same engine, model and place in both periods"
NOTHING = "nothing to count in one of the periods"


class Verdict(StrEnum):
    """What is said of a change."""

    UP = "up"
    DOWN = "down"
    NO_CLEAR_CHANGE = "no clear change"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Level:
    """A number, and where it would lie on other days of the kind."""

    estimate: float | None
    low: float | None
    high: float | None
    interval: str | None
    answers: int
    days: int
    cells: int
    why: str | None = None


@dataclass(frozen=True)
class Change:
    """A number in two periods, over the same cells."""

    before: float | None
    now: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    verdict: Verdict
    why: str | None
    answers: int
    answers_before: int
    days: int
    days_before: int
    cells: int
    detectable: float | None = None


def level(metric: Metric, window: Window, past: Sequence[Window]) -> Level:
    """A metric in one window, with the blocks before it, the latest first."""
    here = whole(window)
    own = spread(here)
    answers, hits = int(here.answers.sum()), int(here.den.sum())
    counts = answers, own.days, own.cells
    if own.ratio is None:
        return Level(None, None, None, None, *counts, "nothing to count" if answers else "no answer")
    if hits < metric.fewest:
        return Level(own.ratio, None, None, None, *counts, _few(hits, metric))
    (v,), df = guarded([own], borrow([own], [spread(whole(block)) for block in past]))
    if df < 2 or (own.days < 3 and df < 6):
        return Level(own.ratio, None, None, None, *counts, FEW_DAYS)
    if metric.kind is Kind.SHARE:
        low, high = _share_interval(own.ratio, v, df, answers, int((here.answers > 0).sum()))
        return Level(own.ratio, low, high, "score, days as clusters", *counts)
    if v <= 0:
        return Level(own.ratio, None, None, None, *counts, FEW_DAYS)
    half = t_quantile(df) * sqrt(v)
    low, high = max(metric.bounds[0], own.ratio - half), min(metric.bounds[1], own.ratio + half)
    return Level(own.ratio, low, high, "t, days as clusters", *counts)


def change(metric: Metric, now: Window, before: Window, past: Sequence[Window]) -> Change:
    """A metric now and before, over matched cells; both windows have the same rows."""
    here, there = whole(now), whole(before)
    own, earlier = spread(here), spread(there)
    counts = {
        "answers": int(here.answers.sum()),
        "answers_before": int(there.answers.sum()),
        "days": own.days,
        "days_before": earlier.days,
        "cells": int(now.answers.shape[0]),
    }
    difference = None if own.ratio is None or earlier.ratio is None else own.ratio - earlier.ratio

    def none(why: str) -> Change:
        told = earlier.ratio, own.ratio, difference
        return Change(*told, None, None, None, Verdict.NOT_COMPARABLE, why, **counts)

    if not counts["cells"]:
        return none(NO_CELL)
    if difference is None or own.ratio is None or earlier.ratio is None:
        return none(NOTHING)
    hits = min(int(here.den.sum()), int(there.den.sum()))
    if hits < metric.fewest:
        return none(f"too few to tell a change: {hits} counted in one of the periods, {metric.fewest} needed")
    variances, df = guarded([own, earlier], borrow([own, earlier], [spread(whole(block)) for block in past]))
    if df < 4:
        return none(FEW_DAYS_TO_CHANGE)
    v = sum(variances)
    if metric.kind is Kind.SHARE:
        middle = (own.ratio + earlier.ratio) / 2
        least = middle * (1 - middle) / ALWAYS_WIDER
        v = max(v, least * (1 / counts["answers"] + 1 / counts["answers_before"]))
    if v <= 0:
        verdict = Verdict.NO_CLEAR_CHANGE if difference == 0 else Verdict.NOT_COMPARABLE
        why = None if difference == 0 else FEW_DAYS_TO_CHANGE
        return Change(earlier.ratio, own.ratio, difference, None, None, None, verdict, why, **counts)
    error, t = sqrt(v), t_quantile(df)
    p = p_of_t(difference / error, df)
    return Change(
        earlier.ratio,
        own.ratio,
        difference,
        difference - t * error,
        difference + t * error,
        p,
        verdict_of(difference, is_marked=p <= 0.05),
        None,
        **counts,
        detectable=(t + POWER) * error,
    )


def verdict_of(difference: float, *, is_marked: bool) -> Verdict:
    """Up or down, where it is more than chance."""
    if not is_marked or difference == 0:
        return Verdict.NO_CLEAR_CHANGE
    return Verdict.UP if difference > 0 else Verdict.DOWN


def _few(hits: int, metric: Metric) -> str:
    return f"too few to tell: {hits} counted, {metric.fewest} needed"


def _share_interval(ratio: float, v: float, df: int, answers: int, cell_days: int) -> tuple[float, float]:
    """Wilson's formula with the effective number of answers (Korn and Graubard, 1998), and t for z."""
    if v <= 0 or not 0 < ratio < 1:
        return _wilson(ratio, cell_days, Z95)
    low, high = _wilson(ratio, ratio * (1 - ratio) / v, t_quantile(df))
    least_low, least_high = _wilson(ratio, ALWAYS_WIDER * answers, Z95)
    return min(low, least_low), max(high, least_high)


def _wilson(ratio: float, n: float, z: float) -> tuple[float, float]:
    ratio = min(1.0, max(0.0, ratio))
    middle = (ratio + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(ratio * (1 - ratio) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, min(ratio, middle - half)), min(1.0, max(ratio, middle + half))
