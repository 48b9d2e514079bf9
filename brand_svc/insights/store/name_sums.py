"""What the answers of a window say of each name: sums over rollups, by question and by what else they are split."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.window import Split, Window


class NameSum(NamedTuple):
    """What the answers to a question say of a name."""

    key: str
    """Of the group they belong to; empty where nothing is split."""
    query_id: UUID
    name: str
    answers: int
    """That were read for the name."""
    named: int
    mentions: int
    placed: int
    position_sum: int
    firsts: int
    toned: int
    tone_sum: float
    missed: int
    """Answers that name others only."""


NAME_SUMS = text("""
    WITH counted AS (
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
               cell.query_id, cell.rules, sum(rollup.answers) AS answers, sum(rollup.naming) AS naming
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
          AND rollup.answers > 0
        GROUP BY 1, 2, 3
    ), looked_for AS (
        -- Who is in no answer has no sums, but was looked for in those that were read by rules with its name.
        SELECT counted.key, counted.query_id, known.name, CAST(sum(counted.answers) AS bigint) AS answers,
               CAST(sum(counted.naming) AS bigint) AS naming
        FROM counted
        JOIN reading_rules AS rules
          ON rules.customer_id = :customer_id AND rules.brand_id = :brand_id AND rules.rules = counted.rules
        CROSS JOIN unnest(rules.names) AS known (name)
        GROUP BY 1, 2, 3
    ), said AS (
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
               cell.query_id, rollup.name, sum(rollup.named) AS named, sum(rollup.mentions) AS mentions,
               sum(rollup.placed) AS placed, sum(rollup.position_sum) AS position_sum, sum(rollup.firsts) AS firsts,
               sum(rollup.toned) AS toned, sum(rollup.tone_sum) AS tone_sum
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
        JOIN name_rollups AS rollup
          ON rollup.customer_id = :customer_id AND rollup.brand_id = :brand_id AND rollup.grain = span.grain
         AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
         AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
        JOIN cells AS cell
          ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.id = rollup.cell_id
        WHERE (CAST(:collector AS text) IS NULL OR cell.collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR cell.topic = :topic)
          AND (CAST(:query_id AS uuid) IS NULL OR cell.query_id = :query_id)
        GROUP BY 1, 2, 3
    )
    SELECT key, query_id, name, answers, coalesce(named, 0), coalesce(mentions, 0), coalesce(placed, 0),
           coalesce(position_sum, 0), coalesce(firsts, 0), coalesce(toned, 0), coalesce(tone_sum, 0),
           naming - coalesce(named, 0) AS missed
    FROM looked_for
    LEFT JOIN said USING (key, query_id, name)
    -- The same order for the same answers: an interval must not depend on how rows happen to lie.
    ORDER BY 1, 2, 3
""")


async def name_sums(learned: Learned, window: Window, split: Split | None = None) -> list[NameSum]:
    """Sums by group, question and name, in that order."""
    facts = {**learned.whose, "split": split or "", **window.facts(split)}
    return [*map(NameSum._make, await learned.session.execute(NAME_SUMS, facts))]
