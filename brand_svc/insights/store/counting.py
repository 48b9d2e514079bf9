"""Sums over answers by day, month and year, from which insights are drawn however many answers there are.

Whoever reads an answer writes down its cell as due in the same transaction: a day of UTC, a question and an engine.
Bringing the rollups up to date counts the cells that are due anew. Counting anew, rather than adding, makes it right
whatever was read before, and however often.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_COUNTED, notify
from brand_svc.insights.store.cells import Cell
from brand_svc.insights.store.citation_rollups import count_citations, sum_citations
from brand_svc.insights.store.name_rollups import count_names, sum_names
from brand_svc.insights.store.spans import Grain

FEW = 500
"""Cells that are counted in less time than a person notices."""

BRANDS_DUE = text("SELECT DISTINCT brand_id FROM rollups_due")


async def brands_due(session: AsyncSession) -> list[UUID]:
    """Whose answers are to be counted anew."""
    return list(await session.scalars(BRANDS_DUE))


BRAND = text("""
    -- First of all, as whoever removes a brand locks it first: so none waits for the other in a circle.
    SELECT FROM brands WHERE id = :brand_id AND deleted_at IS NULL FOR KEY SHARE
""")
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rollups:' || :brand_id, 7245901340))")
"""Two that count the same cell at once could each miss what the other has read."""
TAKE = text("DELETE FROM rollups_due WHERE brand_id = :brand_id RETURNING query_id, collector, day")


async def bring_up_to_date(session: AsyncSession, brand_id: UUID) -> None:
    """Counts all cells that are due. What is due of a brand that is gone is forgotten."""
    is_there = (await session.execute(BRAND, {"brand_id": brand_id})).first() is not None
    await session.execute(LOCK, {"brand_id": str(brand_id)})
    due = {Cell._make(row) for row in await session.execute(TAKE, {"brand_id": brand_id})}
    if not due:
        return
    await notify(session, ANSWERS_COUNTED)
    if is_there:
        await _count(session, brand_id, due)


COUNT_DUE = text("SELECT count(*) FROM (SELECT FROM rollups_due WHERE brand_id = :brand_id LIMIT :most) AS due")


async def catch_up(session: AsyncSession, brand_id: UUID) -> None:
    """Before numbers are looked at: counts what is due if it is little, so that they hold what was read before.

    More than that is left to the duty, and the numbers are those of a moment ago.
    """
    due = await session.scalar(COUNT_DUE, {"brand_id": brand_id, "most": FEW + 1}) or 0
    if 0 < due <= FEW:
        await bring_up_to_date(session, brand_id)


async def _count(session: AsyncSession, brand_id: UUID, days: set[Cell]) -> None:
    """Counts days from their answers, then adds up the months from the days, and the years from the months."""
    await count_names(session, brand_id, days)
    await count_citations(session, brand_id, days)
    for grain in (Grain.MONTH, Grain.YEAR):
        cells = {day.within(grain) for day in days}
        await sum_names(session, brand_id, grain, cells)
        await sum_citations(session, brand_id, grain, cells)
