"""What people do with limits: read, set, take away. Only those whose token is bound to no customer."""

from answerbeat.caller import Caller
from answerbeat.database import Session
from answerbeat.errors import NotFound
from answerbeat.schema import Limit
from brand_svc.catalog.limits import Bounds, LimitScope, Spent, check_collector, no_owner, owner_of
from brand_svc.catalog.store import brands, customers, limits


async def list_all(session: Session, who: Caller) -> list[tuple[Limit, Spent]]:
    """All limits, by scope and key. Raises Forbidden for a token bound to a customer."""
    who.require_unbound()
    found = await limits.all_limits(session)
    spent = await limits.spent_under(session)
    return [(limit, spent[limit.scope, limit.key]) for limit in found]


async def put(session: Session, scope: LimitScope, key: str, bounds: Bounds, who: Caller) -> tuple[Limit, Spent]:
    """Sets a limit, in place of the one there was. Raises Forbidden, and InvalidField for a key that is nobody's."""
    who.require_unbound()
    await _check_key(session, scope, key)
    limit = await limits.put(session, scope, key, bounds, updated_by=who.name)
    return limit, (await limits.spent_under(session, scope, key))[scope, key]


async def delete(session: Session, scope: LimitScope, key: str, who: Caller) -> None:
    """Takes a limit away. Raises Forbidden and NotFound."""
    who.require_unbound()
    if not await limits.take_away(session, scope, key):
        raise NotFound(f"limit of the {scope}", key)


async def _check_key(session: Session, scope: LimitScope, key: str) -> None:
    if scope is LimitScope.COLLECTOR:
        check_collector(key)
        return
    owner_id = owner_of(scope, key)
    find = customers.find if scope is LimitScope.CUSTOMER else brands.find
    if await find(session, owner_id) is None:
        raise no_owner(scope, key)
