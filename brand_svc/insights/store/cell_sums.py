"""What became of the calls of a window: sums over rollups, by what they are split."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.window import Split, Window


class CellSum(NamedTuple):
    """What became of the calls of a group."""

    key: str
    """Empty where nothing is split."""
    asked: int
    answers: int
    """That were read."""
    no_overview: int
    failed: int
    cost_micro_usd: int
    unpriced: int
    """Calls whose price is not known; the cost is without them."""

    @classmethod
    def of_all(cls, key: str, groups: Iterable["CellSum"]) -> "CellSum":
        """The sums of groups together."""
        return cls(key, *map(sum, zip(NOTHING, *(group[1:] for group in groups), strict=True)))


NOTHING = (0, 0, 0, 0, 0, 0)


CELL_SUMS = text("""
    SELECT CASE
               WHEN :split IN ('day', 'week', 'month')
                   THEN CAST(CAST(date_trunc(:split, rollup.starts_on) AS date) AS text)
               WHEN :split = 'collector' THEN cell.collector
               WHEN :split = 'topic' THEN cell.topic
               WHEN :split = 'question' THEN CAST(cell.query_id AS text)
               WHEN :split = 'locale' THEN cell.locale
               WHEN :split = 'country' THEN cell.country
               WHEN :split = 'city' THEN cell.city
               WHEN :split = 'model' THEN cell.model
               WHEN :split = 'surface' THEN cell.surface
               ELSE ''
           END AS key,
           sum(rollup.asked) AS asked, sum(rollup.answers) AS answers, sum(rollup.no_overview) AS no_overview,
           sum(rollup.failed) AS failed, sum(rollup.cost_micro_usd) AS cost_micro_usd, sum(rollup.unpriced) AS unpriced
    FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
         AS span (grain, starts_from, starts_before)
    JOIN cell_rollups AS rollup
      ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
     AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
     AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.id = rollup.cell_id
    WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
      AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
      AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
    GROUP BY 1
    ORDER BY 1
""")


async def cell_sums(learned: Learned, window: Window, split: Split | None = None) -> dict[str, CellSum]:
    """Sums by group."""
    facts = {**learned.whose, "split": split or "", **window.facts(split)}
    found = [CellSum(key, *map(int, sums)) for key, *sums in await learned.session.execute(CELL_SUMS, facts)]
    return {of.key: of for of in found}


async def count_answers(learned: Learned, window: Window) -> int:
    """How many answers were read."""
    return sum(of.answers for of in (await cell_sums(learned, window)).values())
