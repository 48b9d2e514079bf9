"""Why a collection of a brand would do nothing, or less than one expects: what is missing, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.schema import Brand, Customer, GeneratedQuery, JobRun, ScheduledJob
from brand_svc.catalog import brands
from brand_svc.catalog.engine_health import Health, health_of
from brand_svc.catalog.engines import Engines, engines_of

SPENT = text("""
    SELECT scope, key, period, bound_micro_usd
    FROM budgets
    WHERE (scope, key) IN (('customer', :customer_id), ('brand', :brand_id))
      AND bound_micro_usd IS NOT NULL
      AND spent_micro_usd >= bound_micro_usd
""")


@dataclass(frozen=True)
class Finding:
    """Something that is in the way, or worth knowing."""

    severity: str
    """error: nothing would be collected; warning: less than one expects; info."""
    code: str
    message: str


async def diagnose(session: AsyncSession, brand_id: UUID) -> list[Finding]:
    """What stands in the way of a collection that is started now, the worst first. Raises NotFound."""
    brand = await brands.get_brand(session, brand_id)
    is_demo = bool(await session.scalar(select(Customer.is_demo).where(Customer.id == brand.customer_id)))
    engines = await engines_of(session)
    names = brand.ai_models or engines.ready()
    health = await health_of(session, names)
    found = [
        *await _of_questions(session, brand),
        *_of_engines(brand, engines, health, is_demo=is_demo),
        *await _of_money(session, brand),
        *await _of_schedules(session, brand),
    ]
    return sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity))


async def _of_questions(session: AsyncSession, brand: Brand) -> list[Finding]:
    counts = select(func.count(), func.count().filter(GeneratedQuery.is_active))
    total, active = (await session.execute(counts.where(GeneratedQuery.brand_id == brand.id))).one()
    if not total:
        return [Finding("error", "no_query", "The brand has no question. Add some, in topics.")]
    if not active:
        return [Finding("error", "no_active_query", f"None of the {total} questions is active. Activate some.")]
    return []


def _of_engines(brand: Brand, engines: Engines, health: dict[str, Health], *, is_demo: bool) -> Iterator[Finding]:
    faults = {name: why for name in health if (why := engines.why_not(name, is_demo=is_demo))}
    if not engines.has_worker():
        yield Finding("error", "no_engine_ready", "No worker runs that could ask an engine. Start one.")
    elif not health:
        yield Finding(
            "error", "no_engine_ready", "No engine has a key. Set one, such as OPENAI_API_KEY, for the worker."
        )
    elif len(faults) == len(health):
        chosen = "of those chosen for the brand " if brand.ai_models else ""
        yield Finding("error", "no_engine_ready", f"No engine {chosen}can be asked. Set a key, or choose others.")
    for name, why in faults.items():
        yield Finding("warning", "engine_not_ready", f"{name} is not asked: {why}.")
    for name, state in health.items():
        if state.paused_until and name not in faults:
            until = state.paused_until.astimezone(UTC)
            yield Finding(
                "warning", "engine_paused", f"{name} is left in peace until {until:%H:%M:%S} UTC: {state.pause_reason}."
            )


async def _of_money(session: AsyncSession, brand: Brand) -> list[Finding]:
    rows = await session.execute(SPENT, {"customer_id": str(brand.customer_id), "brand_id": str(brand.id)})
    return [
        Finding(
            "error",
            "budget_spent",
            f"The budget of the {row.scope} for this {row.period}, ${row.bound_micro_usd / 1e6:,.2f}, is spent."
            " Raise it in the settings, or wait.",
        )
        for row in rows
    ]


async def _of_schedules(session: AsyncSession, brand: Brand) -> list[Finding]:
    mine = select(ScheduledJob).where(ScheduledJob.brand_id == brand.id, ScheduledJob.deleted_at.is_(None))
    jobs = (await session.scalars(mine)).all()
    if not any(job.is_active for job in jobs):
        told = "All its schedules are paused" if jobs else "It has no schedule"
        return [Finding("info", "no_schedule", f"{told}: nothing is collected by itself.")]
    waiting = select(func.count()).where(JobRun.brand_id == brand.id, JobRun.status.in_(("pending", "processing")))
    count = await session.scalar(waiting)
    return [Finding("info", "runs_open", f"{count} of its runs are waiting or under way.")] if count else []
