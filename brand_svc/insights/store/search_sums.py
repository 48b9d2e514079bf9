"""What engines searched for to answer in a window, and when they first and last did."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.window import Window


class SearchSum(NamedTuple):
    """A search, and how often it was made."""

    id: int
    text: str
    """As it was first written."""
    answers: int
    """For which it was made."""
    times: int
    first_seen: date
    """The first day of all that it was made for one of the brand's questions, within the window or not."""
    last_seen: date

    @property
    def place(self) -> tuple[int, int, int]:
        """By which searches are in order, those made for most answers first."""
        return self.answers, self.times, self.id


SEARCHES = text("""
    WITH made AS (
        SELECT rollup.search_id AS id, sum(rollup.answers) AS answers, sum(rollup.times) AS times
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
        JOIN search_rollups AS rollup
          ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
         AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
         AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
        JOIN cells AS cell ON cell.id = rollup.cell_id
        WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
          AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
        GROUP BY rollup.search_id
    ), shown AS (
        SELECT *
        FROM made
        WHERE CAST(:after_id AS bigint) IS NULL
           OR (answers, times, id) < (CAST(:after_answers AS bigint), CAST(:after_times AS bigint), :after_id)
        ORDER BY answers DESC, times DESC, id DESC
        LIMIT :limit
    )
    SELECT search.id, search.text, shown.answers, shown.times, seen.first_day, seen.last_day
    FROM shown
    JOIN searches AS search ON search.id = shown.id
    JOIN (
        SELECT search_id, min(starts_on) AS first_day, max(starts_on) AS last_day
        FROM search_rollups
        WHERE search_id = ANY (ARRAY(SELECT id FROM shown)) AND grain = 'day'
        GROUP BY search_id
    ) AS seen ON seen.search_id = shown.id
    ORDER BY shown.answers DESC, shown.times DESC, search.id DESC
""")


async def searches(learned: Learned, window: Window, after: tuple[int, ...] | None, limit: int) -> list[SearchSum]:
    """What engines searched for most, from after a place on."""
    answers, times, key = after or (None, None, None)
    place = {"after_answers": answers, "after_times": times, "after_id": key}
    facts = {**learned.whose, **window.facts_by_week(), **place, "limit": limit}
    return [*map(SearchSum._make, await learned.session.execute(SEARCHES, facts))]
