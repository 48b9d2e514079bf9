"""Which answers numbers are drawn from, and by what they are split; and the rollups that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from brand_svc.insights.store.spans import BY_MONTH, BY_WEEK, Grain, spans


class Split(StrEnum):
    """By what numbers can be split: over time, or into groups."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    COLLECTOR = "collector"
    TOPIC = "topic"
    QUESTION = "question"
    LOCALE = "locale"
    COUNTRY = "country"
    CITY = "city"
    MODEL = "model"
    SURFACE = "surface"


FINE_ENOUGH = {Split.DAY: (Grain.DAY,), Split.WEEK: (Grain.DAY,), Split.MONTH: (Grain.MONTH, Grain.DAY)}
"""Which rollups a series may be drawn from; anything else is drawn from all."""


@dataclass(frozen=True)
class Window:
    """Which answers to look at, by days of UTC. Everything may be left out."""

    start: date | None = None
    end: date | None = None
    """The first day that is not looked at."""
    collector: str | None = None
    topic: str | None = None
    query_id: UUID | None = None

    def before(self) -> "Window | None":
        """As many days before; None for a window without a beginning."""
        if self.start is None:
            return None
        end = self.end or datetime.now(UTC).date() + timedelta(days=1)
        return Window(self.start - (end - self.start), self.start, self.collector, self.topic, self.query_id)

    def facts(self, split: Split | None = None) -> dict[str, object]:
        """What statements over rollups are told of the window: the spans that cover it, and the filters."""
        return self._facts(FINE_ENOUGH.get(split, BY_MONTH) if split else BY_MONTH)

    def facts_by_week(self) -> dict[str, object]:
        """The same of statements over what is summed by week: whole weeks, and days where it cuts one."""
        return self._facts(BY_WEEK)

    def _facts(self, grains: Sequence[Grain]) -> dict[str, object]:
        covering = spans(self.start, self.end, grains)
        return {
            "grains": [span.grain for span in covering],
            "starts": [span.start for span in covering],
            "ends": [span.end for span in covering],
            "collector": self.collector,
            "topic": self.topic,
            "query_id": self.query_id,
        }


def days_of(start: datetime | None, end: datetime | None) -> tuple[date | None, date | None]:
    """The whole days of UTC that a window of moments touches."""
    first = None if start is None else start.astimezone(UTC).date()
    if end is None:
        return first, None
    last = end.astimezone(UTC)
    return first, last.date() if last.time() == time.min else last.date() + timedelta(days=1)
