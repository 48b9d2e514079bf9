"""A brand goes in steps: nobody sees it from then on, its history follows, and nothing that runs stands in the way."""

import asyncio
import json
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.errors import Conflict, InvalidFields, NotFound
from answerbeat.kinds import EventKind, JobType, Surface
from answerbeat.options import RunOptions
from answerbeat.rpc.caller import set_caller
from answerbeat.schema import Brand, CollectorResult, JobRun, ScheduledJob, Spending
from answerbeat.wakeup import Wakeup
from brand_svc.catalog.content import BrandContent
from brand_svc.catalog.duties.removal import RemovalDuty
from brand_svc.catalog.operations import brands, customers
from brand_svc.catalog.store.removal import OF_A_BRAND, remove_from_brand
from brand_svc.insights.import_files import FileFormat
from brand_svc.insights.operations import imports
from brand_svc.insights.store.counting import bring_up_to_date
from brand_svc.insights.store.page_kinds import Named, set_kind
from reading.sites import PageKind
from scheduler_svc.duties.removals import Removals
from scheduler_svc.operations import editing, manual
from scheduler_svc.store import events, heartbeats, schedules, sweeps
from scheduler_svc.store.endings import Finished
from scheduler_svc.store.events import Event
from scheduler_svc.store.heartbeats import Held
from scheduler_svc.store.leases import Lease
from scheduler_svc.store.schedules import ScheduleFilter
from scheduler_svc.terms import Terms
from tests.integration.collecting import NO_ENGINES, score
from tests.integration.rows import brand_of, job_of, run_of
from tests.integration.stack import Stack
from tests.integration.test_api import problem
from tests.integration.test_runs import finish, lease
from worker_svc.call import Call
from worker_svc.collectors.collector import Answer, Source
from worker_svc.collectors.exchange import Exchange
from worker_svc.run import LeaseLost, Run
from worker_svc.store.calls import answered, begin
from worker_svc.store.fence import fence

