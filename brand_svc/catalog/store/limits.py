"""Limits, and what was spent under them."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_WAITING, notify
from answerbeat.schema import Limit
from brand_svc.catalog.limits import Bounds, LimitScope, Spent

SPENT = text("""
    SELECT scope, key, period, spent_micro_usd
    FROM budgets  -- a view: migration 0002
    WHERE CAST(:key AS text) IS NULL OR scope = :scope AND key = :key
""")


async def all_limits(session: AsyncSession) -> Sequence[Limit]:
    """All limits, by scope and key."""
    return (await session.scalars(select(Limit).order_by(Limit.scope, Limit.key))).all()


async def put(session: AsyncSession, scope: LimitScope, key: str, bounds: Bounds, updated_by: str) -> Limit:
    """Sets a limit, in place of the one there was."""
    values = {**asdict(bounds), "updated_by": updated_by}
    await session.execute(
        insert(Limit)
        .values(scope=scope, key=key, **values)
        .on_conflict_do_update(index_elements=["scope", "key"], set_={**values, "updated_at": func.now()})
    )
    await notify(session, RUNS_WAITING)  # there may be room now
    return await session.get_one(Limit, (scope, key), populate_existing=True)


async def take_away(session: AsyncSession, scope: LimitScope, key: str) -> bool:
    """Takes a limit away. Gives whether there was one."""
    gone = await session.execute(delete(Limit).where(Limit.scope == scope, Limit.key == key).returning(Limit.key))
    await notify(session, RUNS_WAITING)
    return gone.first() is not None


async def spent_under(
    session: AsyncSession, scope: LimitScope | None = None, key: str | None = None
) -> dict[tuple[str, str], Spent]:
    """What was spent under each limit, by scope and key; or under one."""
    by_period: dict[tuple[str, str], dict[str, int]] = {}
    for of, name, period, micro_usd in await session.execute(SPENT, {"scope": scope, "key": key}):
        by_period.setdefault((of, name), {})[period] = micro_usd
    return {limit: Spent(today=spent["day"], this_month=spent["month"]) for limit, spent in by_period.items()}
