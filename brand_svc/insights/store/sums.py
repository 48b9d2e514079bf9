"""The sums that insights are drawn from: rollups of a window, by question, name and whatever else they are split by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.schema import Competitor, GeneratedQuery, Topic
from brand_svc.insights.store.spans import Span, spans

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

SUGGESTED = text("""
    WITH latest AS (
        SELECT id FROM collector_results
        WHERE brand_id = :brand_id AND positions_rules IS NOT NULL
        ORDER BY id DESC
        LIMIT 5000
    )
    SELECT min(other.name) AS name, count(DISTINCT other.collector_result_id) AS answers,
           CAST(avg(other.position) AS double precision) AS mean_position, (SELECT count(*) FROM latest) AS looked_at
    FROM latest
    JOIN untracked_names AS other ON other.collector_result_id = latest.id
    GROUP BY lower(other.name)
    HAVING count(DISTINCT other.collector_result_id) >= :least
    ORDER BY answers DESC, mean_position, 1
    LIMIT :most
""")

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


class NameSum(NamedTuple):
    """What the answers to a question say of a name."""

    key: str
    query_id: UUID
    name: str
    answers: int
    named: int
    mentions: int
    placed: int
    position_sum: int
    firsts: int
    toned: int
    tone_sum: float
    missed: int
    """Answers that name others only."""


class CitationSum(NamedTuple):
    """How many pages of an owner, or of nobody known, the answers to a question cite."""

    key: str
    query_id: UUID
    name: str | None
    citations: int


class Source(NamedTuple):
    """A domain, and how often it is cited."""

    domain: str
    owner: str | None
    answers: int
    citations: int


class Suggestion(NamedTuple):
    """A name that nobody tracks, and how many of the latest answers have it lead an item of a list."""

    name: str
    answers: int
    mean_position: float
    looked_at: int


class Learned:
    """All that numbers of one brand are made of, in one transaction."""

    def __init__(self, session: AsyncSession, brand_id: UUID, brand_name: str) -> None:
        self._session = session
        self._brand_id = brand_id
        self.brand_name = brand_name

    async def tracked(self) -> dict[str, bool]:
        """The names of today, the brand first, and whether each is the brand."""
        rivals = select(Competitor.name).where(Competitor.brand_id == self._brand_id).order_by(Competitor.name)
        return {self.brand_name: True} | dict.fromkeys(await self._session.scalars(rivals), False)

    async def questions(self) -> dict[str, str]:
        """The brand's questions by their keys."""
        query = select(GeneratedQuery.id, GeneratedQuery.text).where(GeneratedQuery.brand_id == self._brand_id)
        return {str(row.id): row.text for row in await self._session.execute(query)}

    async def topics(self) -> dict[str, str]:
        """The topics of the brand's questions, by the questions' keys."""
        query = select(GeneratedQuery.id, Topic.name).join(Topic, Topic.id == GeneratedQuery.topic_id)
        mine = query.where(GeneratedQuery.brand_id == self._brand_id)
        return {str(row.id): row.name for row in await self._session.execute(mine)}

    async def names(self, window: Window, by: str | None = None) -> list[NameSum]:
        """Sums by question and name."""
        return [*map(NameSum._make, await self._session.execute(_sql(NAMES, by), self._facts(window, by)))]

    async def citations(self, window: Window, by: str | None = None) -> list[CitationSum]:
        """Citations by question and owner."""
        return [*map(CitationSum._make, await self._session.execute(_sql(CITATIONS, by), self._facts(window, by)))]

    async def sources(self, window: Window, limit: int, query_ids: Sequence[UUID] | None = None) -> list[Source]:
        """The domains that most answers cite."""
        more = {"limit": limit, "query_ids": None if query_ids is None else [*query_ids]}
        rows = await self._session.execute(_sql(SOURCES, None), self._facts(window, None) | more)
        return [*map(Source._make, rows)]

    async def suggestions(self, least: int, most: int) -> list[Suggestion]:
        """Untracked names that lead lists in at least so many of the latest answers."""
        facts = {"brand_id": self._brand_id, "least": least, "most": most}
        return [*map(Suggestion._make, await self._session.execute(SUGGESTED, facts))]

    def _facts(self, window: Window, by: str | None) -> dict[str, Any]:
        found: Sequence[Span] = spans(window.start, window.end, FINEST.get(by or "", ("year", "month", "day")))
        return {
            "brand_id": self._brand_id,
            "grains": [span.grain for span in found],
            "starts": [span.start for span in found],
            "ends": [span.end for span in found],
            "collector": window.collector,
            "topic": window.topic,
            "query_id": window.query_id,
        }


def _sql(query: str, by: str | None) -> Any:
    return text(query.format(window=WINDOW, inside=INSIDE, key=KEYS[by]))