WHO = Caller("test", Role.ADMIN)
TRIES = 16
BRANDS = "/api/admin/brands"
TABLES = (
    "brands", "topics", "generated_queries", "scheduled_jobs", "schedule_events", "job_runs", "query_executions",
    "collector_results", "extracted_positions", "citations", "name_rollups", "citation_rollups", "rollups_due",
    "tone_judgements", "pages", "page_rollups", "page_kinds", "searches", "search_rollups",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _caller() -> None:
    set_caller(WHO)


def run_held(held: Lease) -> Run:
    options = RunOptions()
    return Run(held.id, held.lease_token, held.customer_id, held.brand_id, held.job_type, options, 1, 3, 600)


async def ask(database: Database, run: Run, number: int) -> None:
    """A call and its answer, as a worker writes them."""
    call = Call(UUID(int=number), "Q?", "Topic", None, None, "chatgpt", 1)
    async with fence(database, run) as fenced:
        key = await begin(fenced, call)
    assert key
    read = {"citations": (Source("https://countwise.example/a", None),), "search_queries": ("a search",)}
    answer = Answer("1. Countwise\n2. Ledgerly", "m", **read, cost_micro_usd=7)
    async with fence(database, run) as fenced:
        await answered(fenced, call, key, Exchange("{}"), answer, Surface.API, 1)


async def with_history(database: Database, name: str = "Ledgerly", answers: int = 3) -> Brand:
    """A brand with something in each table."""
    brand = await brand_of(database, name, questions=("Q?",))
    job = await job_of(database, brand)
    async with database.transaction() as session:
        await events.record(session, "test", [Event(job.customer_id, job.id, EventKind.CREATED, "For a test.")])
        await session.execute(
            text("INSERT INTO tone_judgements (brand_id, digest, tone) VALUES (:id, 'x', 'neutral')"), {"id": brand.id}
        )
        line = {"question": "Q?", "engine": "chatgpt", "time": "2026-03-08T10:00:00Z", "text": "Ledgerly"}
        await imports.take_in(session, brand.id, FileFormat.JSONL, json.dumps(line).encode(), WHO)
        await set_kind(session, brand.customer_id, brand.id, Named(domain="a.example"), PageKind.PRESS, "test")
    await run_of(database, brand, scheduled_job_id=job.id)
    (held,) = await lease(database)
    run = run_held(held)
    for number in range(answers):
        await ask(database, run, number)
    await score(run, database, NO_ENGINES)
    async with database.transaction() as session:
        await bring_up_to_date(session, brand.id)
    await score_again(database, run)
    await finish(database, Finished(run.id, run.token, "completed"))
    return brand


async def score_again(database: Database, run: Run) -> None:
    """So that something is due."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE collector_results SET positions_rules = NULL"))
    await score(run, database, NO_ENGINES)


async def delete(database: Database, brand: Brand) -> None:
    async with database.transaction() as session:
        await brands.delete(session, brand.id, WHO)


async def end(database: Database) -> None:
    """What the scheduler does about brands that were deleted."""
    await Removals(database, Wakeup()).end()


async def remove(database: Database) -> int:
    """What brand_svc does about them, as far as it can now."""
    return await RemovalDuty(database, Wakeup()).round()


async def left(database: Database) -> dict[str, int]:
    """The rows of each table that has any."""
    counts = text(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in TABLES))
    async with database.transaction() as session:
        return {table: count for table, count in await session.execute(counts) if count}


async def test_a_brand_is_gone_for_all_who_look_and_then_its_history_goes(database: Database) -> None:
    brand = await with_history(database)
    assert set(await left(database)) == set(TABLES)
    await delete(database, brand)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await brands.get(session, brand.id, WHO)
        with pytest.raises(NotFound):
            await brands.delete(session, brand.id, WHO)
        with pytest.raises(NotFound):
            await manual.start(session, WHO, brand.id, JobType.SCORING, {})
        assert (await brands.list_page(session, str(brand.customer_id), 10, None, WHO))[0] == []
        assert (await schedules.list_schedules(session, ScheduleFilter(), 10, None))[0] == []
    assert await remove(database) == 1, "its schedule may fire still"
    await end(database)
    assert await remove(database) == 0
    assert await left(database) == {}
    async with database.transaction() as session:
        assert await session.scalar(select(func.sum(Spending.micro_usd))) == 21, "what was spent stays spent"


async def test_it_goes_on_wherever_it_was_killed(database: Database, database_url: str) -> None:
    """Each step is begun and cut short, then done, each time by another process."""
    brand = await with_history(database)
    await delete(database, brand)
    await end(database)
    told: list[str | None] = []
    while not told or told[-1]:
        before = await left(database)
        async with Database(database_url, pool_size=1) as killed, killed.transaction() as session:
            cut_short = await remove_from_brand(session, brand.id, batch=2)
            await session.rollback()
        assert await left(database) == before
        async with Database(database_url, pool_size=1) as another, another.transaction() as session:
            told.append(await remove_from_brand(session, brand.id, batch=2))
        assert told[-1] == cut_short
    assert list(dict.fromkeys(told)) == [*OF_A_BRAND, None]
    assert {"pages", "page_rollups", "page_kinds", "searches", "search_rollups"} <= set(told), (
        "not with the brand's row"
    )
    assert told.count("collector_results") == 2, "three answers, two at a time"
    assert await left(database) == {}


async def test_a_brand_whose_run_is_open_waits_until_it_has_ended(database: Database) -> None:
    brand = await brand_of(database)
    waiting, processing = await run_of(database, brand, priority=9), await run_of(database, brand, priority=1)
    (held,) = await lease(database, 1)
    assert held.id == processing.id
    await delete(database, brand)
    await end(database)
    assert await remove(database) == 1
    async with database.transaction() as session:
        assert (await session.get_one(JobRun, waiting.id)).status == "cancelled"
        stop, lost = await heartbeats.heartbeat(session, [Held(held.id, held.lease_token)], 30)
    assert (stop, lost) == ({held.lease_token}, set())
    ended = await finish(database, Finished(held.id, held.lease_token, "cancelled"))
    assert ended == {held.lease_token: "cancelled"}
    assert await remove(database) == 0
    assert await left(database) == {}


async def work(database: Database, held: Lease, number: int, begun: asyncio.Event) -> None:
    """A worker that asks until it is told to stop, and says so."""
    run = run_held(held)
    for i in range(200):
        try:
            await ask(database, run, 1000 * number + i)
        except LeaseLost:
            return
        begun.set()
        async with database.transaction() as session:
            stop, lost = await heartbeats.heartbeat(session, [Held(run.id, run.token, {"done": i})], 30)
        if stop or lost:
            break
    await finish(database, Finished(run.id, run.token, "cancelled"))


async def disturb(database: Database, brand: Brand) -> None:
    """Counts, leases and sweeps, as others do all the time."""
    for _ in range(10):
        async with database.transaction() as session:
            await bring_up_to_date(session, brand.id)
        async with database.transaction() as session:
            await sweeps.sweep(session)
        for held in await lease(database):
            await finish(database, Finished(held.id, held.lease_token, "completed"))


async def until_removed(database: Database) -> None:
    """As long as it takes: the scheduler and brand_svc again and again, two of each."""
    async with asyncio.timeout(60):
        while await left(database):
            await asyncio.gather(end(database), end(database), remove(database), remove(database))


async def test_nobody_stands_in_a_circle_with_those_who_write(database_url: str) -> None:
    async with Database(database_url, pool_size=12) as database:
        for number in range(TRIES):
            brand = await brand_of(database, f"Brand {number}")
            job = await job_of(database, brand)
            for _ in range(4):
                await run_of(database, brand, scheduled_job_id=job.id)
            begun = asyncio.Event()
            workers = [work(database, held, i, begun) for i, held in enumerate(await lease(database))]
            for _ in range(4):
                await run_of(database, brand, scheduled_job_id=job.id)
            working = [asyncio.create_task(worker) for worker in workers]
            await begun.wait()
            others = [delete(database, brand), disturb(database, brand), until_removed(database)]
            ended = await asyncio.gather(*others, *working, return_exceptions=True)
            assert [error for error in ended if error] == [], f"in try {number}"
            assert await left(database) == {}


READ_OFF = (
    ("extracted_positions", "is_brand, mentions, version", "true, 1, 1"),
    ("extracted_sentiments", "is_brand, label, score, sentences, version", "true, 'neutral', 0, '{}', 1"),
)


@pytest.fixture
async def large(database: Database) -> Brand:
    """A brand with 20,000 answers of one run."""
    brand = await brand_of(database)
    run = await run_of(database, brand, status="completed", finished_at=func.now())
    async with database.transaction() as session:
        await session.execute(
            text("""
                INSERT INTO collector_results (id, customer_id, brand_id, job_run_id, query_id, question, topic,
                    collector, model, answer, latency_ms, raw_response, question_hash, day)
                SELECT gen_random_uuid(), :customer_id, :brand_id, :run_id, gen_random_uuid(), 'Q?', 'T', 'c', 'm', 'a',
                       1, '{}', '', current_date
                FROM generate_series(1, 20000)
            """),
            {"customer_id": brand.customer_id, "brand_id": brand.id, "run_id": run.id},
        )
        for table, columns, values in READ_OFF:
            await session.execute(
                text(f"""
                    INSERT INTO {table} (collector_result_id, customer_id, brand_id, name, {columns})
                    SELECT id, customer_id, brand_id, name, {values}
                    FROM collector_results, unnest(ARRAY['a', 'b', 'c']) AS name
                """)
            )
    return brand


async def test_a_large_history_goes_in_small_transactions(database: Database, large: Brand) -> None:
    await delete(database, large)
    counts = [20_000]
    while await left(database):
        async with database.transaction() as session:
            # A step that took longer would be cut short: it is a matter of a tenth of a second.
            await session.execute(text("SET LOCAL statement_timeout = '5s'"))
            assert await remove_from_brand(session, large.id)
        async with database.transaction() as session:
            counts.append(await session.scalar(select(func.count()).select_from(CollectorResult)) or 0)
    assert max(before - after for before, after in pairwise(counts)) == 500
    assert counts[-1] == 0


async def test_a_schedule_of_another_brand_that_depends_on_it_stands_against_it(database: Database) -> None:
    brand = await brand_of(database)
    async with database.transaction() as session:
        other = Brand(customer_id=brand.customer_id, name="Other")
        session.add(other)
    upstream = await job_of(database, brand)
    dependent = await job_of(database, other, depends_on=upstream.id)
    with pytest.raises(Conflict, match="depends on one of this brand's"):
        await delete(database, brand)
    async with database.transaction() as session:
        await editing.delete(session, WHO, dependent.id, None)
    await delete(database, brand)
    await end(database)
    assert await remove(database) == 0
    async with database.transaction() as session:
        assert (await session.get_one(ScheduledJob, dependent.id)).depends_on is None


async def test_nothing_can_be_planned_for_a_brand_that_was_deleted(database: Database) -> None:
    brand = await brand_of(database)
    async with database.transaction() as session:
        other = Brand(customer_id=brand.customer_id, name="Other")
        session.add(other)
    upstream = await job_of(database, brand)
    await delete(database, brand)
    terms = Terms(job_type=JobType.SCORING, cron_expression="0 9 * * *")
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await editing.create(session, WHO, brand.customer_id, brand.id, terms)
        with pytest.raises(InvalidFields, match="there is no scheduled job"):
            await editing.create(session, WHO, brand.customer_id, other.id, replace(terms, depends_on=upstream.id))
        with pytest.raises(NotFound):
            await manual.trigger(session, WHO, upstream.id)


async def test_whoever_makes_a_brand_and_whoever_deletes_its_customer_see_each_other(database: Database) -> None:
    brand = await brand_of(database)
    await delete(database, brand)
    async with database.transaction() as making:
        await brands.create(making, brand.customer_id, BrandContent("Countwise", (), (), (), (), ()), WHO)
        async with database.transaction() as deleting:
            await deleting.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                await customers.delete(deleting, brand.customer_id, WHO)
            await deleting.rollback()


async def test_a_customer_goes_after_its_brands_and_what_it_has_spent(database: Database) -> None:
    brand = await with_history(database)
    await delete(database, brand)
    async with database.transaction() as session:
        await customers.delete(session, brand.customer_id, WHO)
    async with database.transaction() as session:
        with pytest.raises(NotFound):
            await customers.get(session, brand.customer_id, WHO)
    assert await remove(database) == 2, "the brand's schedule may fire still, and the customer waits for the brand"
    await end(database)
    assert await remove(database) == 0
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM customers")) == 0
        assert await session.scalar(text("SELECT count(*) FROM spendings")) == 0


async def test_a_brand_is_deleted_while_its_run_asks(stack: Stack) -> None:
    question = "Leaving: which invoicing app?"
    brand = await stack.new_brand("Leaving", [question])
    job = await stack.new_job(brand)
    await stack.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": question, "engine": "chatgpt"}])
    run = await stack.trigger(job)
    await stack.until_called(1, "hung", question)
    assert (await stack.http.delete(f"{BRANDS}/{brand['id']}")).status_code == 204
    for path in (
        f"{BRANDS}/{brand['id']}", f"{BRANDS}/{brand['id']}/insights", f"/api/admin/job-runs/{run['id']}",
        f"/api/admin/job-runs/{run['id']}/calls", f"/api/admin/scheduled-jobs/{job['id']}",
    ):  # fmt: skip
        problem(await stack.http.get(path), 404)
    whose = {"customer_id": brand["customer_id"]}
    for path in (BRANDS, "/api/admin/job-runs", "/api/admin/scheduled-jobs"):
        assert (await stack.http.get(path, params=whose)).json()["data"] == []
    again = await stack.post(BRANDS, {**whose, "name": "Leaving"})
    assert again["id"] != brand["id"], "the name is free"
    await stack.until_logged("brand", f'"what": "brand", "id": "{brand["id"]}"')
    async with stack.database.transaction() as session:
        assert await session.get(Brand, UUID(brand["id"])) is None
    told = [json.loads(line) for line in (stack.logs / "worker.log").read_text().splitlines()]
    mine = [line for line in told if line.get("run_id") == run["id"]]
    assert [line["level"] for line in mine if line["level"] in ("error", "critical")] == []
    assert (mine[-1]["event"], mine[-1]["outcome"]) == ("run_ended", "cancelled")
