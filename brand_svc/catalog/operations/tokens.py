"""What people do with tokens: give out, list, revoke."""

from collections.abc import Sequence
from uuid import UUID

from answerbeat.caller import Caller, TokenRole
from answerbeat.database import Session
from answerbeat.errors import NotFound
from answerbeat.schema import ApiToken
from brand_svc.catalog.store import customers, tokens
from brand_svc.catalog.tokens import check_name, new_secret, owner_of


async def list_all(session: Session, who: Caller) -> Sequence[ApiToken]:
    """All that the caller may see, newest first."""
    return await tokens.of_customer(session, who.customer_id)


async def create(
    session: Session, name: str, role: TokenRole, customer_id: UUID | None, who: Caller
) -> tuple[ApiToken, str]:
    """A new token, and its secret. Raises InvalidField, and NotFound for a customer that is not there."""
    kept = check_name(name)
    owner = owner_of(customer_id, who)
    if owner and await customers.hold(session, owner) is None:
        raise NotFound("customer", owner, field="customer_id")
    secret = new_secret()
    return await tokens.add(session, kept, role, owner, secret), secret


async def revoke(session: Session, token_id: UUID, who: Caller) -> bytes:
    """Ends a token, and gives its digest. Raises NotFound."""
    digest = await tokens.end(session, token_id, who.customer_id)
    if digest is None:
        raise NotFound("token", token_id)
    return digest
