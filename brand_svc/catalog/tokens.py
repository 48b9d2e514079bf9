"""Tokens that are given out, listed and revoked over the API. Only a digest of each is kept."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.errors import InvalidField, NotFound
from answerbeat.rpc.caller import caller
from answerbeat.rpc.tokens import hash_token
from answerbeat.schema import ApiToken, Customer


def new_token(name: str, role: str, customer_id: UUID | None) -> tuple[ApiToken, str]:
    """A token to be stored, and the secret of which it keeps a digest only."""
    secret = "ab_" + secrets.token_urlsafe(32)
    return ApiToken(name=name.strip(), role=role, customer_id=customer_id, token_hash=hash_token(secret)), secret


async def list_tokens(session: AsyncSession) -> Sequence[ApiToken]:
    """All that the caller may see, newest first."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    if only := caller().customer_id:
        query = query.where(ApiToken.customer_id == only)
    return (await session.scalars(query)).all()


async def create(session: AsyncSession, name: str, role: str, customer_id: UUID | None) -> tuple[ApiToken, str]:
    """A new token, and its secret. Whoever is bound to a customer gives tokens of that customer only.

    Raises InvalidField, and NotFound for a customer that is not there.
    """
    if not name.strip() or not name.isprintable():
        raise InvalidField("name", "must be printable and not blank")
    whose = customer_id or caller().customer_id
    if whose and (not caller().may_see(whose) or not await is_customer(session, whose)):
        raise NotFound("customer", whose, field="customer_id")
    token, secret = new_token(name, role, whose)
    session.add(token)
    await session.flush()
    return token, secret


async def is_customer(session: AsyncSession, customer_id: UUID) -> bool:
    """Whether there is such a customer; it is not deleted until the transaction ends."""
    customer = await session.get(Customer, customer_id, with_for_update={"read": True})
    return customer is not None and customer.deleted_at is None


async def revoke(session: AsyncSession, token_id: UUID) -> bytes:
    """Ends a token, and gives its digest. Raises NotFound."""
    query = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if only := caller().customer_id:
        query = query.where(ApiToken.customer_id == only)
    gone = await session.execute(query.values(revoked_at=func.now()).returning(ApiToken.token_hash))
    if (digest := gone.scalar_one_or_none()) is None:
        raise NotFound("token", token_id)
    return digest
