"""How far a ratio of panel means would move on other days of the same kind: the day is the unit of chance.

All cells weigh the same, however many samples they had. How much days differ is borrowed from the panel's own past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy
from numpy.typing import NDArray

from brand_svc.insights.measurement.distributions import p_of_f

Matrix = NDArray[numpy.float64]
"""Cells by days."""

ENOUGH = 40
"""Degrees of freedom, after which nothing more is borrowed."""
BLOCK_DAYS, BLOCKS, FEWEST = 28, 2, 4
"""Of the past: how long a block is, how many are looked at, and of how many days one must be."""
MOST_MEMORY = 0.6
FLOOR = 0.3
GUARD = 0.10


@dataclass(frozen=True)
class Window:
    """A metric's sums in one span, by cell and day. Days without any answer are left out."""

    num: Matrix
    den: Matrix
    answers: Matrix
    days: tuple[int, ...]
    """The ordinal of each column, in order."""


@dataclass(frozen=True)
class Spread:
    """What a window tells of how much its days differ."""

    ratio: float | None
    """None where there is nothing to count."""
    days: int
    cells: int
    cell: float
    """V_cell: what is due to cells on days."""
    day: float
    """V_day: with what cells of one day have in common."""
    shock: float
    """s: what a day does to the whole panel at once."""
    cell_memory: float
    day_memory: float


def whole(window: Window) -> Window:
    """Its cells and days that have answers."""
    cells, days = window.answers.sum(axis=1) > 0, window.answers.sum(axis=0) > 0
    pick = numpy.ix_(cells, days)
    kept = tuple(day for day, is_there in zip(window.days, days, strict=True) if is_there)
    return Window(window.num[pick], window.den[pick], window.answers[pick], kept)


def spread(window: Window) -> Spread:
    """Of a window that is whole."""
    cells, days = window.answers.shape
    if not cells or not days:
        return Spread(None, days, cells, 0.0, 0.0, 0.0, 0.0, 0.0)
    total = window.answers.sum(axis=1, keepdims=True)
    mean_num, mean_den = window.num.sum(axis=1, keepdims=True) / total, window.den.sum(axis=1, keepdims=True) / total
    whole_den = float(mean_den.mean())
    if whole_den <= 0:
        return Spread(None, days, cells, 0.0, 0.0, 0.0, 0.0, 0.0)
    ratio = float(mean_num.mean()) / whole_den
    share = window.answers / total
    off = (window.num - mean_num * window.answers) - ratio * (window.den - mean_den * window.answers)
    alone = share >= 1.0
    r = numpy.where(alone, 0.0, off / (total * cells * whole_den * numpy.sqrt(numpy.where(alone, 1.0, 1.0 - share))))
    v_cell, of_day = float((r * r).sum()), r.sum(axis=0)
    v_day = float((of_day * of_day).sum())
    several = int(((window.answers > 0).sum(axis=1) > 1).sum())
    if 0 < several < cells:
        common = (v_day - v_cell) * (cells / several) ** 2
        v_cell *= cells / several
        v_day = v_cell + common
    next_to = [i for i in range(days - 1) if window.days[i + 1] - window.days[i] <= 2]
    after = [i + 1 for i in next_to]
    cell_memory = days * float((r[:, next_to] * r[:, after]).sum()) + v_cell
    day_memory = days * float((of_day[next_to] * of_day[after]).sum()) + v_day
    return Spread(ratio, days, cells, v_cell, v_day, (v_day - v_cell) * days, cell_memory, day_memory)


@dataclass(frozen=True)
class Borrowed:
    """What windows and their past tell together of how much days differ."""

    df: int
    own_df: int
    cell: float
    """V_cell times the days, averaged."""
    shock: float
    memory: float
    """ρ of cells."""
    shared_memory: float
    """g of what cells have in common."""


def borrow(own: Sequence[Spread], past: Sequence[Spread]) -> Borrowed:
    """Averages over the windows, then over blocks before them, the latest first, until it is enough."""
    used = [each for each in own if each.days > 1]
    own_df = df = sum(each.days - 1 for each in used)
    for block in past:
        if df >= ENOUGH:
            break
        if block.days >= FEWEST:
            used.append(block)
            df += block.days - 1
    if not df:
        return Borrowed(0, 0, 0.0, 0.0, 0.0, 0.0)

    def mean(values: Sequence[float]) -> float:
        return sum((each.days - 1) * value for each, value in zip(used, values, strict=True)) / df

    cell = mean([each.cell * each.days for each in used])
    shock = mean([each.shock for each in used])
    cell_memory = mean([each.cell_memory for each in used])
    between = mean([each.day_memory - each.cell_memory for each in used])
    cells = max((each.cells for each in own), default=1)
    memory = cell_memory / cell if cell > 0 else 0.0
    is_seen = memory > 1.645 / sqrt(df * sqrt(max(cells, 1)))
    shared = min(max(between, 0.0), MOST_MEMORY * max(shock, 0.0))
    return Borrowed(df, own_df, cell, shock, min(memory, MOST_MEMORY) if is_seen else 0.0, shared)


def variance(own: Spread, borrowed: Borrowed) -> float:
    """V of a window's ratio."""
    if not own.days:
        return 0.0
    rest = 1.0 - 1.0 / own.days
    v_cell = own.cell if own.days > 1 else borrowed.cell
    common = (borrowed.shock + 4.0 * borrowed.shared_memory * rest) / own.days
    return max(v_cell * (1.0 + 4.0 * borrowed.memory * rest) + common, FLOOR * v_cell)


def guarded(own: Sequence[Spread], borrowed: Borrowed) -> tuple[list[float], int]:
    """The variances of windows, and degrees of freedom: by the windows alone where their past is unlike them."""
    found = [variance(each, borrowed) for each in own]
    if 0 < borrowed.own_df < borrowed.df and sum(found) > 0:
        ratio = sum(each.day for each in own) / sum(found)
        if p_of_f(ratio, borrowed.own_df, borrowed.df - borrowed.own_df) < GUARD:
            return [each.day for each in own], borrowed.own_df
    return found, borrowed.df
