"""Student's t and Fisher's F, by the regularised incomplete beta function (continued fraction, modified Lentz)."""

from functools import lru_cache
from math import exp, inf, lgamma, log
from statistics import NormalDist

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.975)
TINY = 1e-300
STEPS = 300


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > TINY else TINY)
    total = d
    for m in range(1, STEPS):
        for part in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + part * d
            c = 1.0 + part / c
            d, c = 1.0 / (d if abs(d) > TINY else TINY), c if abs(c) > TINY else TINY
            total *= d * c
        if abs(d * c - 1.0) < 1e-14:
            break
    return total


def beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, for x in [0, 1]."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1.0 - x) / b


def p_of_t(t: float, df: float) -> float:
    """How likely a t so far from 0, to either side, is by chance."""
    return beta(df / 2.0, 0.5, df / (df + t * t))


def p_of_f(ratio: float, df1: float, df2: float) -> float:
    """How likely an F so large is by chance."""
    return beta(df2 / 2.0, df1 / 2.0, df2 / (df2 + df1 * ratio)) if ratio > 0 else 1.0


@lru_cache(4096)
def t_quantile(df: float, p: float = 0.975) -> float:
    """The quantile of t; of many degrees of freedom the normal one."""
    if df == inf or df > 1e7:
        return NORMAL.inv_cdf(p)
    low, high, tail = 0.0, 1e4, 2.0 * (1.0 - p)
    for _ in range(100):
        middle = (low + high) / 2.0
        low, high = (middle, high) if p_of_t(middle, df) > tail else (low, middle)
    return (low + high) / 2.0
