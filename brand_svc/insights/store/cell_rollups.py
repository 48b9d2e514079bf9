"""What became of the calls of each cell: counted by day, and added up to months and years."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CLEAR = text("""
    DELETE FROM cell_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS due (query_id, collector, starts_on),
          cells AS cell
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND rollup.cell_id = cell.id AND rollup.grain = :grain AND rollup.starts_on = due.starts_on
""")

COUNT = text("""
    INSERT INTO cell_rollups (customer_id, brand_id, grain, starts_on, cell_id, asked, answers, no_overview, failed,
                              naming, all_citations, cost_micro_usd, unpriced)
    SELECT call.customer_id, call.brand_id, :grain, call.day, call.cell_id,
           count(*),
           count(*) FILTER (WHERE call.rules <> ''),
           count(*) FILTER (WHERE call.status = 'no_overview'),
           count(*) FILTER (WHERE call.status IN ('failed', 'unknown')),
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM extracted_positions WHERE collector_result_id = call.answer_id AND mentions > 0)),
           sum((SELECT count(*) FROM citations WHERE collector_result_id = call.answer_id)),
           coalesce(sum(call.cost_micro_usd), 0),
           count(*) FILTER (WHERE call.cost_micro_usd IS NULL)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN counted_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    GROUP BY call.customer_id, call.brand_id, call.day, call.cell_id
""")


async def count_cells(session: AsyncSession, facts: dict[str, object]) -> None:
    """Counts days anew, from the answers."""
    await session.execute(CLEAR, facts)
    await session.execute(COUNT, facts)


SUM = text("""
    INSERT INTO cell_rollups (customer_id, brand_id, grain, starts_on, cell_id, asked, answers, no_overview, failed,
                              naming, all_citations, cost_micro_usd, unpriced)
    SELECT :customer_id, :brand_id, :grain, due.starts_on, finer.cell_id, sum(finer.asked), sum(finer.answers),
           sum(finer.no_overview), sum(finer.failed), sum(finer.naming), sum(finer.all_citations),
           sum(finer.cost_micro_usd), sum(finer.unpriced)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, starts_on)
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
     AND cell.collector = due.collector
    JOIN cell_rollups AS finer
      ON finer.cell_id = cell.id AND finer.grain = :finer AND finer.starts_on >= due.starts_on
     AND finer.starts_on < CAST(due.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY due.starts_on, finer.cell_id
""")


async def sum_cells(session: AsyncSession, facts: dict[str, object]) -> None:
    """Adds up months anew from days, or years from months."""
    await session.execute(CLEAR, facts)
    await session.execute(SUM, facts)
