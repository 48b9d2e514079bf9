"""What may go on at once and begin in a minute, over all workers: set by people, kept in PostgreSQL.

Runs at once are counted where runs are leased (see runs.LEASE), calls where they are begun (in the worker).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_WAITING, notify
from answerbeat.options import unknown_collectors
from answerbeat.rpc.caller import caller
from answerbeat.rpc.errors import InvalidField, NotFound
from answerbeat.schema import Brand, Customer, Limit


async def list_limits(session: AsyncSession) -> Sequence[Limit]:
    """All limits, by scope and key. Raises Forbidden for a token bound to a customer."""
    caller().require_unbound()
    return (await session.scalars(select(Limit).order_by(Limit.scope, Limit.key))).all()


async def set_limit(
    session: AsyncSession, scope: str, key: str, max_concurrent: int | None, max_per_minute: int | None
) -> Limit:
    """Sets a limit, in place of the one there was. Raises InvalidField for a key that is nobody's."""
    caller().require_unbound()
    await _check_key(session, scope, key)
    values = {"max_concurrent": max_concurrent, "max_per_minute": max_per_minute, "updated_by": caller().name}
    await session.execute(
        insert(Limit)
        .values(scope=scope, key=key, **values)
        .on_conflict_do_update(index_elements=["scope", "key"], set_={**values, "updated_at": func.now()})
    )
    await notify(session, RUNS_WAITING)  # there may be room now
    return await session.get_one(Limit, (scope, key), populate_existing=True)


async def delete_limit(session: AsyncSession, scope: str, key: str) -> None:
    """Takes a limit away. Raises NotFound."""
    caller().require_unbound()
    gone = await session.execute(delete(Limit).where(Limit.scope == scope, Limit.key == key).returning(Limit.key))
    if gone.first() is None:
        raise NotFound(f"limit of the {scope}", key)
    await notify(session, RUNS_WAITING)


async def _check_key(session: AsyncSession, scope: str, key: str) -> None:
    if scope == "collector":
        if unknown := unknown_collectors([key], "key"):
            raise InvalidField("key", unknown[0].message)
        return
    table = Customer if scope == "customer" else Brand
    try:
        known = await session.scalar(select(exists().where(table.id == UUID(key))))
    except ValueError:
        raise InvalidField("key", f"must be the id of a {scope}, a UUID") from None
    if not known or key != str(UUID(key)):
        raise InvalidField("key", f"there is no {scope} {key}")
