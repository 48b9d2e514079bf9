"""What may go on at once and begin in a minute, over all workers: set by people, kept in PostgreSQL.

Runs at once are counted where runs are leased (by scheduler_svc), calls where they are begun (in the worker).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_WAITING, notify
from answerbeat.errors import InvalidField, NotFound
from answerbeat.options import unknown_collectors
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, Customer, Limit

SPENT = text("""
    SELECT scope, key, period, spent_micro_usd
    FROM budgets
    WHERE CAST(:key AS text) IS NULL OR scope = :scope AND key = :key
""")


@dataclass(frozen=True)
class Spent:
    """What calls under a limit have cost, in millionths of a US dollar."""

    today: int
    this_month: int


async def list_limits(session: AsyncSession) -> list[tuple[Limit, Spent]]:
    """All limits, by scope and key. Raises Forbidden for a token bound to a customer."""
    caller().require_unbound()
    found = (await session.scalars(select(Limit).order_by(Limit.scope, Limit.key))).all()
    spent = await _spent(session)
    return [(limit, spent[limit.scope, limit.key]) for limit in found]


async def set_limit(
    session: AsyncSession, scope: str, key: str, bounds: Mapping[str, int | None]
) -> tuple[Limit, Spent]:
    """Sets a limit, in place of the one there was. Raises InvalidField for a key that is nobody's."""
    caller().require_unbound()
    await _check_key(session, scope, key)
    values = {**bounds, "updated_by": caller().name}
    await session.execute(
        insert(Limit)
        .values(scope=scope, key=key, **values)
        .on_conflict_do_update(index_elements=["scope", "key"], set_={**values, "updated_at": func.now()})
    )
    await notify(session, RUNS_WAITING)  # there may be room now
    limit = await session.get_one(Limit, (scope, key), populate_existing=True)
    return limit, (await _spent(session, scope, key))[scope, key]


async def delete_limit(session: AsyncSession, scope: str, key: str) -> None:
    """Takes a limit away. Raises NotFound."""
    caller().require_unbound()
    gone = await session.execute(delete(Limit).where(Limit.scope == scope, Limit.key == key).returning(Limit.key))
    if gone.first() is None:
        raise NotFound(f"limit of the {scope}", key)
    await notify(session, RUNS_WAITING)


async def _spent(
    session: AsyncSession, scope: str | None = None, key: str | None = None
) -> dict[tuple[str, str], Spent]:
    by_period: dict[tuple[str, str], dict[str, int]] = {}
    for of, name, period, micro_usd in await session.execute(SPENT, {"scope": scope, "key": key}):
        by_period.setdefault((of, name), {})[period] = micro_usd
    return {limit: Spent(today=spent["day"], this_month=spent["month"]) for limit, spent in by_period.items()}


async def _check_key(session: AsyncSession, scope: str, key: str) -> None:
    if scope == "collector":
        if unknown := unknown_collectors([key], "key"):
            raise InvalidField("key", unknown[0].message)
        return
    table = Customer if scope == "customer" else Brand
    try:
        known = await session.scalar(select(exists().where(table.id == UUID(key), table.deleted_at.is_(None))))
    except ValueError:
        raise InvalidField("key", f"must be the id of a {scope}, a UUID") from None
    if not known or key != str(UUID(key)):
        raise InvalidField("key", f"there is no {scope} {key}")
