"""Sums over answers by day, month and year, from which insights are drawn however many answers there are.

Whoever reads an answer writes down its cell as due in the same transaction: a day of UTC, a question and an engine.
Bringing the rollups up to date counts the cells that are due anew. Counting anew, rather than adding, makes it right
whatever was read before, and however often.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_COUNTED, notify
from brand_svc.insights.store.spans import first_day

BRAND = text("""
    -- First of all, as whoever removes a brand locks it first: so none waits for the other in a circle.
    SELECT FROM brands WHERE id = :brand_id AND deleted_at IS NULL FOR KEY SHARE
""")
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rollups:' || :brand_id, 7245901340))")
"""Two that count the same cell at once could each miss what the other has read."""

TAKE = text("DELETE FROM rollups_due WHERE brand_id = :brand_id RETURNING query_id, collector, day")
FEW = 500
"""Cells that are counted in less time than a person notices."""
COUNT_DUE = text("SELECT count(*) FROM (SELECT FROM rollups_due WHERE brand_id = :brand_id LIMIT :most) AS due")

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
    """Counts all cells that are due. What is due of a brand that is gone is forgotten."""
    is_there = (await session.execute(BRAND, {"brand_id": brand_id})).first() is not None
    await session.execute(LOCK, {"brand_id": str(brand_id)})
    due = {tuple(row) for row in await session.execute(TAKE, {"brand_id": brand_id})}
    if not due:
        return
    await notify(session, ANSWERS_COUNTED)
    if is_there:
        await _count(session, brand_id, due)


async def catch_up(session: AsyncSession, brand_id: UUID) -> None:
    """Before numbers are looked at: counts what is due if it is little, so that they hold what was read before.

    More than that is left to the duty, and the numbers are those of a moment ago.
    """
    due = await session.scalar(COUNT_DUE, {"brand_id": brand_id, "most": FEW + 1}) or 0
    if 0 < due <= FEW:
        await bring_up_to_date(session, brand_id)


async def _count(session: AsyncSession, brand_id: UUID, due: set[tuple[Any, ...]]) -> None:
    for grain in ("day", "month", "year"):
        cells = {(query_id, collector, first_day(grain, day)) for query_id, collector, day in due}
        query_ids, collectors, starts = zip(*sorted(cells), strict=True)
        facts: dict[str, Any] = {"brand_id": brand_id, "grain": grain, "finer": FINER_OF.get(grain)}
        facts |= {"query_ids": list(query_ids), "collectors": list(collectors), "starts": list(starts)}
        for table, count, add_up in STEPS:
            await session.execute(text(CLEAR.format(cell=CELL, table=table)), facts)
            await session.execute(count if grain == "day" else add_up, facts)
