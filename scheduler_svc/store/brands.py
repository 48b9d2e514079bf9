"""What the scheduler knows of a brand: whose it is, and whether it was deleted.

Until its history is taken away, a deleted brand's rows are there and are nobody's: whoever reads runs and schedules
leaves them out.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import InstrumentedAttribute

from answerbeat.database import Session
from answerbeat.schema import Brand

HOLD = text("""
    -- Whoever deletes it waits until this transaction has ended, and sees what it has made.
    SELECT customer_id FROM brands WHERE id = :brand_id AND deleted_at IS NULL FOR SHARE
""")


async def hold(session: Session, brand_id: UUID) -> UUID | None:
    """The customer of a brand, which is not deleted until the transaction ends. None when there is no such brand."""
    customer_id: UUID | None = await session.scalar(HOLD, {"brand_id": brand_id})
    return customer_id


async def is_live(session: Session, brand_id: UUID) -> bool:
    """Whether a brand was not deleted."""
    found = await session.scalar(select(Brand.id).where(Brand.id == brand_id, Brand.deleted_at.is_(None)))
    return found is not None


def is_live_brand(brand_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the brand of a row, by its column, was not deleted. Few are at a time: they are looked up once."""
    return brand_id.not_in(select(Brand.id).where(Brand.deleted_at.is_not(None)))
