"""Sums of what answers cite, by domain: counted by day, and added up to months and years."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.insights.store.cells import Cell, facts_of
from brand_svc.insights.store.spans import Grain

CLEAR_CITATIONS = text("""
    DELETE FROM citation_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS cell (query_id, collector, starts_on)
    WHERE rollup.brand_id = :brand_id AND rollup.grain = :grain AND rollup.starts_on = cell.starts_on
      AND rollup.query_id = cell.query_id AND rollup.collector = cell.collector
""")

COUNT_CITATIONS = text("""
    INSERT INTO citation_rollups (brand_id, grain, starts_on, query_id, collector, domain, topic, owner, answers,
                                  citations)
    SELECT :brand_id, :grain, cell.starts_on, answer.query_id, answer.collector, page.domain, max(answer.topic),
           max(page.owner), count(DISTINCT answer.id), count(*)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS cell (query_id, collector, starts_on)
    JOIN collector_results AS answer
      ON answer.brand_id = :brand_id AND answer.query_id = cell.query_id AND answer.collector = cell.collector
     AND answer.created_at >= CAST(cell.starts_on AS timestamp) AT TIME ZONE 'UTC'
     AND answer.created_at < CAST(cell.starts_on + 1 AS timestamp) AT TIME ZONE 'UTC'
     AND answer.positions_rules IS NOT NULL
    JOIN citations AS page ON page.collector_result_id = answer.id
    GROUP BY cell.starts_on, answer.query_id, answer.collector, page.domain
""")


async def count_citations(session: AsyncSession, brand_id: UUID, days: Collection[Cell]) -> None:
    """Counts days anew, from the answers."""
    facts = facts_of(brand_id, Grain.DAY, days)
    await session.execute(CLEAR_CITATIONS, facts)
    await session.execute(COUNT_CITATIONS, facts)


SUM_CITATIONS = text("""
    INSERT INTO citation_rollups (brand_id, grain, starts_on, query_id, collector, domain, topic, owner, answers,
                                  citations)
    SELECT :brand_id, :grain, cell.starts_on, finer.query_id, finer.collector, finer.domain, max(finer.topic),
           max(finer.owner), sum(finer.answers), sum(finer.citations)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS cell (query_id, collector, starts_on)
    JOIN citation_rollups AS finer
      ON finer.brand_id = :brand_id AND finer.grain = :finer AND finer.query_id = cell.query_id
     AND finer.collector = cell.collector AND finer.starts_on >= cell.starts_on
     AND finer.starts_on < CAST(cell.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY cell.starts_on, finer.query_id, finer.collector, finer.domain
""")


async def sum_citations(session: AsyncSession, brand_id: UUID, grain: Grain, cells: Collection[Cell]) -> None:
    """Adds up months anew from days, or years from months."""
    facts = facts_of(brand_id, grain, cells)
    await session.execute(CLEAR_CITATIONS, facts)
    await session.execute(SUM_CITATIONS, facts)
