"""What answers say of each tracked name that is in them: counted by day, and added up to months and years."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CLEAR = text("""
    DELETE FROM name_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS due (query_id, collector, starts_on),
          cells AS cell
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND rollup.cell_id = cell.id AND rollup.grain = :grain AND rollup.starts_on = due.starts_on
""")

COUNT = text("""
    INSERT INTO name_rollups (customer_id, brand_id, grain, starts_on, cell_id, name, named, mentions, placed,
                              position_sum, firsts, toned, tone_sum, cited, citations)
    SELECT call.customer_id, call.brand_id, :grain, call.day, call.cell_id, place.name,
           count(*) FILTER (WHERE place.mentions > 0),
           sum(place.mentions),
           count(place.position),
           coalesce(sum(place.position), 0),
           count(*) FILTER (WHERE place.position = 1),
           count(tone.score),
           coalesce(sum(tone.score), 0),
           count(*) FILTER (WHERE own.pages > 0),
           sum(own.pages)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN counted_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    JOIN extracted_positions AS place ON place.collector_result_id = call.answer_id
    LEFT JOIN extracted_sentiments AS tone ON tone.collector_result_id = call.answer_id AND tone.name = place.name
    CROSS JOIN LATERAL (
        SELECT count(*) AS pages FROM citations
        WHERE collector_result_id = call.answer_id AND owner = place.name) AS own
    WHERE call.rules <> '' AND (place.mentions > 0 OR own.pages > 0)
    GROUP BY call.customer_id, call.brand_id, call.day, call.cell_id, place.name
""")


async def count_names(session: AsyncSession, facts: dict[str, object]) -> None:
    """Counts days anew, from the answers."""
    await session.execute(CLEAR, facts)
    await session.execute(COUNT, facts)


SUM = text("""
    INSERT INTO name_rollups (customer_id, brand_id, grain, starts_on, cell_id, name, named, mentions, placed,
                              position_sum, firsts, toned, tone_sum, cited, citations)
    SELECT :customer_id, :brand_id, :grain, due.starts_on, finer.cell_id, finer.name, sum(finer.named),
           sum(finer.mentions), sum(finer.placed), sum(finer.position_sum), sum(finer.firsts), sum(finer.toned),
           sum(finer.tone_sum), sum(finer.cited), sum(finer.citations)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, starts_on)
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
     AND cell.collector = due.collector
    JOIN name_rollups AS finer
      ON finer.cell_id = cell.id AND finer.grain = :finer AND finer.starts_on >= due.starts_on
     AND finer.starts_on < CAST(due.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY due.starts_on, finer.cell_id, finer.name
""")


async def sum_names(session: AsyncSession, facts: dict[str, object]) -> None:
    """Adds up months anew from days, or years from months."""
    await session.execute(CLEAR, facts)
    await session.execute(SUM, facts)
