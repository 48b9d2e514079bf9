"""Sums over answers by day, month and year, from which insights are drawn however many answers there are.

An answer that was read is marked as due in the same transaction. Bringing the rollups up to date counts the cells of
the answers that are due anew: a cell is a day of UTC, a question and an engine. Counting anew, rather than adding,
makes it right whatever was read before, and however often.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rollups:' || :brand_id, 7245901340))")
"""Two that count the same cell at once could each miss what the other has read."""

TAKE = text("""
    UPDATE collector_results
    SET is_rollup_due = FALSE
    WHERE brand_id = :brand_id AND is_rollup_due
    RETURNING query_id, collector, CAST(created_at AT TIME ZONE 'UTC' AS date) AS day
""")

CELL = """
    cell AS (
        SELECT DISTINCT query_id, collector, starts_on
        FROM unnest(CAST(:query_ids AS uuid[]), CAST(:collectors AS text[]), CAST(:starts AS date[]))
             AS cell (query_id, collector, starts_on)
    )
"""

CLEAR = """
    WITH {cell}
    DELETE FROM {table} AS rollup
    USING cell
    WHERE rollup.brand_id = :brand_id AND rollup.grain = :grain AND rollup.starts_on = cell.starts_on
      AND rollup.query_id = cell.query_id AND rollup.collector = cell.collector
"""

ANSWERS = """
    answer AS (
        SELECT answer.id, answer.query_id, answer.collector, answer.topic, cell.starts_on
        FROM cell
        JOIN collector_results AS answer
          ON answer.brand_id = :brand_id AND answer.query_id = cell.query_id AND answer.collector = cell.collector
         AND answer.created_at >= CAST(cell.starts_on AS timestamp) AT TIME ZONE 'UTC'
         AND answer.created_at < CAST(cell.starts_on + 1 AS timestamp) AT TIME ZONE 'UTC'
         AND answer.positions_rules IS NOT NULL
    )
"""

COUNT_NAMES = text(f"""
    WITH {CELL}, {ANSWERS}, naming AS (
        SELECT collector_result_id, sum(CAST(mentions > 0 AS integer)) AS names
        FROM extracted_positions JOIN answer ON answer.id = collector_result_id
        GROUP BY collector_result_id
    )
    INSERT INTO name_rollups
    SELECT :brand_id, 'day', answer.starts_on, answer.query_id, answer.collector, place.name, max(answer.topic),
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

COUNT_CITATIONS = text(f"""
    WITH {CELL}, {ANSWERS}
    INSERT INTO citation_rollups
    SELECT :brand_id, 'day', answer.starts_on, answer.query_id, answer.collector, page.domain, max(answer.topic),
           max(page.owner), count(DISTINCT answer.id), count(*)
    FROM answer
    JOIN citations AS page ON page.collector_result_id = answer.id
    GROUP BY answer.starts_on, answer.query_id, answer.collector, page.domain
""")

FINER = """
    finer AS (
        SELECT rollup.*, cell.starts_on AS coarse
        FROM cell
        JOIN {table} AS rollup
          ON rollup.brand_id = :brand_id AND rollup.grain = :finer AND rollup.query_id = cell.query_id
         AND rollup.collector = cell.collector AND rollup.starts_on >= cell.starts_on
         AND rollup.starts_on < CAST(cell.starts_on + CAST('1 ' || :grain AS interval) AS date)
    )
"""

SUM_NAMES = text(f"""
    WITH {CELL}, {FINER.format(table="name_rollups")}
    INSERT INTO name_rollups
    SELECT :brand_id, :grain, coarse, query_id, collector, name, max(topic), sum(answers), sum(named), sum(mentions),
           sum(placed), sum(position_sum), sum(firsts), sum(toned), sum(tone_sum), sum(missed)
    FROM finer
    GROUP BY coarse, query_id, collector, name
""")

SUM_CITATIONS = text(f"""
    WITH {CELL}, {FINER.format(table="citation_rollups")}
    INSERT INTO citation_rollups
    SELECT :brand_id, :grain, coarse, query_id, collector, domain, max(topic), max(owner), sum(answers), sum(citations)
    FROM finer
    GROUP BY coarse, query_id, collector, domain
""")

STEPS = (
    ("name_rollups", COUNT_NAMES, SUM_NAMES),
    ("citation_rollups", COUNT_CITATIONS, SUM_CITATIONS),
)
FINER_OF = {"month": "day", "year": "month"}


async def bring_up_to_date(session: AsyncSession, brand_id: UUID) -> None:
    """Counts the cells of all answers that are due."""
    await session.execute(LOCK, {"brand_id": str(brand_id)})
    due = {tuple(row) for row in await session.execute(TAKE, {"brand_id": brand_id})}
    if not due:
        return
    for grain in ("day", "month", "year"):
        cells = {(query_id, collector, first_day(grain, day)) for query_id, collector, day in due}
        query_ids, collectors, starts = zip(*sorted(cells), strict=True)
        facts: dict[str, Any] = {"brand_id": brand_id, "grain": grain, "finer": FINER_OF.get(grain)}
        facts |= {"query_ids": list(query_ids), "collectors": list(collectors), "starts": list(starts)}
        for table, count, add_up in STEPS:
            await session.execute(text(CLEAR.format(cell=CELL, table=table)), facts)
            await session.execute(count if grain == "day" else add_up, facts)


def first_day(grain: str, day: date) -> date:
    """The first day of the day's month or year, or the day itself."""
    if grain == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if grain == "month" else day
