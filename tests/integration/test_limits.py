"""Limits that all workers share, and fairness between customers."""

import asyncio
from itertools import pairwise
from operator import attrgetter
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from answerbeat.database import Database
from answerbeat.schema import Limit, QueryExecution
from scheduler_svc.store.endings import Finished
from tests.integration.collecting import MakeEngines, asked, collect, leased, rows
from tests.integration.rows import brand_of, run_of
from tests.integration.stack import Stack
from tests.integration.test_api import NOBODY, problem
from tests.integration.test_runs import finish, lease
from worker_svc.call import Call
from worker_svc.run import Run
from worker_svc.store.acquire import AtLimit
from worker_svc.store.calls import begin
from worker_svc.store.fence import fence


async def limit(database: Database, scope: str, key: object, **bounds: int) -> None:
    async with database.transaction() as session:
        session.add(Limit(scope=scope, key=str(key), updated_by="test", **bounds))


async def test_a_long_queue_does_not_starve_another_customer(database: Database) -> None:
    busy, quiet = await brand_of(database, "Busy"), await brand_of(database, "Quiet")
    await run_of(database, busy)
    async with database.transaction() as session:
        await session.execute(
            text("""
                INSERT INTO job_runs (id, customer_id, brand_id, job_type, trigger, scheduled_for, available_at,
                                      priority, max_attempts, timeout_seconds)
                SELECT gen_random_uuid(), customer_id, brand_id, job_type, trigger, scheduled_for,
                       available_at - interval '1 day', 1, 3, 600
                FROM job_runs, generate_series(1, 10000)
            """)
        )
    lone = await run_of(database, quiet)
    held = await lease(database, 4)
    assert lone.id in {given.id for given in held}
    # Each further place goes to whoever has fewer: the quiet one's next run is the next to be leased.
    second = await run_of(database, quiet)
    assert [given.id for given in await lease(database, 1)] == [second.id]


async def test_a_customer_takes_no_more_places_than_its_limit(database: Database) -> None:
    brand, other = await brand_of(database, "Bound"), await brand_of(database, "Free")
    await limit(database, "customer", brand.customer_id, max_concurrent=2)
    for _ in range(5):
        await run_of(database, brand)
        await run_of(database, other)
    given = [held for batch in await asyncio.gather(*(lease(database, 3) for _ in range(6))) for held in batch]
    bound = [held for held in given if held.customer_id == brand.customer_id]
    assert (len(bound), len(given)) == (2, 7)
    await finish(database, Finished(bound[0].id, bound[0].lease_token, "completed"))
    assert len(await lease(database, 10)) == 1


async def test_a_brand_takes_no_more_places_than_its_limit(database: Database) -> None:
    brand = await brand_of(database)
    await limit(database, "brand", brand.id, max_concurrent=1)
    for _ in range(3):
        await run_of(database, brand)
    assert [len(await lease(database, 10)) for _ in range(2)] == [1, 0]


def call_of(run: Run, number: int, collector: str = "chatgpt") -> Call:
    return Call(UUID(int=number), f"Question {number}?", "Topic", None, None, collector, 1)


async def begun(database: Database, run: Run, call: Call) -> bool:
    try:
        async with fence(database, run) as fenced:
            return await begin(fenced, call) is not None
    except AtLimit:
        return False


async def test_a_collector_has_no_more_calls_at_once_than_its_limit(database: Database) -> None:
    run = await leased(database, await brand_of(database))
    await limit(database, "collector", "chatgpt", max_concurrent=3)
    tried = await asyncio.gather(*(begun(database, run, call_of(run, i)) for i in range(8)))
    assert sum(tried) == 3
    assert await begun(database, run, call_of(run, 9, "perplexity"))
    # What a lost worker left under way does not hold a place for ever.
    await finish(database, Finished(run.id, run.token, "failed"))
    heir = await leased(database, await brand_of(database, "Heir"))
    assert await begun(database, heir, call_of(heir, 10))


@pytest.mark.parametrize("scope", ["customer", "brand", "collector"])
async def test_no_more_calls_are_made_in_a_minute_than_the_limit(database: Database, scope: str) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    key = {"customer": brand.customer_id, "brand": brand.id, "collector": "chatgpt"}[scope]
    await limit(database, scope, key, max_per_minute=2)
    tried = await asyncio.gather(*(begun(database, run, call_of(run, i)) for i in range(5)))
    assert sum(tried) == 2
    async with database.transaction() as session:
        await session.execute(text("UPDATE query_executions SET asked_at = asked_at - interval '1 minute'"))
    assert await begun(database, run, call_of(run, 9))


