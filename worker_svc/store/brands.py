"""What a run has to know of its brand, as brand_svc keeps it."""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from reading.mentions import Name
from worker_svc.run import Run

ASKED = text("""
    SELECT brand.ai_models AS collectors, customer.is_demo
    FROM brands AS brand
    JOIN customers AS customer ON customer.id = brand.customer_id
    WHERE brand.id = :brand_id
""")

NAMES = text("""
    SELECT name, aliases, domains, TRUE AS is_brand FROM brands WHERE id = :brand_id
    UNION ALL
    SELECT name, aliases, domains, FALSE FROM competitors WHERE brand_id = :brand_id
    ORDER BY is_brand DESC, name
""")


class BrandChoice(NamedTuple):
    """Whom a brand has asked."""

    collectors: list[str]
    """Its own choice; empty for all that can be asked."""
    is_demo: bool
    """Of a demo customer, for whom only emulated engines are asked."""


async def asked(session: AsyncSession, run: Run) -> BrandChoice:
    """The brand's own choice of engines."""
    return BrandChoice(*(await session.execute(ASKED, {"brand_id": run.brand_id})).one())


async def tracked_names(session: AsyncSession, run: Run) -> list[Name]:
    """The brand, and its competitors, by the names they have today."""
    rows = await session.execute(NAMES, {"brand_id": run.brand_id})
    return [Name(name, tuple(aliases), tuple(domains), is_brand=is_brand) for name, aliases, domains, is_brand in rows]
