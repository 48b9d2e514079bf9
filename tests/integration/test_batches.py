"""Questions handed in as a batch: half the price, never twice, and whoever holds the run goes on waiting."""

import asyncio
import json
import threading
from pathlib import Path

import httpx2
import pytest

from answerbeat.database import Database
from answerbeat.schema import CollectorResult, EngineBatch, QueryExecution
from engine_emulator.app import Emulation, environment
from tests.integration.collecting import MakeEngines, asked, collect, fault, lease_again, leased, lose, rows
from tests.integration.conftest import emulating
from tests.integration.rows import brand_of
from tests.integration.stack import Stack
from tests.integration.test_money import budget
from worker_svc.collectors import prices
from worker_svc.collectors.collector import Question
from worker_svc.context import RunContext
from worker_svc.engines import Engines
from worker_svc.run import Drained, Run, StepFailed
from worker_svc.steps import batch as batch_step
from worker_svc.store import calls

QUESTIONS = tuple(f"Which kettle is best for {place}?" for place in ("offices", "boats", "attics"))
ENGINES = ["chatgpt", "claude", "gemini"]
AWAY = {f"{name}_BASE_URL": "http://127.0.0.1:9/v1" for name in ("OPENAI", "ANTHROPIC", "GEMINI")}


async def collect_batches(run: Run, database: Database, engines: Engines, poll_seconds: float = 0.01) -> None:
    await collect(run, database, engines, batch_poll_seconds=poll_seconds)


async def wait_for_held_batches(
    emulator: httpx2.AsyncClient, run: Run, database: Database, engines: Engines
) -> asyncio.Task[None]:
    """A worker that has handed in one batch of ChatGPT's, one of Claude's and three of Gemini's, and waits for them."""
    await hold(emulator, held=True)
    working = asyncio.create_task(collect_batches(run, database, engines, poll_seconds=600))
    await until(emulator, "looked", 5)
    return working


async def until(emulator: httpx2.AsyncClient, outcome: str, count: int = 1) -> None:
    assert (await emulator.get("/emulator/wait", params={"count": count, "outcome": outcome})).json()


async def hold(emulator: httpx2.AsyncClient, *, held: bool) -> None:
    await emulator.put("/emulator/batches", json={"held": held})


async def each_answered_once(database: Database, emulator: httpx2.AsyncClient) -> None:
    assert {call.status for call in await rows(database, QueryExecution)} == {"answered"}
    outcomes = await asked(emulator)
    assert len(outcomes) == len(set(outcomes)) == len(QUESTIONS) * len(ENGINES)
    assert len(await rows(database, CollectorResult)) == len(QUESTIONS) * len(ENGINES)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_batch_brings_the_same_answers_for_half_the_tokens_price(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, engine: str
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    engines = engines_of()
    run = await leased(database, brand, collectors=[engine], batch=True)
    await collect_batches(run, database, engines)
    assert run.metrics["data_collection"]["successful_executions"] == 3
    assert run.progress["data_collection"] == {"done": 3, "total": 3}
    batched = {a.question: a for a in await rows(database, CollectorResult)}
    compared = 0
    for question, answer in batched.items():
        alone = engines[engine].read(await engines[engine].ask(Question(question)))
        assert (answer.answer, answer.model) == (alone.text, alone.model)
        assert answer.cost_micro_usd < alone.cost_micro_usd
        tokens = prices.token_cost(alone.model, answer.input_tokens, answer.output_tokens)
        whole = prices.token_cost(alone.model, alone.input_tokens, alone.output_tokens)
        if answer.input_tokens == alone.input_tokens:  # Claude's paused answers came in two turns
            compared += 1
            assert alone.cost_micro_usd - answer.cost_micro_usd == pytest.approx(whole - tokens / 2, abs=1)
    assert compared == 3 or (compared and engine == "claude")


async def test_a_worker_that_stops_leaves_its_batches_to_the_next(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=ENGINES, batch=True)
    working = await wait_for_held_batches(emulator, run, database, engines_of())
    run.draining.set()
    with pytest.raises(Drained):  # and no group of errors, which would stop calls that are under way beside it
        await working
    await lose(database)
    await hold(emulator, held=False)
    again = await lease_again(database, collectors=ENGINES, batch=True)
    await collect_batches(again, database, engines_of())
    await each_answered_once(database, emulator)


async def test_a_worker_that_dies_leaves_its_batches_to_the_next(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=ENGINES, batch=True)
    working = await wait_for_held_batches(emulator, run, database, engines_of())
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await lose(database)
    await hold(emulator, held=False)
    await collect_batches(await lease_again(database, collectors=ENGINES, batch=True), database, engines_of())
    await each_answered_once(database, emulator)


async def test_a_worker_that_can_not_make_a_client_leaves_batches_with_their_engines(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=ENGINES, batch=True)
    working = await wait_for_held_batches(emulator, run, database, engines_of())
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await lose(database)
    await hold(emulator, held=False)
    tried = threading.Event()

    def load() -> None:
        tried.set()
        raise ImportError("no such SDK")

    broken = engines_of()
    for name in ENGINES:
        monkeypatch.setattr(broken[name], "load", load)
    heir = await lease_again(database, collectors=ENGINES, batch=True)
    waiting = asyncio.create_task(collect_batches(heir, database, broken))
    assert await asyncio.to_thread(tried.wait, 30)
    heir.draining.set()
    with pytest.raises(Drained):
        await waiting
    await lose(database)
    await collect_batches(await lease_again(database, collectors=ENGINES, batch=True), database, engines_of())
    await each_answered_once(database, emulator)


async def test_a_batch_whose_handing_in_was_not_heard_of_is_of_unknown_fate(
    database: Database, engines_of: MakeEngines
) -> None:
    heard = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        heard.set()
        await reader.read()
        writer.close()

    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["claude"], batch=True)
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        working = asyncio.create_task(collect_batches(run, database, engines_of(ANTHROPIC_BASE_URL=address)))
        await asyncio.wait_for(heard.wait(), 10)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await lose(database)
    again = await lease_again(database, collectors=["claude"], batch=True)
    with pytest.raises(StepFailed, match="may have been paid for"):
        await collect_batches(again, database, engines_of())
    assert {call.status for call in await rows(database, QueryExecution)} == {"unknown"}


