"""The sums that insights are drawn from: rollups of a window, by question, name and whatever else they are split by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.insights.spans import Span, spans

WINDOW = """
    span AS (
        SELECT grain, starts_from, starts_before
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
    )
"""
INSIDE = """
    rollup.brand_id = :brand_id AND rollup.grain = span.grain
    AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
    AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
    AND (CAST(:collector AS text) IS NULL OR rollup.collector = :collector)
    AND (CAST(:topic AS text) IS NULL OR rollup.topic = :topic)
    AND (CAST(:query_id AS uuid) IS NULL OR rollup.query_id = :query_id)
"""
KEYS = {
    None: "''",
    "day": "CAST(rollup.starts_on AS text)",
    "week": "CAST(CAST(date_trunc('week', rollup.starts_on) AS date) AS text)",
    "month": "CAST(CAST(date_trunc('month', rollup.starts_on) AS date) AS text)",
    "collector": "rollup.collector",
    "topic": "rollup.topic",
    "question": "CAST(rollup.query_id AS text)",
    "locale": "coalesce((SELECT locale FROM generated_queries WHERE id = rollup.query_id), '')",
    "country": "coalesce((SELECT country FROM generated_queries WHERE id = rollup.query_id), '')",
}
"""What rollups can be split by."""

NAMES = """
    WITH {window}
    SELECT {key} AS key, rollup.query_id, rollup.name, sum(rollup.answers) AS answers, sum(rollup.named) AS named,
           sum(rollup.mentions) AS mentions, sum(rollup.placed) AS placed, sum(rollup.position_sum) AS position_sum,
           sum(rollup.firsts) AS firsts, sum(rollup.toned) AS toned, sum(rollup.tone_sum) AS tone_sum,
           sum(rollup.missed) AS missed
    FROM span
    JOIN name_rollups AS rollup ON {inside}
    GROUP BY 1, 2, 3
    -- The same order for the same answers: an interval must not depend on how rows happen to lie.
    ORDER BY 1, 2, 3
"""

CITATIONS = """
    WITH {window}
    SELECT {key} AS key, rollup.query_id, rollup.owner AS name, sum(rollup.citations) AS citations
    FROM span
    JOIN citation_rollups AS rollup ON {inside}
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
"""

SOURCES = """
    WITH {window}
    SELECT rollup.domain, max(rollup.owner) AS owner, sum(rollup.answers) AS answers,
           sum(rollup.citations) AS citations
    FROM span
    JOIN citation_rollups AS rollup ON {inside}
    WHERE CAST(:query_ids AS uuid[]) IS NULL OR rollup.query_id = ANY(:query_ids)
    GROUP BY rollup.domain
    ORDER BY answers DESC, citations DESC, rollup.domain
    LIMIT :limit
"""

FINEST = {"day": ("day",), "week": ("day",), "month": ("month", "day")}
"""Which rollups a series may be drawn from."""


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


def days_of(start: datetime | None, end: datetime | None) -> tuple[date | None, date | None]:
    """The whole days of UTC that a window of moments touches."""
    first = None if start is None else start.astimezone(UTC).date()
    if end is None:
        return first, None
    last = end.astimezone(UTC)
    return first, last.date() if last.time() == time.min else last.date() + timedelta(days=1)


async def names(session: AsyncSession, brand_id: UUID, window: Window, by: str | None = None) -> Sequence[Any]:
    """Sums by question and name."""
    return (await session.execute(_sql(NAMES, by), _facts(brand_id, window, by))).all()


async def citations(session: AsyncSession, brand_id: UUID, window: Window, by: str | None = None) -> Sequence[Any]:
    """Citations by question and owner."""
    return (await session.execute(_sql(CITATIONS, by), _facts(brand_id, window, by))).all()


async def sources(
    session: AsyncSession, brand_id: UUID, window: Window, limit: int, query_ids: Sequence[UUID] | None = None
) -> Sequence[Any]:
    """The domains that most answers cite."""
    facts = _facts(brand_id, window, None) | {"limit": limit, "query_ids": None if query_ids is None else [*query_ids]}
    return (await session.execute(_sql(SOURCES, None), facts)).all()


def _sql(query: str, by: str | None) -> Any:
    return text(query.format(window=WINDOW, inside=INSIDE, key=KEYS[by]))


def _facts(brand_id: UUID, window: Window, by: str | None) -> dict[str, Any]:
    found: Sequence[Span] = spans(window.start, window.end, FINEST.get(by or "", ("year", "month", "day")))
    return {
        "brand_id": brand_id,
        "grains": [span.grain for span in found],
        "starts": [span.start for span in found],
        "ends": [span.end for span in found],
        "collector": window.collector,
        "topic": window.topic,
        "query_id": window.query_id,
    }
