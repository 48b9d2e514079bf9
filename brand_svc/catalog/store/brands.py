"""Brands. One that was deleted is there for the duty `removal` alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_READ, REMOVALS, clock, notify
from answerbeat.schema import Brand, Competitor, GeneratedQuery, Limit, Topic
from brand_svc.catalog.store.writing import flush

IS_DEPENDED_ON = text("""
    SELECT EXISTS (
        SELECT
        FROM scheduled_jobs AS mine
        JOIN scheduled_jobs AS other ON other.depends_on = mine.id
        JOIN brands AS others ON others.id = other.brand_id
        WHERE mine.brand_id = :brand_id
          AND others.id <> mine.brand_id
          AND other.deleted_at IS NULL
          AND others.deleted_at IS NULL)
""")


QUESTION_DUE = text("""
    INSERT INTO rollups_due (brand_id, query_id, collector, day)
    SELECT DISTINCT brand_id, query_id, collector, day FROM query_executions
    WHERE brand_id = :brand_id AND query_id = :query_id AND answer_id IS NULL
""")


async def find(session: AsyncSession, brand_id: UUID) -> Brand | None:
    """A brand."""
    query = select(Brand).where(Brand.id == brand_id, Brand.deleted_at.is_(None))
    return (await session.scalars(query)).first()


async def lock(session: AsyncSession, brand_id: UUID) -> Brand | None:
    """A brand, for a change. Whoever makes something for it ends first; workers that write its answers need not."""
    query = select(Brand).where(Brand.id == brand_id, Brand.deleted_at.is_(None))
    return (await session.scalars(query.with_for_update(key_share=True))).first()


async def page(session: AsyncSession, customer_id: UUID | None, limit: int, before: UUID | None) -> Sequence[Brand]:
    """The newest brands before one, perhaps of one customer; one more than `limit` where there are more."""
    query = select(Brand).where(Brand.deleted_at.is_(None)).order_by(Brand.id.desc()).limit(limit + 1)
    if customer_id:
        query = query.where(Brand.customer_id == customer_id)
    if before:
        query = query.where(Brand.id < before)
    return (await session.scalars(query)).all()


async def competitors_of(session: AsyncSession, brands: Sequence[Brand]) -> dict[UUID, list[Competitor]]:
    """The competitors of each brand, by name."""
    found: dict[UUID, list[Competitor]] = {brand.id: [] for brand in brands}
    query = select(Competitor).where(Competitor.brand_id.in_(found)).order_by(Competitor.name)
    for rival in await session.scalars(query):
        found[rival.brand_id].append(rival)
    return found


async def topics_of(session: AsyncSession, brand_id: UUID) -> Sequence[Topic]:
    """The brand's topics in the order they were given."""
    return (await session.scalars(select(Topic).where(Topic.brand_id == brand_id).order_by(Topic.id))).all()


async def questions_of(session: AsyncSession, brand_id: UUID) -> Sequence[GeneratedQuery]:
    """The brand's questions in the order they were made."""
    query = select(GeneratedQuery).where(GeneratedQuery.brand_id == brand_id).order_by(GeneratedQuery.id)
    return (await session.scalars(query)).all()


async def is_depended_on(session: AsyncSession, brand_id: UUID) -> bool:
    """Whether a schedule of another brand depends on one of this brand's."""
    return bool(await session.scalar(IS_DEPENDED_ON, {"brand_id": brand_id}))


async def write(session: AsyncSession, brand: Brand) -> None:
    """Writes a brand that is new or was changed. Raises Conflict when the name is taken."""
    session.add(brand)
    taken = f"The customer has a brand named {brand.name} already."
    await flush(session, "uq_brands_customer_id_name", taken)


async def write_questions(session: AsyncSession) -> None:
    """Writes the brand's questions. Raises Conflict where two would be the same."""
    taken = "Two of the questions would be the same, in the same locale and country."
    await flush(session, "uq_generated_queries_text", taken)


async def count_anew(session: AsyncSession, question: GeneratedQuery) -> None:
    """Has all that a question was ever asked counted anew: whether it names the brand tells its cells."""
    await session.execute(QUESTION_DUE, {"brand_id": question.brand_id, "query_id": question.id})
    await notify(session, ANSWERS_READ)


async def mark_deleted(session: AsyncSession, brand: Brand) -> None:
    """Takes a brand from all who look, with its limit. The rest goes in steps."""
    brand.deleted_at = await clock(session)
    await session.flush()
    await session.execute(delete(Limit).where(Limit.scope == "brand", Limit.key == str(brand.id)))
    await notify(session, REMOVALS)