@pytest.mark.parametrize("engine", ENGINES)
async def test_one_question_that_fails_is_asked_again_by_the_next_attempt_alone(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, engine: str
) -> None:
    await fault(emulator, kind="server_error", contains="boats", engine=engine)
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=[engine], batch=True)
    await collect_batches(run, database, engines_of())
    assert [outcome for _, _, outcome in await asked(emulator)].count("answered") == 2
    await collect_batches(run, database, engines_of())
    outcomes = await asked(emulator)
    assert sorted(outcome for _, question, outcome in outcomes if "boats" in question) == ["answered", "refused"]
    assert len(outcomes) == 4


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_answer_that_can_not_be_read_is_not_asked_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, engine: str
) -> None:
    await fault(emulator, kind="not_json", contains="boats", engine=engine)
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=[engine], batch=True)
    await collect_batches(run, database, engines_of())
    await collect_batches(run, database, engines_of())
    assert len(await asked(emulator)) == len(QUESTIONS)
    calls_by_question = {call.question: call for call in await rows(database, QueryExecution)}
    broken = calls_by_question.pop(QUESTIONS[1])
    assert (broken.status in ("unknown", "failed"), broken.is_retryable, broken.attempts) == (True, False, 1)
    assert broken.error_kind == "unreadable"
    assert {call.status for call in calls_by_question.values()} == {"answered"}


async def test_who_cancels_a_run_over_http_ends_its_batch_with_the_engine(stack: Stack) -> None:
    questions = [f"Cancelled in a batch: which kettle, {i}?" for i in range(2)]
    brand = await stack.new_brand("Cancelled in a batch", questions)
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"], "batch": True})
    await hold(stack.emulator, held=True)
    try:
        run = await stack.trigger(job)
        await stack.until_called(1, "looked", "batch_")
        assert (await stack.http.post(f"/api/admin/job-runs/{run['id']}/cancel")).status_code == 202
        ended = await stack.until_ended(run["id"])
        batches = (await stack.emulator.get("/emulator/batches")).json()
    finally:
        await hold(stack.emulator, held=False)
    assert ended["status"] == "cancelled"
    assert list(batches.values()) == ["cancelled"]
    # A batch may have been answered before it was ended: nobody knows whether it is paid.
    assert ended["metrics"]["data_collection"]["by_collector"]["chatgpt"]["unknown"] == 2


