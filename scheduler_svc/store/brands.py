"""What the scheduler knows of a brand: whose it is."""

from uuid import UUID

from sqlalchemy import select

from answerbeat.database import Session
from answerbeat.schema import Brand


async def customer_of(session: Session, brand_id: UUID) -> UUID | None:
    """The customer of a brand. None when there is no such brand."""
    return await session.scalar(select(Brand.customer_id).where(Brand.id == brand_id))
