"""What the chaos suite has done: brands, schedules, a budget, and what a round owes.

quick      few questions, asked in a second
slow       a run lasts longer than its lease: it needs heartbeats
budgeted   two brands of one customer want more than their budget allows
parked     fires that become runs nobody may take: thousands of fires can be counted at no cost
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from tests.chaos.harm import PARALLEL_CALLS, Chaos, Violation

QUICK, PARKED = 4, 10
ENGINES = ["chatgpt", "perplexity"]
PAID = "grok"
"""Asked only by those with a budget, always the same question: each call costs the same."""
PRICED = "Which boots are worth their price?"
AFFORDABLE = 5.5
"""Calls that a round's budget is enough for."""
OWED_MINUTES = 3
"""Fire times that each schedule owes in a round, and its parked ones ten times as many."""
PARKED_MINUTES = 10 * OWED_MINUTES
DAYS = 30 * 86_400
SETUP_TRIES = 3

# A brand's one free place is taken for good, so that none of its runs is ever leased.
PLUG = """
    INSERT INTO job_runs (id, customer_id, brand_id, job_type, status, trigger, scheduled_for, available_at,
                          max_attempts, timeout_seconds, lease_token, lease_expires_at, deadline_at, worker_id)
    SELECT gen_random_uuid(), customer_id, id, 'scoring', 'processing', 'manual', now(), now(), 1, 600,
           gen_random_uuid(), now() + interval '10 days', now() + interval '10 days', 'nobody'
    FROM brands WHERE id = %(brand)s
"""
PLACE = """
    INSERT INTO limits (scope, key, max_concurrent, updated_by) VALUES ('brand', %(brand)s, 1, 'chaos')
"""
BUDGET = """
    INSERT INTO limits (scope, key, max_micro_usd_per_month, updated_by)
    SELECT 'customer', CAST(%(customer)s AS text), coalesce(sum(micro_usd), 0) + %(more)s, 'chaos'
    FROM spendings
    WHERE customer_id = CAST(CAST(%(customer)s AS text) AS uuid)
      AND day >= date_trunc('month', now() AT TIME ZONE 'UTC')
    ON CONFLICT (scope, key) DO UPDATE SET max_micro_usd_per_month = excluded.max_micro_usd_per_month
"""

OWE = """
    UPDATE scheduled_jobs
    SET next_run_at = CASE WHEN brand_id = %(parked)s THEN %(parked_start)s ELSE %(start)s END
"""


@dataclass(frozen=True)
class Job:
    """A schedule, and what each of its runs has to do."""

    id: str
    brand_id: str
    kind: str
    every_minutes: int
    calls: int
    """Questions x engines x samples."""
    at_once: int

    def owed(self, start: datetime, last: datetime) -> set[datetime]:
        """The fire times from one to another, both included; those of a parked schedule begin earlier."""
        start -= timedelta(minutes=PARKED_MINUTES if self.kind == "parked" else 0)
        step = timedelta(minutes=self.every_minutes)
        first = start + (-(start.minute % self.every_minutes) % self.every_minutes) * timedelta(minutes=1)
        return {first + i * step for i in range(int((last - first) / step) + 1)}


class World:
    """All jobs."""

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self.jobs: list[Job] = []
        self.customer = ""
        """The one with a budget."""
        self.price = 0
        """Of one call to the engine that is paid for, in millionths of a dollar."""

    async def make(self) -> None:
        """Brands and schedules; and one run of each with a budget before it has one, which tells what a call costs."""
        for i in range(QUICK):
            brand = await self._brand(f"Quick {i}", 2)
            await self._job("quick", brand, samples=self.chaos.chance.choice([1, 2]))
        await self._job("slow", await self._brand("Slow", 24), every_minutes=OWED_MINUTES)
        paid = [await self._brand("Paid", 1)]
        # Budgets are counted over all brands of a customer, and so over all workers.
        self.customer = paid[0]["customer_id"]
        paid.append(await self._brand("Paid too", 1, customer_id=self.customer))
        for brand in paid:
            await self._job("budgeted", brand, samples=PARALLEL_CALLS)
        parked = await self._brand("Parked", 1)
        for _ in range(PARKED):
            await self._job("parked", parked)
        self.sql(PLACE, brand=parked["id"])
        self.sql(PLUG, brand=parked["id"])
        await self._learn_the_price()

    def job(self, kind: str) -> Job:
        """The first of a kind."""
        return next(job for job in self.jobs if job.kind == kind)

    def of(self, *kinds: str) -> list[Job]:
        """Those of some kinds."""
        return [job for job in self.jobs if job.kind in kinds]

    def owe(self, start: datetime) -> None:
        """Puts all schedules back to a fire time, as if no scheduler had been alive since. What has a run keeps it.

        What was parked before is forgotten, and what budgets have left is set anew.
        """
        parked = self.job("parked").brand_id
        self.sql("DELETE FROM job_runs WHERE brand_id = %(parked)s AND status = 'pending'", parked=parked)
        self.sql(BUDGET, customer=self.customer, more=int(AFFORDABLE * self.price))
        self.sql(OWE, parked=parked, start=start, parked_start=start - timedelta(minutes=PARKED_MINUTES))
        self.sql("SELECT pg_notify('answerbeat_schedules', '')")

    def now(self) -> datetime:
        """By PostgreSQL's clock."""
        moment: datetime = self.sql("SELECT clock_timestamp()")[0][0]
        return moment

    def sql(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows, of a statement that has any."""
        with psycopg.connect(self.chaos.url, autocommit=True) as connection:
            found = connection.execute(statement, values)
            return found.fetchall() if found.description else []

    async def _brand(self, name: str, questions: int, **more: Any) -> dict[str, Any]:
        asked = [f"{name}: which boots for trip {i}?" for i in range(questions)]
        made = await self.chaos.stack.new_brand(name, [PRICED] if name.startswith("Paid") else asked, **more)
        return made | {"questions": questions}

    async def _job(self, kind: str, brand: dict[str, Any], *, every_minutes: int = 1, samples: int = 1) -> None:
        engines = [PAID] if kind == "budgeted" else ENGINES
        is_parallel = kind == "budgeted" or (kind == "quick" and self.chaos.chance.random() < 0.5)
        made = await self.chaos.stack.new_job(
            brand,
            cron_expression=f"*/{every_minutes} * * * *",
            catch_up="all",
            catchup_window_seconds=DAYS,
            overlap_policy=self.chaos.chance.choice(["queue", "allow"]),
            max_attempts=20,
            metadata={"collectors": engines, "parallel": is_parallel, "samples": samples},
        )
        at_once = PARALLEL_CALLS if is_parallel else 1
        calls = brand["questions"] * len(engines) * samples
        self.jobs.append(Job(made["id"], brand["id"], kind, every_minutes, calls, at_once))

    async def _learn_the_price(self) -> None:
        for job in self.of("budgeted"):
            for _ in range(SETUP_TRIES):
                run = await self.chaos.stack.post(f"/api/admin/scheduled-jobs/{job.id}/trigger")
                if (await self.chaos.stack.until_ended(run["id"]))["status"] == "completed":
                    break
            else:
                raise Violation(f"a run of one question failed {SETUP_TRIES} times before any harm was done")
        costs = (
            "SELECT DISTINCT cost_micro_usd FROM query_executions WHERE collector = %(paid)s AND status = 'answered'"
        )
        prices = self.sql(costs, paid=PAID)
        assert len(prices) == 1, f"calls of one question cost {prices}"
        assert prices[0][0] > 0
        self.price = prices[0][0]