@pytest.mark.parametrize("is_reached", [True, False], ids=["engine is there", "engine is away"])
async def test_a_stopped_batch_leaves_its_calls_of_unknown_fate(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, is_reached: bool
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=ENGINES, batch=True)
    engines = engines_of()
    working = await wait_for_held_batches(emulator, run, database, engines)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    context = RunContext(run, database, engines if is_reached else engines_of(**AWAY))
    await batch_step.stop(context)
    async with context.fenced() as fenced:
        await calls.abandon(fenced)
    states = (await emulator.get("/emulator/batches")).json()
    assert set(states.values()) == {"cancelled" if is_reached else "open"}
    assert {call.status for call in await rows(database, QueryExecution)} == {"unknown"}
    assert all(batch.ended_at for batch in await rows(database, EngineBatch))


async def test_a_refused_key_fails_the_batch(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["claude"], batch=True)
    with pytest.raises(StepFailed, match="unauthorized") as failed:
        await collect_batches(run, database, engines_of(ANTHROPIC_API_KEY="sk-not-emulated"))
    assert not failed.value.retryable


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_engine_that_refuses_to_take_a_batch_is_not_asked_again(
    database: Database, engines_of: MakeEngines, tmp_path: Path, engine: str
) -> None:
    body = {"error": {"type": "permission_error", "message": "No batches for you."}}
    (tmp_path / "refused.json").write_text(json.dumps({"response": {"status": 403, "body": body}}))
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=[engine], batch=True)
    async with emulating(Emulation(recordings=tmp_path)) as refusing:
        refused = {name: f"{str(refusing.base_url).rstrip('/')}/replay/refused" for name in AWAY}
        with pytest.raises(StepFailed, match="No batches for you") as failed:
            await collect_batches(run, database, engines_of(**refused))
    assert not failed.value.retryable
    assert {(c.status, c.error_kind, c.attempts) for c in await rows(database, QueryExecution)} == {
        ("failed", "unauthorized", 1)
    }
    (batch,) = {batch.ended_at is not None for batch in await rows(database, EngineBatch)}
    assert batch


async def test_a_batch_that_the_engine_does_not_know_any_more_ends_and_is_not_handed_in_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=ENGINES, batch=True)
    working = await wait_for_held_batches(emulator, run, database, engines_of())
    run.draining.set()
    with pytest.raises(Drained):
        await working
    await lose(database)
    again = await lease_again(database, collectors=ENGINES, batch=True)
    async with emulating(Emulation(latency_ms=0)) as other:
        addresses = {name: value for name, value in environment(str(other.base_url)).items() if name in AWAY}
        with pytest.raises(StepFailed):
            await collect_batches(again, database, engines_of(**addresses))
        assert (await other.get("/emulator/batches")).json() == {}
    assert {(c.status, c.attempts) for c in await rows(database, QueryExecution)} == {("failed", 1)}
    assert all(batch.ended_at for batch in await rows(database, EngineBatch))


async def test_an_engine_that_breaks_off_while_a_batch_is_looked_at_is_looked_at_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["chatgpt"], batch=True)
    await hold(emulator, held=True)
    working = asyncio.create_task(collect_batches(run, database, engines_of(), poll_seconds=600))
    await until(emulator, "looked")
    run.draining.set()
    with pytest.raises(Drained):
        await working
    await lose(database)
    looks = asyncio.Semaphore(0)

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        looks.release()
        writer.close()

    second = await lease_again(database, collectors=["chatgpt"], batch=True)
    async with await asyncio.start_server(break_off, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        working = asyncio.create_task(collect_batches(second, database, engines_of(OPENAI_BASE_URL=address)))
        async with asyncio.timeout(20):
            for _ in range(3):
                await looks.acquire()
        second.draining.set()
        with pytest.raises(Drained):
            await working
    await lose(database)
    await hold(emulator, held=False)
    third = await lease_again(database, collectors=["chatgpt"], batch=True)
    await collect_batches(third, database, engines_of())
    assert [call.status for call in await rows(database, QueryExecution)] == ["answered"] * 3
    assert len(await asked(emulator)) == 3


async def test_a_budget_keeps_questions_out_of_a_batch(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    await budget(database, "brand", brand.id, max_micro_usd_per_day=0)
    run = await leased(database, brand, collectors=["chatgpt"], batch=True)
    with pytest.raises(StepFailed, match="budget"):
        await collect_batches(run, database, engines_of())
    assert await asked(emulator) == []


async def test_engines_without_batches_are_asked_one_by_one(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["mistral", "chatgpt"], batch=True)
    await collect_batches(run, database, engines_of())
    assert run.metrics["data_collection"]["successful_executions"] == 6
    assert [batch.collector for batch in await rows(database, EngineBatch)] == ["chatgpt"]
