"""Cells: made for calls that have none yet, and taken away when nothing is counted in them any more."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MAKE = text("""
    INSERT INTO cells (customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, locale,
                       country, city, model, rules)
    SELECT DISTINCT call.customer_id, call.brand_id, call.query_id, call.question_hash, call.topic, call.is_branded,
           call.collector, call.surface, call.locale, call.country, call.city, call.model, call.rules
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN measured_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    WHERE call.cell_id IS NULL
""")

CLEAR = text("""
    DELETE FROM cells AS cell
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[])) AS due (query_id, collector)
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND NOT EXISTS (SELECT FROM cell_rollups AS rollup WHERE rollup.cell_id = cell.id)
""")


async def make_cells(session: AsyncSession, facts: dict[str, object]) -> None:
    """Makes those of calls that are due."""
    await session.execute(MAKE, facts)


async def clear_cells(session: AsyncSession, facts: dict[str, object]) -> None:
    """Takes away those of which nothing is left, such as of rules by which no answer is read any more."""
    await session.execute(CLEAR, facts)
