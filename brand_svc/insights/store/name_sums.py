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
    SELECT CASE
               WHEN :split IN ('day', 'week', 'month')
                   THEN CAST(CAST(date_trunc(:split, rollup.starts_on) AS date) AS text)
               WHEN :split = 'collector' THEN rollup.collector
               WHEN :split = 'topic' THEN rollup.topic
               WHEN :split = 'question' THEN CAST(rollup.query_id AS text)
               WHEN :split = 'locale'
                   THEN coalesce((SELECT locale FROM generated_queries WHERE id = rollup.query_id), '')
               WHEN :split = 'country'
                   THEN coalesce((SELECT country FROM generated_queries WHERE id = rollup.query_id), '')
               ELSE ''
           END AS key,
           rollup.query_id, rollup.name, sum(rollup.answers) AS answers, sum(rollup.named) AS named,
           sum(rollup.mentions) AS mentions, sum(rollup.placed) AS placed, sum(rollup.position_sum) AS position_sum,
           sum(rollup.firsts) AS firsts, sum(rollup.toned) AS toned, sum(rollup.tone_sum) AS tone_sum,
           sum(rollup.missed) AS missed
    FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
         AS span (grain, starts_from, starts_before)
    JOIN name_rollups AS rollup
      ON rollup.brand_id = :brand_id AND rollup.grain = span.grain
     AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
     AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
    WHERE (CAST(:collector AS text) IS NULL OR rollup.collector = :collector)
      AND (CAST(:topic AS text) IS NULL OR rollup.topic = :topic)
      AND (CAST(:query_id AS uuid) IS NULL OR rollup.query_id = :query_id)
    GROUP BY 1, 2, 3
    -- The same order for the same answers: an interval must not depend on how rows happen to lie.
    ORDER BY 1, 2, 3
""")


async def name_sums(learned: Learned, window: Window, split: Split | None = None) -> list[NameSum]:
    """Sums by group, question and name, in that order."""
    facts = {"brand_id": learned.brand_id, "split": split or "", **window.facts(split)}
    return [*map(NameSum._make, await learned.session.execute(NAME_SUMS, facts))]


ANSWERS = text("""
    SELECT CAST(coalesce(sum(question.answers), 0) AS bigint)
    FROM (
        -- Each answer to a question counts once for each name that was tracked when it was read.
        SELECT DISTINCT ON (rollup.query_id) sum(rollup.answers) AS answers
        FROM unnest(CAST(:grains AS text[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
             AS span (grain, starts_from, starts_before)
        JOIN name_rollups AS rollup
          ON rollup.brand_id = :brand_id AND rollup.grain = span.grain
         AND rollup.starts_on >= coalesce(span.starts_from, '-infinity')
         AND rollup.starts_on < coalesce(span.starts_before, 'infinity')
        WHERE (CAST(:collector AS text) IS NULL OR rollup.collector = :collector)
          AND (CAST(:topic AS text) IS NULL OR rollup.topic = :topic)
          AND (CAST(:query_id AS uuid) IS NULL OR rollup.query_id = :query_id)
        GROUP BY rollup.query_id, rollup.name
        ORDER BY rollup.query_id, answers DESC
    ) AS question
""")


async def count_answers(learned: Learned, window: Window) -> int:
    """How many answers there are: of each question as many as the name has that is in most of them."""
    count: int = await learned.session.scalar(ANSWERS, {"brand_id": learned.brand_id, **window.facts()})
    return count
