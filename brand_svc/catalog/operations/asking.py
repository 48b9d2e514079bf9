"""What asking about a brand would do: what it would cost, and what stands in its way."""

from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.database import Session
from answerbeat.errors import NotFound
from answerbeat.options import RunOptions
from brand_svc.catalog.diagnostics import Facts, Finding, findings
from brand_svc.catalog.forecast import EngineForecast, forecast
from brand_svc.catalog.store.engine_health import health_of
from brand_svc.catalog.store.engines import engines_of
from brand_svc.catalog.store.facts import AskingFacts, asked_of, counts_of, spent_budgets


async def diagnose(session: Session, brand_id: UUID, who: Caller) -> list[Finding]:
    """What stands in the way of a collection that is started now, the worst first. Raises NotFound."""
    asked = await _asked(session, brand_id, who)
    engines = await engines_of(session)
    facts = Facts(
        is_demo=asked.is_demo,
        has_choice=bool(asked.ai_models),
        counts=await counts_of(session, brand_id),
        engines=engines,
        health=await health_of(session, asked.ai_models or engines.ready()),
        spent=await spent_budgets(session, asked.customer_id, brand_id),
    )
    return findings(facts)


async def forecast_cost(
    session: Session, brand_id: UUID, options: RunOptions, runs: int, who: Caller
) -> list[EngineForecast]:
    """What runs would ask of each engine, and what that costs. Raises NotFound."""
    asked = await _asked(session, brand_id, who, field="brand_id")
    engines = await engines_of(session)
    names = options.chosen(asked.ai_models, engines.ready())
    calls = asked.active_questions * options.samples * runs
    return [*forecast(names, calls, engines, await health_of(session, names), is_demo=asked.is_demo)]


async def _asked(session: Session, brand_id: UUID, who: Caller, field: str | None = None) -> AskingFacts:
    asked = await asked_of(session, brand_id)
    if asked is None or not who.may_see(asked.customer_id):
        raise NotFound("brand", brand_id, field)
    return asked
