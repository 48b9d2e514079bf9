"""`answerbeat token`: tokens are made, listed and revoked by whoever reaches the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import TOKEN_ROLES
from answerbeat.database import Database, is_away
from answerbeat.schema import ApiToken
from answerbeat.settings import stop_start
from brand_svc.catalog.tokens import is_customer, new_token

MAX_NAME = 200


async def create(url: str, name: str, role: str, customer: str | None) -> str:
    """A new token. Stops the program, naming the option at fault."""
    if role not in TOKEN_ROLES:
        stop_start(f"--role: must be one of {', '.join(TOKEN_ROLES)}")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        stop_start(f"--name: must be 1 to {MAX_NAME} printable characters")
    customer_id = None if customer is None else _uuid("--customer", customer)
    async with _transaction(url) as session:
        if customer_id and not await is_customer(session, customer_id):
            stop_start(f"--customer: there is no customer {customer_id}")
        token, secret = new_token(name, role, customer_id)
        session.add(token)
    return secret


async def list_tokens(url: str) -> list[str]:
    """A line a token: its id, role, name, customer, and whether it was revoked."""
    async with _transaction(url) as session:
        tokens = (await session.scalars(select(ApiToken).order_by(ApiToken.id))).all()
    return [
        f"{token.id}  {token.role:8}  {token.name}"
        + (f"  customer {token.customer_id}" if token.customer_id else "")
        + ("  revoked" if token.revoked_at else "")
        for token in tokens
    ]


async def revoke(url: str, token_id: str) -> None:
    """Revokes a token. Stops the program when there is none."""
    key = _uuid("TOKEN_ID", token_id)
    async with _transaction(url) as session:
        gone = await session.execute(
            update(ApiToken)
            .where(ApiToken.id == key, ApiToken.revoked_at.is_(None))
            .values(revoked_at=func.now())
            .returning(ApiToken.id)
        )
        if gone.first() is None:
            stop_start(f"TOKEN_ID: there is no token {key} that is not revoked")


@asynccontextmanager
async def _transaction(url: str) -> AsyncIterator[AsyncSession]:
    """One transaction. Stops the program when the database is away."""
    async with Database(url, pool_size=1) as database:
        try:
            async with database.transaction() as session:
                yield session
        except Exception as error:
            if is_away(error):
                stop_start("the database can't be reached; see DATABASE_URL")
            raise


def _uuid(option: str, value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        stop_start(f"{option}: must be a UUID")
