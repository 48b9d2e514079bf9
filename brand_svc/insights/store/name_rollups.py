"""Sums of what answers say of each tracked name: counted by day, and added up to months and years."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.insights.store.cells import Cell, facts_of
from brand_svc.insights.store.spans import Grain

CLEAR_NAMES = text("""
    DELETE FROM name_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS cell (query_id, collector, starts_on)
    WHERE rollup.brand_id = :brand_id AND rollup.grain = :grain AND rollup.starts_on = cell.starts_on
      AND rollup.query_id = cell.query_id AND rollup.collector = cell.collector
""")

COUNT_NAMES = text("""
    WITH answer AS (
        SELECT answer.id, answer.query_id, answer.collector, answer.topic, cell.starts_on
        FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
             AS cell (query_id, collector, starts_on)
        JOIN collector_results AS answer
          ON answer.brand_id = :brand_id AND answer.query_id = cell.query_id AND answer.collector = cell.collector
         AND answer.created_at >= CAST(cell.starts_on AS timestamp) AT TIME ZONE 'UTC'
         AND answer.created_at < CAST(cell.starts_on + 1 AS timestamp) AT TIME ZONE 'UTC'
         AND answer.positions_rules IS NOT NULL
    ), naming AS (
        SELECT place.collector_result_id, count(*) FILTER (WHERE place.mentions > 0) AS names
        FROM extracted_positions AS place
        JOIN answer ON answer.id = place.collector_result_id
        GROUP BY place.collector_result_id
    )
    INSERT INTO name_rollups (brand_id, grain, starts_on, query_id, collector, name, topic, answers, named, mentions,
                              placed, position_sum, firsts, toned, tone_sum, missed)
    SELECT :brand_id, :grain, answer.starts_on, answer.query_id, answer.collector, place.name, max(answer.topic),
           count(*),
           count(*) FILTER (WHERE place.mentions > 0),
           sum(place.mentions),
           count(place.position),
           coalesce(sum(place.position), 0),
           count(*) FILTER (WHERE place.position = 1),
           count(tone.score),
           coalesce(sum(tone.score), 0),
           count(*) FILTER (WHERE place.mentions = 0 AND naming.names > 0)
    FROM answer
    JOIN extracted_positions AS place ON place.collector_result_id = answer.id
    JOIN naming ON naming.collector_result_id = answer.id
    LEFT JOIN extracted_sentiments AS tone ON tone.collector_result_id = answer.id AND tone.name = place.name
    GROUP BY answer.starts_on, answer.query_id, answer.collector, place.name
""")


async def count_names(session: AsyncSession, brand_id: UUID, days: Collection[Cell]) -> None:
    """Counts days anew, from the answers."""
    facts = facts_of(brand_id, Grain.DAY, days)
    await session.execute(CLEAR_NAMES, facts)
    await session.execute(COUNT_NAMES, facts)


SUM_NAMES = text("""
    INSERT INTO name_rollups (brand_id, grain, starts_on, query_id, collector, name, topic, answers, named, mentions,
                              placed, position_sum, firsts, toned, tone_sum, missed)
    SELECT :brand_id, :grain, cell.starts_on, finer.query_id, finer.collector, finer.name, max(finer.topic),
           sum(finer.answers), sum(finer.named), sum(finer.mentions), sum(finer.placed), sum(finer.position_sum),
           sum(finer.firsts), sum(finer.toned), sum(finer.tone_sum), sum(finer.missed)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS cell (query_id, collector, starts_on)
    JOIN name_rollups AS finer
      ON finer.brand_id = :brand_id AND finer.grain = :finer AND finer.query_id = cell.query_id
     AND finer.collector = cell.collector AND finer.starts_on >= cell.starts_on
     AND finer.starts_on < CAST(cell.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY cell.starts_on, finer.query_id, finer.collector, finer.name
""")


async def sum_names(session: AsyncSession, brand_id: UUID, grain: Grain, cells: Collection[Cell]) -> None:
    """Adds up months anew from days, or years from months."""
    facts = facts_of(brand_id, grain, cells)
    await session.execute(CLEAR_NAMES, facts)
    await session.execute(SUM_NAMES, facts)
