"""In what tone a sentence speaks of a target.

VADER (Hutto and Gilbert, ICWSM 2014) on the clause that holds the target: sentences often praise
one and blame another, and the clause tells which.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

VERSION = 1
"""Goes up whenever the same answer would be scored otherwise."""
THRESHOLD = 0.05
"""VADER's own: scores from here on are positive, from minus here on negative."""
CLAUSE_BREAK = re.compile(
    r"[;:()]|\s[-–—]\s|,?\s\b(?:but|while|whereas|although|though|however|yet|unlike|despite)\b|,\s(?=and\b|so\b|which\b)",
    re.IGNORECASE,
)
MAX_CLAUSE = 1_000
"""Characters of a clause that are read: VADER's time grows faster than the text."""


@dataclass(frozen=True)
class Tone:
    """A label, and a score in [-1, 1]."""

    label: str
    score: float


def tone_of(sentence: str, start: int, end: int) -> float:
    """The tone towards the target at [start, end) of a sentence, in [-1, 1]."""
    return tone(clause_around(sentence, start, end))


def tone(text: str) -> float:
    """The tone of a text as a whole, in [-1, 1]."""
    return float(_analyzer().polarity_scores(text[:MAX_CLAUSE])["compound"])


def label_of(score: float) -> str:
    """positive, neutral or negative."""
    if score >= THRESHOLD:
        return "positive"
    return "negative" if score <= -THRESHOLD else "neutral"


def average(scores: list[float]) -> Tone:
    """The tone of several sentences about one target."""
    mean = sum(scores) / len(scores)
    return Tone(label_of(mean), round(mean, 4))


def clause_around(sentence: str, start: int, end: int) -> str:
    """The part of a sentence between the breaks next to a target."""
    left, right = 0, len(sentence)
    for match in CLAUSE_BREAK.finditer(sentence):
        if match.end() <= start:
            left = match.end()
        elif match.start() >= end and (sentence[left:start] + sentence[end : match.start()]).strip(" *\"'"):
            # A name that stands alone, as in "HubSpot: best onboarding", is spoken of in what follows.
            right = match.start()
            break
    return sentence[left:right].strip()


@lru_cache
def _analyzer() -> Any:
    return SentimentIntensityAnalyzer()
