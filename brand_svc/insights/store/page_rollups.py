"""What answers cite, by page: counted by day, and added up to weeks."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MAKE = text("""
    INSERT INTO pages (customer_id, brand_id, digest, url, title, host, domain)
    -- By digest, which is quick to compare where addresses are long and alike.
    SELECT DISTINCT ON (digest) call.customer_id, call.brand_id, sha256(convert_to(cited.url, 'UTF8')) AS digest,
           cited.url, cited.title,
           -- Of an address as reading spells it, scheme://host:port/path. Never longer than an index can hold.
           regexp_replace(
               left(coalesce(substring(cited.url FROM '^[a-z]+://(\\[[^]]*\\]|[^/?#:]*)'), ''), 253), '^www\\.', ''),
           cited.domain
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, day)
    JOIN measured_calls AS call
      ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
     AND call.day = due.day
    JOIN citations AS cited ON cited.collector_result_id = call.answer_id
    WHERE call.rules <> ''
    ORDER BY digest, length(cited.title) DESC NULLS LAST, cited.title
    ON CONFLICT (customer_id, brand_id, digest) DO UPDATE SET title = excluded.title
    WHERE length(excluded.title) > coalesce(length(pages.title), 0)
""")

CLEAR = text("""
    DELETE FROM page_rollups AS rollup
    USING unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
          AS due (query_id, collector, starts_on),
          cells AS cell
    WHERE cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
      AND cell.collector = due.collector
      AND rollup.cell_id = cell.id AND rollup.grain = :grain AND rollup.starts_on = due.starts_on
""")

COUNT = text("""
    INSERT INTO page_rollups (customer_id, brand_id, grain, starts_on, cell_id, page_id, owner, answers, citations)
    SELECT :customer_id, :brand_id, :grain, day, cell_id, page_id, max(owner), count(DISTINCT answer_id), count(*)
    FROM (
        SELECT call.day, call.cell_id, call.answer_id, cited.owner,
               -- One by one: a join may be planned as each citation beside each page.
               (SELECT page.id FROM pages AS page
                WHERE page.customer_id = :customer_id AND page.brand_id = :brand_id
                  AND page.digest = sha256(convert_to(cited.url, 'UTF8'))) AS page_id
        FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
             AS due (query_id, collector, day)
        JOIN counted_calls AS call
          ON call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
         AND call.day = due.day
        JOIN citations AS cited ON cited.collector_result_id = call.answer_id
        WHERE call.rules <> ''
    ) AS cited
    -- What was read since the pages were looked through is due by itself.
    WHERE page_id IS NOT NULL
    GROUP BY day, cell_id, page_id
""")


async def count_pages(session: AsyncSession, facts: dict[str, object]) -> None:
    """Counts days anew, from the answers."""
    await session.execute(MAKE, facts)
    await session.execute(CLEAR, facts)
    await session.execute(COUNT, facts)


SUM = text("""
    INSERT INTO page_rollups (customer_id, brand_id, grain, starts_on, cell_id, page_id, owner, answers, citations)
    SELECT :customer_id, :brand_id, :grain, due.starts_on, finer.cell_id, finer.page_id, max(finer.owner),
           sum(finer.answers), sum(finer.citations)
    FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
         AS due (query_id, collector, starts_on)
    JOIN cells AS cell
      ON cell.customer_id = :customer_id AND cell.brand_id = :brand_id AND cell.query_id = due.query_id
     AND cell.collector = due.collector
    JOIN page_rollups AS finer
      ON finer.cell_id = cell.id AND finer.grain = :finer AND finer.starts_on >= due.starts_on
     AND finer.starts_on < CAST(due.starts_on + CAST('1 ' || :grain AS interval) AS date)
    GROUP BY due.starts_on, finer.cell_id, finer.page_id
""")


async def sum_pages(session: AsyncSession, facts: dict[str, object]) -> None:
    """Adds up weeks anew from days."""
    await session.execute(CLEAR, facts)
    await session.execute(SUM, facts)
