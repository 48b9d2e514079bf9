"""What people do with customers: make, read, rename, delete."""

from collections.abc import Sequence
from uuid import UUID

from answerbeat import paging
from answerbeat.caller import Caller
from answerbeat.database import Session
from answerbeat.errors import Conflict, NotFound
from answerbeat.schema import Customer
from brand_svc.catalog.content import check_name
from brand_svc.catalog.store import customers


async def create(session: Session, name: str, who: Caller, *, is_demo: bool) -> Customer:
    """Makes a customer. Raises InvalidField, Forbidden for a bound token, and Conflict when the name is taken."""
    who.require_unbound()
    customer = Customer(name=check_name(name), is_demo=is_demo)
    await customers.write(session, customer)
    return customer


async def get(session: Session, customer_id: UUID, who: Caller) -> Customer:
    """A customer. Raises NotFound."""
    return _seen(await customers.find(session, customer_id), customer_id, who)


async def list_page(
    session: Session, limit: int, before: UUID | None, who: Caller
) -> tuple[Sequence[Customer], Customer | None]:
    """A page of customers, newest first."""
    return paging.cut(await customers.page(session, who.customer_id, limit, before), limit)


async def rename(session: Session, customer_id: UUID, name: str, who: Caller) -> Customer:
    """Gives a customer another name. Raises NotFound, InvalidField, and Conflict when the name is taken."""
    customer = _seen(await customers.lock(session, customer_id), customer_id, who)
    customer.name = check_name(name)
    await customers.write(session, customer)
    return customer


async def delete(session: Session, customer_id: UUID, who: Caller) -> None:
    """Takes a customer away, with its tokens, its limits and what is known of its costs.

    Nobody sees it any more; its row goes when those of its brands that were deleted have gone. Raises NotFound,
    Forbidden, and Conflict while it has brands: those go one by one, so that no history goes by mistake.
    """
    who.require_unbound()
    customer = _seen(await customers.lock(session, customer_id), customer_id, who)
    if brands := await customers.brands_left(session, customer.id):
        raise Conflict(f"It still has brands, {brands} of them; delete each first.")
    await customers.mark_deleted(session, customer)


def _seen(customer: Customer | None, customer_id: UUID, who: Caller) -> Customer:
    if customer is None or not who.may_see(customer_id):
        raise NotFound("customer", customer_id)
    return customer
