"""What is known of a brand before it is asked about: its questions, schedules, open runs and budgets."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.catalog.diagnostics import Counts, SpentBudget

ASKED = text("""
    SELECT brand.customer_id, brand.ai_models, customer.is_demo,
           (SELECT count(*) FROM generated_queries WHERE brand_id = brand.id AND is_active) AS active_questions
    FROM brands AS brand
    JOIN customers AS customer ON customer.id = brand.customer_id
    WHERE brand.id = :brand_id AND brand.deleted_at IS NULL
""")

COUNTS = text("""
    SELECT query.total, query.active, schedule.total, schedule.active, run.open
    FROM (SELECT count(*) AS total, count(*) FILTER (WHERE is_active) AS active
          FROM generated_queries
          WHERE brand_id = :brand_id) AS query,
         (SELECT count(*) AS total, count(*) FILTER (WHERE is_active) AS active
          FROM scheduled_jobs
          WHERE brand_id = :brand_id AND deleted_at IS NULL) AS schedule,
         (SELECT count(*) AS open
          FROM job_runs
          WHERE brand_id = :brand_id AND status IN ('pending', 'processing')) AS run
""")

SPENT = text("""
    SELECT scope, period, bound_micro_usd
    FROM budgets  -- a view: migration 0002
    WHERE (scope, key) IN (('customer', :customer_id), ('brand', :brand_id))
      AND bound_micro_usd IS NOT NULL
      AND spent_micro_usd >= bound_micro_usd
""")


class AskingFacts(NamedTuple):
    """Of whom a brand's questions are asked, and how many."""

    customer_id: UUID
    ai_models: list[str]
    """Empty for all that can be asked."""
    is_demo: bool
    active_questions: int


async def asked_of(session: AsyncSession, brand_id: UUID) -> AskingFacts | None:
    """Of whom a brand's questions are asked. None when there is no such brand."""
    row = (await session.execute(ASKED, {"brand_id": brand_id})).first()
    return AskingFacts._make(row) if row else None


async def counts_of(session: AsyncSession, brand_id: UUID) -> Counts:
    """What a brand has of its own."""
    return Counts._make((await session.execute(COUNTS, {"brand_id": brand_id})).one())


async def spent_budgets(session: AsyncSession, customer_id: UUID, brand_id: UUID) -> list[SpentBudget]:
    """The budgets of a brand and of its customer that nothing is left of."""
    facts = {"customer_id": str(customer_id), "brand_id": str(brand_id)}
    return [SpentBudget._make(row) for row in await session.execute(SPENT, facts)]
