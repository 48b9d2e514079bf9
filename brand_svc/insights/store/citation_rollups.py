"""What answers cite, by domain: counted by day, and added up to months and years."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CLEAR = text("""
    DELETE FROM citation_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS due (query_id, collector, starts_on),
          cells AS cell
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND rollup.cell_id = cell.id AND rollup.grain = :grain AND rollup.starts_on = due.starts_on
""")

COUNT = text("""
    INSERT INTO citation_rollups (customer_id, brand_id, grain, starts_on, cell_id, domain, owner, answers, citations)
    SELECT call.customer_id, call.brand_id, :grain, call.day, call.cell_id, page.domain, max(page.owner),
           count(DISTINCT call.answer_id), count(*)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN counted_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    JOIN citations AS page ON page.collector_result_id = call.answer_id
    WHERE call.rules <> ''
    GROUP BY call.customer_id, call.brand_id, call.day, call.cell_id, page.domain
""")


async def count_citations(session: AsyncSession, facts: dict[str, object]) -> None:
    """Counts days anew, from the answers."""
    await session.execute(CLEAR, facts)
    await session.execute(COUNT, facts)


SUM = text("""
    INSERT INTO citation_rollups (customer_id, brand_id, grain, starts_on, cell_id, domain, owner, answers, citations)
    SELECT :customer_id, :brand_id, :grain, due.starts_on, finer.cell_id, finer.domain, max(finer.owner),
           sum(finer.answers), sum(finer.citations)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, starts_on)
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
     AND cell.collector = due.collector
    JOIN citation_rollups AS finer
      ON finer.cell_id = cell.id AND finer.grain = :finer AND finer.starts_on >= due.starts_on
     AND finer.starts_on < CAST(due.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY due.starts_on, finer.cell_id, finer.domain
""")


async def sum_citations(session: AsyncSession, facts: dict[str, object]) -> None:
    """Adds up months anew from days, or years from months."""
    await session.execute(CLEAR, facts)
    await session.execute(SUM, facts)
