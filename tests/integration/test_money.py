"""Money: what calls cost, budgets that stop them before they are made, and engines that are left in peace."""

import asyncio
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select, text, update

from answerbeat.database import Database
from answerbeat.schema import CollectorResult, EnginePause, Limit, QueryExecution, Spending
from brand_svc.catalog.store import engine_health
from engine_emulator.answers import make_up
from tests.integration.collecting import MakeEngines, asked, collect, fault, leased, rows
from tests.integration.rows import brand_of
from worker_svc.collectors.errors import EngineError
from worker_svc.run import StepFailed
from worker_svc.store import pauses

QUESTIONS = tuple(f"Which invoicing app is best for {trade}?" for trade in ("bakers", "dentists", "pilots", "tailors"))
WITHOUT_OVERVIEW = next(
    q for q in (f"Which boots for week {i}?" for i in range(500)) if not make_up(1, "google_aio", q).has_overview
)


async def budget(database: Database, scope: str, key: object, **bounds: int) -> None:
    async with database.transaction() as session:
        session.add(Limit(scope=scope, key=str(key), updated_by="test", **bounds))


async def pause_of(database: Database) -> EnginePause:
    async with database.transaction() as session:
        return await session.get_one(EnginePause, "chatgpt")


async def spent(database: Database) -> tuple[int, int]:
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT coalesce(sum(calls), 0), coalesce(sum(micro_usd), 0) FROM spendings")
        )
        calls, micro_usd = found.one()
    return int(calls), int(micro_usd)


