"""`answerbeat token`: tokens are made, listed and revoked by whoever reaches the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from answerbeat.caller import Caller, Role, TokenRole
from answerbeat.database import Database, Session, is_away
from answerbeat.errors import NotFound
from answerbeat.settings import stop_start
from brand_svc.catalog.operations import tokens

MAX_NAME = 200
WHO = Caller("command line", Role.ADMIN)


async def create(url: str, name: str, role: str, customer: str | None) -> str:
    """A new token. Stops the program, naming the option at fault."""
    if role not in [*TokenRole]:
        stop_start(f"--role: must be one of {', '.join(TokenRole)}")
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        stop_start(f"--name: must be 1 to {MAX_NAME} printable characters")
    customer_id = None if customer is None else _uuid("--customer", customer)
    async with _transaction(url) as session:
        try:
            _, secret = await tokens.create(session, name, TokenRole(role), customer_id, WHO)
        except NotFound:
            stop_start(f"--customer: there is no customer {customer_id}")
    return secret


async def list_tokens(url: str) -> list[str]:
    """A line a token, the oldest first: its id, role, name, customer, and whether it was revoked."""
    async with _transaction(url) as session:
        found = await tokens.list_all(session, WHO)
    return [
        f"{token.id}  {token.role:8}  {token.name}"
        + (f"  customer {token.customer_id}" if token.customer_id else "")
        + ("  revoked" if token.revoked_at else "")
        for token in reversed(found)
    ]


async def revoke(url: str, token_id: str) -> None:
    """Revokes a token. Stops the program when there is none."""
    key = _uuid("TOKEN_ID", token_id)
    async with _transaction(url) as session:
        try:
            await tokens.revoke(session, key, WHO)
        except NotFound:
            stop_start(f"TOKEN_ID: there is no token {key} that is not revoked")


@asynccontextmanager
async def _transaction(url: str) -> AsyncIterator[Session]:
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
