"""Changes of a customer: its name, and its end."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.errors import Conflict, InvalidField
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, Customer, Limit
from brand_svc.catalog.brands import flush, get_customer
from brand_svc.catalog.content import BLANK


async def rename(session: AsyncSession, customer_id: UUID, name: str) -> Customer:
    """Gives a customer another name. Raises NotFound, InvalidField, and Conflict when the name is taken."""
    customer = await get_customer(session, customer_id)
    if not name.strip():
        raise InvalidField("name", BLANK)
    customer.name = name.strip()
    await flush(session, f"There is a customer named {name.strip()} already.")
    return customer


async def remove(session: AsyncSession, customer_id: UUID) -> None:
    """Takes a customer away, with its tokens, its limits and what is known of its costs.

    Raises NotFound, and Conflict while it has brands: those go one by one, so that no history goes by mistake.
    """
    caller().require_unbound()
    customer = await get_customer(session, customer_id)
    await session.refresh(customer, with_for_update=True)  # so that no brand is made meanwhile, to go with it
    brands = await session.scalar(select(func.count()).select_from(Brand).where(Brand.customer_id == customer.id))
    if brands:
        raise Conflict(f"It still has brands, {brands} of them; delete each first.")
    await session.execute(delete(Limit).where(Limit.scope == "customer", Limit.key == str(customer.id)))
    await session.execute(delete(Customer).where(Customer.id == customer.id))
