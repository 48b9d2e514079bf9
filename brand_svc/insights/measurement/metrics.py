"""What is measured of a name: each metric is a ratio of two sums over answers."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a metric's interval is like."""

    SHARE = "share"
    MEAN = "mean"


@dataclass(frozen=True)
class Metric:
    """A ratio of sums."""

    name: str
    num: str
    den: str
    kind: Kind
    bounds: tuple[float, float] = (0.0, 1.0)
    fewest: int = 0
    """Hits in the denominator under which there is too little to tell; 0 where it counts answers."""


METRICS = (
    Metric("visibility", "named", "answers", Kind.SHARE),
    Metric("first_places", "firsts", "answers", Kind.SHARE),
    Metric("share_of_voice", "mentions", "all_mentions", Kind.SHARE, fewest=60),
    Metric("citation_share", "citations", "all_citations", Kind.SHARE, fewest=60),
    Metric("citation_rate", "cited", "answers", Kind.SHARE),
    Metric("mean_position", "position_sum", "placed", Kind.MEAN, (1.0, float("inf")), 30),
    Metric("mean_sentiment", "tone_sum", "toned", Kind.MEAN, (-1.0, 1.0), 30),
)
HEADLINE = "visibility"
