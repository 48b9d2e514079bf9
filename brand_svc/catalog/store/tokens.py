"""Tokens that were given out."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import TokenRole, hash_token
from answerbeat.schema import ApiToken


async def of_customer(session: AsyncSession, only: UUID | None) -> Sequence[ApiToken]:
    """All tokens, or only those of one customer, newest first."""
    query = select(ApiToken).order_by(ApiToken.id.desc())
    if only:
        query = query.where(ApiToken.customer_id == only)
    return (await session.scalars(query)).all()


async def add(session: AsyncSession, name: str, role: TokenRole, customer_id: UUID | None, secret: str) -> ApiToken:
    """A new token, which keeps of its secret the digest only."""
    token = ApiToken(name=name, role=role, customer_id=customer_id, token_hash=hash_token(secret))
    session.add(token)
    await session.flush()
    await session.refresh(token)
    return token


async def end(session: AsyncSession, token_id: UUID, only: UUID | None) -> bytes | None:
    """Ends a token, perhaps only if it is one customer's. Gives its digest; None when there is none to end."""
    query = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
    if only:
        query = query.where(ApiToken.customer_id == only)
    gone = await session.execute(query.values(revoked_at=func.now()).returning(ApiToken.token_hash))
    return gone.scalar_one_or_none()
