"""What a number is worth: intervals, and whether a change is more than chance.

An answer engine asked twice names different brands. So each share has Wilson's interval, and whatever is a ratio of
sums over answers has one by resampling questions: answers to one question are alike, and count together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import erfc, sqrt

import numpy
from numpy.typing import NDArray

Z95 = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution."""
RESAMPLES = 1_000
SEED = 20_261_124
"""Fixed, so that the same answers give the same numbers."""
FALSE_DISCOVERY_RATE = 0.05
T975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
    2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""The 97.5th percentiles of Student's t distribution with 1 to 30 degrees of freedom."""

Vector = NDArray[numpy.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95% interval. Without anything to count it has none; without an interval, no bounds."""

    value: float | None
    low: float | None
    high: float | None
    count: int
    """Answers that it rests on."""
    error: float | None = None
    """Standard error."""


def wilson(part: int, whole: int) -> tuple[float, float, float]:
    """A share and its 95% interval by Wilson's score method (Wilson, JASA 22, 1927). Of nothing: 0 in [0, 1]."""
    if whole == 0:
        return 0.0, 0.0, 1.0
    share, z2 = part / whole, Z95 * Z95
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z95 * sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    return share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def share(part: int, whole: int) -> Estimate:
    """A share of answers. Takes the questions as given: what varies is the answer."""
    if whole == 0:
        return Estimate(None, None, None, 0)
    value, low, high = wilson(part, whole)
    return Estimate(value, low, high, whole, sqrt(max(value * (1 - value), 1 / (4 * whole)) / whole))


def ratio(parts: Sequence[float], wholes: Sequence[float], count: int | None = None) -> Estimate:
    """A ratio of sums over questions, such as a mean over answers, with an interval that resamples the questions.

    The bootstrap by clusters (Davison and Hinkley, Bootstrap Methods, 1997, 3.8), its percentiles widened for few
    questions as by Hesterberg (The American Statistician 69, 2015, 'expanded percentiles'). With one question there is
    nothing to resample, and no interval.
    """
    over, under = numpy.asarray(parts, dtype=float), numpy.asarray(wholes, dtype=float)
    over, under = over[under > 0], under[under > 0]
    number = int(under.sum()) if count is None else count
    if not len(under):
        return Estimate(None, None, None, 0)
    value = float(over.sum() / under.sum())
    if len(under) == 1:
        return Estimate(value, None, None, number)
    weights = _weights(len(under))
    resampled = numpy.sort((weights @ over) / (weights @ under))
    tail = _tail(len(under))
    low, high = _quantile(resampled, tail), _quantile(resampled, 1 - tail)
    error = float(resampled.std(ddof=1)) * sqrt(len(under) / (len(under) - 1))
    return Estimate(value, min(value, float(low)), max(value, float(high)), number, error)


def p_of_shares(now: tuple[int, int], before: tuple[int, int]) -> float | None:
    """How likely two shares (part, whole) differ so much by chance: the pooled z-test, two-sided."""
    whole = now[1] + before[1]
    pooled = (now[0] + before[0]) / whole if now[1] and before[1] else 0.0
    if not 0 < pooled < 1:
        return None if not (now[1] and before[1]) else 1.0
    error = sqrt(pooled * (1 - pooled) * (1 / now[1] + 1 / before[1]))
    return _two_sided((now[0] / now[1] - before[0] / before[1]) / error)


def p_of_ratios(now: Estimate, before: Estimate) -> float | None:
    """How likely two ratios differ so much by chance, by their standard errors; None where one has none."""
    if now.value is None or before.value is None or now.error is None or before.error is None:
        return None
    error = sqrt(now.error**2 + before.error**2)
    if error == 0:
        return 1.0 if now.value == before.value else None
    return _two_sided((now.value - before.value) / error)


def discoveries(p_values: Sequence[float | None], rate: float = FALSE_DISCOVERY_RATE) -> list[bool]:
    """Which differences are more than chance, so that of those at most a share of `rate` is not.

    Benjamini and Hochberg (Journal of the Royal Statistical Society B 57, 1995).
    """
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    passed = [rank for rank, (p, _) in enumerate(known, start=1) if p <= rate * rank / len(known)]
    found = {i for _, i in known[: max(passed, default=0)]}
    return [i in found for i in range(len(p_values))]


@lru_cache(64)
def _weights(questions: int) -> Vector:
    """How often each question is drawn, in each resample."""
    chance = numpy.random.default_rng(SEED)
    return chance.multinomial(questions, [1 / questions] * questions, size=RESAMPLES).astype(float)


def _quantile(ordered: Vector, share: float) -> float:
    """What so large a share lies below, between two values as far as between their ranks; numpy's takes much longer."""
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (rank - below) * (ordered[above] - ordered[below]))


def _tail(questions: int) -> float:
    t = T975[questions - 2] if questions - 2 < len(T975) else Z95
    return _two_sided(sqrt(questions / (questions - 1)) * t) / 2


def _two_sided(z: float) -> float:
    return erfc(abs(z) / sqrt(2))
