"""Sums over answers by day, week, month and year, from which insights are drawn however many answers there are.

Whoever ends a call, reads an answer or leaves one out writes down in the same transaction what is due: a day, a
question and an engine. Bringing the rollups up to date counts all cells of what is due anew. Counting anew, rather than
adding, makes it right whatever was read before, and however often.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_COUNTED, notify
from brand_svc.insights.store.cell_rollups import count_cells, sum_cells
from brand_svc.insights.store.cells import clear_cells, make_cells
from brand_svc.insights.store.citation_rollups import count_citations, sum_citations
from brand_svc.insights.store.due import Due, facts_of
from brand_svc.insights.store.name_rollups import count_names, sum_names
from brand_svc.insights.store.page_rollups import count_pages, sum_pages
from brand_svc.insights.store.search_rollups import count_searches, sum_searches
from brand_svc.insights.store.spans import Grain

FEW = 500
"""Of what is due, so much is counted in less time than a person notices."""
MANY = 1_000
"""So much is counted in one transaction."""

BRANDS_DUE = text("SELECT DISTINCT brand_id FROM rollups_due")


async def brands_due(session: AsyncSession) -> list[UUID]:
    """Whose answers are to be counted anew."""
    return list(await session.scalars(BRANDS_DUE))


BRAND = text("""
    -- First of all, as whoever removes a brand locks it first: so none waits for the other in a circle.
    SELECT customer_id FROM brands WHERE id = :brand_id AND deleted_at IS NULL FOR KEY SHARE
""")
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('rollups:' || :brand_id, 7245901340))")
"""Two that count the same at once could each miss what the other has read."""
TAKE = text("""
    DELETE FROM rollups_due
    WHERE ctid IN (SELECT ctid FROM rollups_due WHERE brand_id = :brand_id ORDER BY id LIMIT :most)
    RETURNING query_id, collector, day
""")


async def bring_up_to_date(session: AsyncSession, brand_id: UUID) -> bool:
    """Counts what is due, the oldest first, up to MANY. False when there was nothing.

    What is due of a brand that is gone is forgotten.
    """
    customer_id: UUID | None = await session.scalar(BRAND, {"brand_id": brand_id})
    await session.execute(LOCK, {"brand_id": str(brand_id)})
    due = {Due._make(row) for row in await session.execute(TAKE, {"brand_id": brand_id, "most": MANY})}
    if not due:
        return False
    await notify(session, ANSWERS_COUNTED)
    if customer_id:
        await _count(session, customer_id, brand_id, due)
    return True


COUNT_DUE = text("SELECT count(*) FROM (SELECT FROM rollups_due WHERE brand_id = :brand_id LIMIT :most) AS due")


async def count_few_due(session: AsyncSession, brand_id: UUID) -> None:
    """Before numbers are looked at: counts what is due if it is little, so that they hold what was read before.

    More than that is left to the duty, and the numbers are those of a moment ago.
    """
    due = await session.scalar(COUNT_DUE, {"brand_id": brand_id, "most": FEW + 1}) or 0
    if 0 < due <= FEW:
        await bring_up_to_date(session, brand_id)


async def _count(session: AsyncSession, customer_id: UUID, brand_id: UUID, days: set[Due]) -> None:
    """Counts days from their calls, then adds up weeks and months from the days, and years from the months."""
    facts = facts_of(customer_id, brand_id, Grain.DAY, days)
    await make_cells(session, facts)
    await count_cells(session, facts)
    await count_names(session, facts)
    await count_citations(session, facts)
    await count_pages(session, facts)
    await count_searches(session, facts)
    weeks = facts_of(customer_id, brand_id, Grain.WEEK, {day.within(Grain.WEEK) for day in days})
    await sum_pages(session, weeks)
    await sum_searches(session, weeks)
    for grain in (Grain.MONTH, Grain.YEAR):
        longer = facts_of(customer_id, brand_id, grain, {day.within(grain) for day in days})
        await sum_cells(session, longer)
        await sum_names(session, longer)
        await sum_citations(session, longer)
    await clear_cells(session, facts)
