"""What calls may cost: a call that would go beyond a budget is not made.

What it will cost is not known before; it is taken for what this engine's calls have cost lately, and so are those
that are under way. Until the first of an engine has ended they are taken for nothing, and made; and so are all of an
engine whose price nobody knows, which are counted apart.
"""

from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from worker_svc.run import Run
from worker_svc.store.fence import Fenced

EXCEEDED = text("""
    SELECT budget.scope, budget.key, budget.period, budget.bound_micro_usd, budget.spent_micro_usd
    -- A view (migration 0002): of each limit what is spent in this day, and in this month, of UTC.
    FROM budgets AS budget
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(micro_usd) / nullif(sum(calls - unpriced), 0), 0) AS micro_usd
        FROM spendings
        WHERE collector = :collector AND day > CAST(now() AT TIME ZONE 'UTC' AS date) - 30
    ) AS typical
    CROSS JOIN LATERAL (
        SELECT count(*) AS calls
        FROM query_executions AS call
        JOIN job_runs AS run ON run.id = call.job_run_id AND run.status = 'processing'
        WHERE call.status = 'asking'
          AND CASE budget.scope
              WHEN 'customer' THEN call.customer_id = CAST(budget.key AS uuid)
              WHEN 'brand' THEN call.brand_id = CAST(budget.key AS uuid)
              ELSE call.collector = budget.key
          END
    ) AS under_way
    WHERE (budget.scope, budget.key) IN (
              ('customer', :customer_id), ('brand', :brand_id), ('collector', :collector))
      AND budget.bound_micro_usd IS NOT NULL
      AND (budget.spent_micro_usd >= budget.bound_micro_usd
           OR budget.spent_micro_usd + (under_way.calls + 1) * typical.micro_usd > budget.bound_micro_usd)
    LIMIT 1
""")

SPEND = text("""
    INSERT INTO spendings (brand_id, customer_id, collector, day, calls, micro_usd, unpriced)
    VALUES (:brand_id, :customer_id, :collector, CAST(now() AT TIME ZONE 'UTC' AS date), 1, :micro_usd, :unpriced)
    ON CONFLICT (brand_id, day, collector) DO UPDATE
    SET calls = spendings.calls + 1,
        micro_usd = spendings.micro_usd + excluded.micro_usd,
        unpriced = spendings.unpriced + excluded.unpriced
""")


class Exceeded(NamedTuple):
    """A budget that one more call would go beyond."""

    scope: str
    key: str
    period: str
    bound_micro_usd: int
    spent_micro_usd: int


async def exceeded(session: AsyncSession, run: Run, collector: str) -> str | None:
    """Why one more call would go beyond a budget, if it would. The limits that apply are locked."""
    facts = {"customer_id": str(run.customer_id), "brand_id": str(run.brand_id), "collector": collector}
    row = (await session.execute(EXCEEDED, facts)).first()
    if row is None:
        return None
    found = Exceeded(*row)
    return (
        f"The budget of {found.scope} {found.key} is {_dollars(found.bound_micro_usd)} a {found.period}, of which"
        f" {_dollars(found.spent_micro_usd)} are spent: the call was not made."
    )


async def spend(fenced: Fenced, collector: str, micro_usd: int | None) -> None:
    """Adds a call that was paid for to the bill; None for a price that nobody knows."""
    whose = {"brand_id": fenced.run.brand_id, "customer_id": fenced.run.customer_id}
    cost = {"micro_usd": micro_usd or 0, "unpriced": int(micro_usd is None)}
    await fenced.session.execute(SPEND, {**whose, "collector": collector, **cost})


def _dollars(micro_usd: int) -> str:
    return f"${micro_usd / 1_000_000:,.2f}"
