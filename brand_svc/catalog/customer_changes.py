"""Changes of a customer: its name, and its end."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import REMOVALS, clock, notify
from answerbeat.errors import Conflict, InvalidField, NotFound
from answerbeat.rpc.caller import caller
from answerbeat.schema import ApiToken, Brand, Customer, Limit
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

    Nobody sees it any more; its row goes when those of its brands that were deleted have gone. Raises NotFound, and
    Conflict while it has brands: those go one by one, so that no history goes by mistake.
    """
    caller().require_unbound()
    customer = await get_customer(session, customer_id)
    # So that no brand is made meanwhile; those who spend its money need not end first.
    await session.refresh(customer, with_for_update={"key_share": True})
    if customer.deleted_at:
        raise NotFound("customer", customer_id)
    live = select(func.count()).where(Brand.customer_id == customer.id, Brand.deleted_at.is_(None))
    brands = await session.scalar(live)
    if brands:
        raise Conflict(f"It still has brands, {brands} of them; delete each first.")
    await session.execute(delete(Limit).where(Limit.scope == "customer", Limit.key == str(customer.id)))
    await session.execute(delete(ApiToken).where(ApiToken.customer_id == customer.id))
    customer.deleted_at = await clock(session)
    await notify(session, REMOVALS)
