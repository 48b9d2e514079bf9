"""What engines searched for to answer: counted by day, and added up to weeks."""

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from reading.searches import spelling

WRITTEN = text("""
    SELECT DISTINCT search.text
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN measured_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    JOIN collector_results AS answer ON answer.id = call.answer_id
    CROSS JOIN unnest(answer.search_queries) AS search (text)
    WHERE call.rules <> ''
""")

MAKE = text("""
    INSERT INTO searches (customer_id, brand_id, digest, text)
    SELECT DISTINCT ON (digest) call.customer_id, call.brand_id,
           sha256(convert_to(CAST(:spellings AS jsonb) ->> search.text, 'UTF8')) AS digest, search.text
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN measured_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    JOIN collector_results AS answer ON answer.id = call.answer_id
    CROSS JOIN unnest(answer.search_queries) WITH ORDINALITY AS search (text, place)
    WHERE call.rules <> '' AND CAST(:spellings AS jsonb) ->> search.text <> ''
    ORDER BY digest, answer.created_at, answer.id, search.place
    ON CONFLICT (customer_id, brand_id, digest) DO NOTHING
""")

CLEAR = text("""
    DELETE FROM search_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS due (query_id, collector, starts_on),
          cells AS cell
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND rollup.cell_id = cell.id AND rollup.grain = :grain AND rollup.starts_on = due.starts_on
""")

COUNT = text("""
    INSERT INTO search_rollups (customer_id, brand_id, grain, starts_on, cell_id, search_id, answers, times)
    SELECT :customer_id, :brand_id, :grain, day, cell_id, search_id, count(DISTINCT answer_id), count(*)
    FROM (
        SELECT call.day, call.cell_id, call.answer_id,
               (SELECT known.id FROM searches AS known
                WHERE known.customer_id = :customer_id AND known.brand_id = :brand_id
                  AND known.digest = sha256(convert_to(CAST(:spellings AS jsonb) ->> search.text, 'UTF8'))) AS search_id
        FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
             AS due (query_id, collector, day)
        JOIN counted_calls AS call
          ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
         AND call.day = due.day
        JOIN collector_results AS answer ON answer.id = call.answer_id
        CROSS JOIN unnest(answer.search_queries) AS search (text)
        WHERE call.rules <> '' AND CAST(:spellings AS jsonb) ->> search.text <> ''
    ) AS made
    -- What was read since the searches were looked through is due by itself.
    WHERE search_id IS NOT NULL
    GROUP BY day, cell_id, search_id
""")


async def count_searches(session: AsyncSession, facts: dict[str, object]) -> None:
    """Counts days anew, from the answers. What is blank is no search."""
    spellings = {search: spelling(search) for search in await session.scalars(WRITTEN, facts)}
    facts = {**facts, "spellings": json.dumps(spellings)}
    await session.execute(MAKE, facts)
    await session.execute(CLEAR, facts)
    await session.execute(COUNT, facts)


SUM = text("""
    INSERT INTO search_rollups (customer_id, brand_id, grain, starts_on, cell_id, search_id, answers, times)
    SELECT :customer_id, :brand_id, :grain, due.starts_on, finer.cell_id, finer.search_id, sum(finer.answers),
           sum(finer.times)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, starts_on)
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
     AND cell.collector = due.collector
    JOIN search_rollups AS finer
      ON finer.cell_id = cell.id AND finer.grain = :finer AND finer.starts_on >= due.starts_on
     AND finer.starts_on < CAST(due.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY due.starts_on, finer.cell_id, finer.search_id
""")


async def sum_searches(session: AsyncSession, facts: dict[str, object]) -> None:
    """Adds up weeks anew from days."""
    await session.execute(CLEAR, facts)
    await session.execute(SUM, facts)