async def test_a_run_waits_for_room_and_asks_everything(
    database: Database,
    emulator: httpx2.AsyncClient,
    engines_of: MakeEngines,
) -> None:
    questions = tuple(f"Which invoicing app is number {i}?" for i in range(6))
    run = await leased(database, await brand_of(database, questions=questions), collectors=["chatgpt"], parallel=True)
    await limit(database, "collector", "chatgpt", max_concurrent=1)
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 6
    calls = sorted(await rows(database, QueryExecution), key=attrgetter("asked_at"))
    assert all(before.finished_at <= call.asked_at for before, call in pairwise(calls)), "two were asked at once"


async def test_a_limit_is_set_replaced_listed_and_taken_away_over_http(stack: Stack) -> None:
    brand = await stack.new_brand("Limited", [])
    path = "/api/admin/limits"
    put = await stack.http.put(f"{path}/brand/{brand['id']}", json={"max_concurrent": 2, "max_per_minute": 60})
    assert put.is_success, put.text
    assert (put.json()["max_concurrent"], put.json()["updated_by"]) == (2, "admin")
    again = await stack.http.put(f"{path}/brand/{brand['id']}", json={"max_per_minute": 30})
    assert (again.json()["max_concurrent"], again.json()["max_per_minute"]) == (None, 30)
    listed = (await stack.http.get(path)).json()["data"]
    assert [entry["key"] for entry in listed] == [brand["id"]]
    for scope, key, body, field in (
        ("brand", brand["id"], {}, "body"),
        ("brand", brand["id"], {"max_concurrent": 0}, "max_concurrent"),
        ("brand", brand["id"], {"max_micro_usd_per_day": -1}, "max_micro_usd_per_day"),
        ("brand", NOBODY, {"max_concurrent": 1}, "key"),
        ("customer", "x", {"max_concurrent": 1}, "key"),
        ("collector", "chatgtp", {"max_concurrent": 1}, "key"),
        ("planet", "x", {"max_concurrent": 1}, "scope"),
    ):
        refused = problem(await stack.http.put(f"{path}/{scope}/{key}", json=body), 422)
        assert refused["errors"][0]["field"] == field
    assert (await stack.http.delete(f"{path}/brand/{brand['id']}")).status_code == 204
    problem(await stack.http.delete(f"{path}/brand/{brand['id']}"), 404)


async def test_a_budget_and_a_forecast_over_http(stack: Stack) -> None:
    brand = await stack.new_brand("Thrifty", ["Which thrift app is best?", "Which thrift app is cheapest?"])
    job = await stack.new_job(brand, job_type="data_collection", metadata={"collectors": ["claude"]})
    await stack.until_ended((await stack.trigger(job))["id"])
    body = {"cron_expression": "0 9 * * *", "brand_id": brand["id"]}
    asked = {"collectors": ["claude"], "samples": 3}
    preview = await stack.post("/api/admin/scheduled-jobs/preview", {**body, "metadata": asked})
    assert preview["runs_in_30_days"] == 30
    assert preview["forecast"]["calls"] == 30 * 2 * 3
    assert preview["forecast"]["cost_micro_usd"] == preview["forecast"]["engines"][0]["cost_micro_usd"] > 0
    path = f"/api/admin/limits/brand/{brand['id']}"
    put = (await stack.http.put(path, json={"max_micro_usd_per_month": 1})).json()
    assert (put["max_micro_usd_per_month"], put["max_micro_usd_per_day"]) == (1, None)
    assert put["spent_micro_usd_today"] == put["spent_micro_usd_this_month"] > 0
    ended = await stack.until_ended((await stack.trigger(job))["id"])
    assert (ended["status"], ended["metrics"]["data_collection"]["by_collector"]["claude"]["attempts"]) == ("failed", 0)
    assert "the call was not made" in ended["error_message"]
    assert (await stack.http.delete(path)).status_code == 204
    engines = {c["name"]: c for c in (await stack.http.get("/api/admin/collectors")).json()["data"]}
    assert engines["claude"]["typical_cost_micro_usd"] > 0
    assert engines["claude"]["calls_last_day"] >= 4
