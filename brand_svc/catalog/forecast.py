"""What runs of a brand would ask of whom, and what that costs, by what such calls have cost lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.errors import NotFound
from answerbeat.options import RunOptions
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, Customer, GeneratedQuery
from brand_svc.catalog.engine_health import health_of
from brand_svc.catalog.engines import engines_of


@dataclass(frozen=True)
class EngineForecast:
    """What runs would ask of one engine."""

    collector: str
    calls: int
    micro_usd: int | None
    """None before the engine's first call."""
    missing: str | None
    """Why it would not be asked."""


async def forecast(session: AsyncSession, brand_id: UUID, options: RunOptions, runs: int) -> Sequence[EngineForecast]:
    """For each engine that runs would ask. Raises NotFound."""
    questions = select(func.count()).where(GeneratedQuery.brand_id == brand_id, GeneratedQuery.is_active)
    wanted = select(Brand, Customer.is_demo, questions.scalar_subquery()).join(Customer).where(Brand.id == brand_id)
    found = (await session.execute(wanted.where(Brand.deleted_at.is_(None)))).first()
    if found is None or not caller().may_see(found[0].customer_id):
        raise NotFound("brand", brand_id, field="brand_id")
    brand, is_demo, count = found
    engines = await engines_of(session)
    names = options.chosen(brand.ai_models, engines.ready())
    health = await health_of(session, names)
    forecasts = []
    for name in names:
        missing = engines.why_not(name, is_demo=is_demo)
        calls = 0 if missing else count * options.samples * runs
        typical = health[name].typical_micro_usd
        forecasts.append(EngineForecast(name, calls, None if typical is None else int(typical * calls), missing))
    return forecasts
