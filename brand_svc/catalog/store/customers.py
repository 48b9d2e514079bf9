"""Customers. One that was deleted is there for the duty `removal` alone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import REMOVALS, clock, notify
from answerbeat.schema import ApiToken, Brand, Customer, Limit
from brand_svc.catalog.store.writing import flush


async def find(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """A customer."""
    query = select(Customer).where(Customer.id == customer_id, Customer.deleted_at.is_(None))
    return (await session.scalars(query)).first()


async def hold(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """A customer that nobody deletes until the transaction ends."""
    query = select(Customer).where(Customer.id == customer_id, Customer.deleted_at.is_(None))
    return (await session.scalars(query.with_for_update(read=True))).first()


async def lock(session: AsyncSession, customer_id: UUID) -> Customer | None:
    """A customer, for a change. No brand is made for it meanwhile; those who spend its money need not end first."""
    query = select(Customer).where(Customer.id == customer_id, Customer.deleted_at.is_(None))
    return (await session.scalars(query.with_for_update(key_share=True))).first()


async def page(session: AsyncSession, only: UUID | None, limit: int, before: UUID | None) -> Sequence[Customer]:
    """The newest customers before one, or only one's own; one more than `limit` where there are more."""
    query = select(Customer).where(Customer.deleted_at.is_(None)).order_by(Customer.id.desc()).limit(limit + 1)
    if only:
        query = query.where(Customer.id == only)
    if before:
        query = query.where(Customer.id < before)
    return (await session.scalars(query)).all()


async def write(session: AsyncSession, customer: Customer) -> None:
    """Writes a customer that is new or has another name. Raises Conflict when the name is taken."""
    session.add(customer)
    await flush(session, "uq_customers_name", f"There is a customer named {customer.name} already.")


async def brands_left(session: AsyncSession, customer_id: UUID) -> int:
    """How many brands a customer has."""
    live = select(func.count()).where(Brand.customer_id == customer_id, Brand.deleted_at.is_(None))
    return await session.scalar(live) or 0


async def mark_deleted(session: AsyncSession, customer: Customer) -> None:
    """Takes a customer from all who look, with its limits and its tokens. The rest goes in steps."""
    await session.execute(delete(Limit).where(Limit.scope == "customer", Limit.key == str(customer.id)))
    await session.execute(delete(ApiToken).where(ApiToken.customer_id == customer.id))
    customer.deleted_at = await clock(session)
    await notify(session, REMOVALS)