async def test_the_bill_agrees_with_the_answers(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt", "claude"])
    await collect(run, database, engines_of())
    costs = [answer.cost_micro_usd for answer in await rows(database, CollectorResult)]
    assert await spent(database) == (8, sum(costs))
    assert run.metrics["data_collection"]["cost_usd"] == sum(costs) / 1_000_000


@pytest.mark.parametrize("scope", ["customer", "brand", "collector"])
@pytest.mark.parametrize("period", ["day", "month"])
async def test_a_budget_stops_calls_before_they_are_made(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, scope: str, period: str
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["chatgpt"])
    key = {"customer": brand.customer_id, "brand": brand.id, "collector": "chatgpt"}[scope]
    # A call costs about 3 cents: two fit, and half of another.
    await budget(database, scope, key, **{f"max_micro_usd_per_{period}": 80_000})
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 2
    executions = await rows(database, QueryExecution)
    assert [(e.status, e.error_kind, e.attempts) for e in executions] == [
        ("answered", None, 1),
        ("answered", None, 1),
        ("failed", "budget", 0),
        ("failed", "budget", 0),
    ]
    assert f"The budget of {scope} {key} is $0.08 a {period}" in run.complaints[0]
    assert (await spent(database))[1] <= 80_000


async def test_calls_at_once_do_not_overrun_a_budget(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    async with database.transaction() as session:
        session.add(
            Spending(
                brand_id=brand.id, customer_id=brand.customer_id, collector="chatgpt", calls=1, micro_usd=30_000,
                day=text("CAST(now() AT TIME ZONE 'UTC' AS date)"),
            )
        )  # fmt: skip
    await budget(database, "customer", brand.customer_id, max_micro_usd_per_day=95_000)
    run = await leased(database, brand, collectors=["chatgpt"], parallel=True)
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 2


async def test_a_budget_of_nothing_asks_nobody(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    await budget(database, "customer", brand.customer_id, max_micro_usd_per_day=0)
    with pytest.raises(StepFailed, match=r"\(budget\)") as failed:
        await collect(await leased(database, brand, collectors=["chatgpt"]), database, engines_of())
    assert not failed.value.retryable
    assert await asked(emulator) == []


async def test_a_search_without_an_answer_is_paid_for(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=(WITHOUT_OVERVIEW,)), collectors=["google_aio"])
    await collect(run, database, engines_of())
    (call,) = await rows(database, QueryExecution)
    assert (call.status, call.cost_micro_usd) == ("no_overview", 15_000)
    assert await spent(database) == (1, 15_000)


async def test_a_price_that_nobody_knows_is_unknown_and_not_nothing(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:2])
    await budget(database, "brand", brand.id, max_micro_usd_per_day=1)
    run = await leased(database, brand, collectors=["openai_compatible"])
    await collect(run, database, engines_of())
    assert [answer.cost_micro_usd for answer in await rows(database, CollectorResult)] == [None, None]
    assert [call.cost_micro_usd for call in await rows(database, QueryExecution)] == [None, None]
    metrics = run.metrics["data_collection"]
    assert (metrics["cost_usd"], metrics["unpriced_executions"]) == (0, 2)
    assert metrics["by_collector"]["openai_compatible"]["is_price_known"] is False
    async with database.transaction() as session:
        (bill,) = await session.scalars(select(Spending))
        (health,) = (await engine_health.health_of(session, ["openai_compatible"])).values()
    assert (bill.calls, bill.micro_usd, bill.unpriced) == (2, 0, 2)
    assert health.typical_micro_usd is None


async def test_calls_of_unknown_price_make_no_other_look_cheaper(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    await collect(await leased(database, brand, collectors=["chatgpt"]), database, engines_of())
    _, micro_usd = await spent(database)
    async with database.transaction() as session:
        await session.execute(update(Spending).values(calls=Spending.calls + 96, unpriced=96))
        (health,) = (await engine_health.health_of(session, ["chatgpt"])).values()
    assert health.typical_micro_usd == pytest.approx(micro_usd / 4)
    await budget(database, "brand", brand.id, max_micro_usd_per_day=micro_usd + micro_usd // 8)
    with pytest.raises(StepFailed, match="budget"):
        await collect(await leased(database, brand, collectors=["chatgpt"]), database, engines_of())


async def test_a_copy_from_a_cache_is_counted_and_costs_nothing(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    run = await leased(database, brand, collectors=["google_ai_mode"], samples=3)
    await fault(emulator, kind="copy")
    await collect(run, database, engines_of())
    metrics = run.metrics["data_collection"]
    assert (metrics["copies"], metrics["successful_executions"], metrics["cost_usd"]) == (1, 3, 0.03)
    assert metrics["by_collector"]["google_ai_mode"]["copies"] == 1
    assert sorted(answer.cost_micro_usd for answer in await rows(database, CollectorResult)) == [0, 15_000, 15_000]


async def test_samples_are_answers_of_their_own(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(
        database, await brand_of(database, questions=QUESTIONS[:2]), collectors=["chatgpt", "grok"], samples=3
    )
    await collect(run, database, engines_of())
    answers = await rows(database, CollectorResult)
    assert len({(a.query_id, a.collector, a.sample) for a in answers}) == len(answers) == 12
    assert {a.sample for a in answers} == {1, 2, 3}
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 12, "nothing is asked again"


async def test_a_pause_that_an_engine_asks_for_holds_for_all_workers(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    await fault(emulator, kind="rate_limit", retry_after=300)
    with pytest.raises(StepFailed, match="rate_limited") as failed:
        await collect(await leased(database, brand, collectors=["chatgpt"]), database, engines_of())
    assert failed.value.retryable
    other = await brand_of(database, "Other", questions=QUESTIONS[:1])
    run = await leased(database, other, collectors=["chatgpt", "claude"])
    await collect(run, database, engines_of())
    assert len([engine for engine, _, _ in await asked(emulator) if engine == "chatgpt"]) == 1
    assert "it asked for a pause of 300 s" in run.complaints[0]
    assert run.metrics["data_collection"]["by_collector"]["claude"]["successful"] == 1


async def test_the_last_request_that_headers_allow_is_heeded(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    await fault(emulator, kind="last_one", retry_after=300)
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"])
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 1
    assert "it takes no further request for 300 s" in run.complaints[0]


async def failing_engine(database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines) -> None:
    """Fails until the circuit is open."""
    await fault(emulator, kind="server_error", engine="chatgpt", times=pauses.FAILURES)
    run = await leased(database, await brand_of(database, "Ill", questions=QUESTIONS), collectors=["chatgpt"])
    working = asyncio.create_task(collect(run, database, engines_of()))
    wanted = {"count": pauses.FAILURES, "outcome": "refused"}
    assert (await emulator.get("/emulator/wait", params=wanted)).json() is True
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_an_engine_that_fails_in_a_row_is_left_in_peace(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    await failing_engine(database, emulator, engines_of)
    pause = await pause_of(database)
    assert pause.failures >= pauses.FAILURES - 1
    async with database.transaction() as session:
        await session.execute(
            update(EnginePause).values(failures=pauses.FAILURES, until=pause.until + timedelta(hours=1))
        )
    before = len(await asked(emulator))
    run = await leased(
        database, await brand_of(database, "Well", questions=QUESTIONS[:1]), collectors=["chatgpt", "grok"]
    )
    await collect(run, database, engines_of())
    assert [engine for engine, _, _ in (await asked(emulator))[before:]] == ["grok"]
    assert "failed several times in a row" in run.complaints[0]


async def test_an_answer_closes_the_circuit(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    async with database.transaction() as session:
        session.add(
            EnginePause(
                collector="chatgpt", until=text("clock_timestamp()"), failures=pauses.FAILURES + 3, reason="ill"
            )
        )
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"], parallel=True)
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == len(QUESTIONS)
    pause = await pause_of(database)
    assert pause.failures == 0


async def test_the_circuit_opens_lets_one_through_and_keeps_a_longer_pause(database: Database) -> None:
    ill = EngineError("engine_error", "Broke.")
    async with database.transaction() as session:
        for _ in range(pauses.FAILURES - 1):
            await pauses.note_failure(session, "grok", ill)
        assert (await pauses.seconds_left(session, "grok"))[0] == 0
        await pauses.note_failure(session, "grok", ill)
        assert 0 < (await pauses.seconds_left(session, "grok"))[0] <= pauses.OPEN_SECONDS
        await session.execute(update(EnginePause).values(until=text("clock_timestamp()")))
        assert (await pauses.seconds_left(session, "grok"))[0] == 0, "one is let through"
        assert (await pauses.seconds_left(session, "grok"))[0] > 0, "the others wait for it"
        await pauses.note_rate(session, "grok", 900)
        await pauses.note_failure(session, "grok", ill)
        assert (await pauses.seconds_left(session, "grok"))[0] > 800
