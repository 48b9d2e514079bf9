"""Asking engines: every answer stored as it arrives, none asked twice, every error sorted."""

import asyncio
import gc
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from answerbeat.database import Database
from answerbeat.schema import CollectorResult, Customer, QueryExecution
from answerbeat.schema.migrate import migrate
from engine_emulator.answers import make_up
from engine_emulator.app import Emulation
from tests.integration.collecting import ENGINES, MakeEngines, asked, collect, fault, lease_again, leased, lose, rows
from tests.integration.conftest import emulating
from tests.integration.rows import brand_of
from worker_svc.collectors.collector import Question
from worker_svc.run import Drained, LeaseLost, StepFailed
from worker_svc.store import calls
from worker_svc.store.fence import fence

QUESTIONS = ("Which invoicing app is best?", "What is the cheapest bookkeeping tool?", "Which app tracks expenses?")


@pytest.mark.parametrize("parallel", [False, True])
async def test_each_question_is_asked_of_each_engine_once(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, parallel: bool
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), parallel=parallel)
    await collect(run, database, engines_of())
    assert sorted((engine, question) for engine, question, _ in await asked(emulator)) == sorted(
        (engine, question) for engine in ENGINES for question in QUESTIONS
    )
    count = len(ENGINES) * len(QUESTIONS)
    metrics = run.metrics["data_collection"]
    assert (metrics["queries_executed"], metrics["failed_executions"]) == (3, 0)
    assert metrics["successful_executions"] == metrics["collector_results"] == count
    answers = await rows(database, CollectorResult)
    assert len(answers) == count
    assert all(answer.answer and answer.raw_response for answer in answers)
    without_sources = {answer.collector for answer in answers if not answer.engine_citations}
    assert without_sources == {"deepseek", "openai_compatible"}
    unpriced = {name for name, engine in metrics["by_collector"].items() if not engine["is_price_known"]}
    assert {answer.collector for answer in answers if answer.cost_micro_usd is None} == unpriced
    assert unpriced == {"openai_compatible"}
    assert metrics["cost_usd"] == sum(answer.cost_micro_usd or 0 for answer in answers) / 1_000_000 > 0
    assert run.progress["data_collection"] == {"done": count, "total": count}


async def test_only_what_is_missing_is_asked_by_the_next_lease(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"])
    await fault(emulator, kind="hang", contains=QUESTIONS[1])
    working = asyncio.create_task(collect(run, database, engines_of()))
    assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "hung"})).json()
    await lose(database)
    working.cancel()
    with pytest.raises((asyncio.CancelledError, LeaseLost)):
        await working
    heir = await lease_again(database, collectors=["chatgpt"])
    await collect(heir, database, engines_of())
    # The engine may have answered the call that hung: only a person may have it asked again.
    assert [question for _, question, _ in await asked(emulator)] == list(QUESTIONS)
    assert [(call.status, call.attempts) for call in await rows(database, QueryExecution)] == [
        ("answered", 1),
        ("unknown", 1),
        ("answered", 1),
    ]
    assert heir.metrics["data_collection"]["by_collector"]["chatgpt"]["unknown"] == 1
    assert "may have been paid for" in heir.complaints[0]


async def test_a_retry_by_hand_asks_the_unknown_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    await fault(emulator, kind="hang")
    with pytest.raises(StepFailed) as failed:
        await collect(run, database, engines_of(timeout_seconds=0.5))
    assert failed.value.retryable is False
    (call,) = await rows(database, QueryExecution)
    assert (call.status, call.error_kind) == ("unknown", "timeout")
    run.retried_at = datetime.now(UTC)
    await collect(run, database, engines_of())
    (call,) = await rows(database, QueryExecution)
    assert (call.status, call.attempts) == ("answered", 2)


async def test_an_answer_that_a_gateway_did_not_wait_for_is_paid_for_once(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    await fault(emulator, kind="gateway_timeout")
    for _ in range(2):
        with pytest.raises(StepFailed) as failed:
            await collect(run, database, engines_of())
        assert failed.value.retryable is False
    (call,) = await rows(database, QueryExecution)
    assert (call.status, call.error_kind, call.attempts) == ("unknown", "timeout", 1)
    assert len(await asked(emulator)) == 1


async def test_a_rate_limit_is_waited_for(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["perplexity"])
    await fault(emulator, kind="rate_limit", retry_after=1, times=1)
    await collect(run, database, engines_of())
    refused, answered = (await emulator.get("/emulator/calls")).json()
    assert (refused["outcome"], answered["outcome"]) == ("refused", "answered")
    waited = datetime.fromisoformat(answered["at"]) - datetime.fromisoformat(refused["at"])
    assert waited >= timedelta(seconds=1)
    (call,) = await rows(database, QueryExecution)
    assert (call.status, call.attempts) == ("answered", 2)


async def test_a_pause_beyond_bounds_is_left_to_the_next_attempt(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    await fault(emulator, kind="rate_limit", retry_after=3600)
    with pytest.raises(StepFailed, match="rate_limited") as failed:
        await collect(run, database, engines_of())
    assert failed.value.retryable is True
    async with database.transaction() as session:
        await session.execute(text("UPDATE engine_pauses SET until = clock_timestamp()"))
    await collect(run, database, engines_of())
    assert [outcome for *_, outcome in await asked(emulator)] == ["refused", "answered"]


@pytest.mark.parametrize(
    ("kind", "engine", "error", "keeps"),
    [
        ("not_json", "chatgpt", "unreadable", "<html>"),
        ("cut", "chatgpt", "unreadable", '"object"'),
        ("cut", "google_aio", "unreadable", "search_metadata"),
    ],
)
async def test_what_can_not_be_read_is_kept_and_the_others_go_on(
    database: Database,
    emulator: httpx2.AsyncClient,
    engines_of: MakeEngines,
    kind: str,
    engine: str,
    error: str,
    keeps: str,
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=[engine])
    await fault(emulator, kind=kind, contains=QUESTIONS[0])
    await collect(run, database, engines_of())
    calls = await rows(database, QueryExecution)
    assert [call.status for call in calls] == ["failed", "answered", "answered"]
    assert calls[0].error_kind == error
    assert keeps in calls[0].raw_response
    assert run.metrics["data_collection"]["failed_executions"] == 1
    assert f"{engine}: 1 of 3 calls failed ({error})" in run.complaints[0]
    # It was answered and paid for: another attempt of the run leaves it be.
    await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 3


async def test_an_engine_without_a_key_is_named_and_the_others_go_on(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(
        database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt", "perplexity"]
    )
    await collect(run, database, engines_of(OPENAI_API_KEY=""))
    assert run.complaints == ["chatgpt: OPENAI_API_KEY is not set."]
    assert [engine for engine, *_ in await asked(emulator)] == ["perplexity"]


async def test_no_key_at_all_fails_the_run_and_says_which(database: Database, engines_of: MakeEngines) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    with pytest.raises(StepFailed, match="OPENAI_API_KEY is not set") as failed:
        await collect(run, database, engines_of(OPENAI_API_KEY=""))
    assert failed.value.retryable is False


async def test_a_key_that_is_refused_is_not_tried_for_each_question(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"])
    with pytest.raises(StepFailed, match="unauthorized"):
        await collect(run, database, engines_of(OPENAI_API_KEY="sk-real-key-of-somebody"))
    assert len(await asked(emulator)) == 1
    assert "somebody" not in str(run.complaints)


async def test_no_question_fails_the_run(database: Database, engines_of: MakeEngines) -> None:
    run = await leased(database, await brand_of(database))
    with pytest.raises(StepFailed, match="no active question"):
        await collect(run, database, engines_of())


async def test_an_engine_that_can_not_be_reached_may_be_tried_again(
    database: Database, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    engines = engines_of(OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    with pytest.raises(StepFailed, match="can't be reached") as failed:
        await collect(run, database, engines)
    assert failed.value.retryable is True


async def test_a_collector_that_breaks_leaves_the_others_alone(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(
        database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["google_aio", "perplexity"]
    )
    await collect(run, database, engines_of(SERPAPI_BASE_URL="http://[half an address"))
    assert [(call.collector, call.status) for call in await rows(database, QueryExecution)] == [
        ("google_aio", "unknown"),
        ("perplexity", "answered"),
    ]


async def test_the_second_fetch_of_an_overview_is_tried_alone(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    questions = tuple(f"Which hiking boots are number {i}?" for i in range(40))
    needs_second = [
        q for q in questions if (made := make_up(1, "google_aio", q)).needs_second_fetch and made.has_overview
    ]
    run = await leased(database, await brand_of(database, questions=tuple(needs_second[:1])), collectors=["google_aio"])
    await fault(emulator, kind="rate_limit", engine="google_aio_page", retry_after=0)
    await collect(run, database, engines_of())
    entries = (await emulator.get("/emulator/calls")).json()
    assert [(entry["engine"], entry["outcome"]) for entry in entries] == [
        ("google_aio", "answered"),
        ("google_aio_page", "refused"),
        ("google_aio_page", "answered"),
    ]


async def test_a_second_fetch_that_a_gateway_did_not_wait_for_is_not_made_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    questions = (f"Which hiking boots are number {i}?" for i in range(40))
    asks_twice = (q for q in questions if (m := make_up(1, "google_aio", q)).needs_second_fetch and m.has_overview)
    brand = await brand_of(database, questions=(next(asks_twice),))
    run = await leased(database, brand, collectors=["google_aio"])
    await fault(emulator, kind="gateway_timeout", engine="google_aio_page")
    with pytest.raises(StepFailed):
        await collect(run, database, engines_of())
    assert [call.status for call in await rows(database, QueryExecution)] == ["unknown"]
    assert [entry["engine"] for entry in (await emulator.get("/emulator/calls")).json()] == [
        "google_aio",
        "google_aio_page",
    ]


async def test_what_was_left_unknown_after_a_retry_by_hand_is_not_asked_again_by_itself(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    run.retried_at = datetime.now(UTC)
    await fault(emulator, kind="hang")
    with pytest.raises(StepFailed):
        await collect(run, database, engines_of(timeout_seconds=0.5))
    with pytest.raises(StepFailed):
        await collect(run, database, engines_of())
    assert len(await asked(emulator)) == 1


async def test_a_database_that_is_away_loses_no_answer(
    own_server: Any, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    migrate(own_server.get_uri())
    async with Database(own_server.get_uri()) as database:
        run = await leased(
            database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"], parallel=True
        )
        asking = asyncio.create_task(collect(run, database, engines_of()))
        assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "answered"})).json()
        process = own_server.get_postmaster_info().process
        process.kill()
        await asyncio.to_thread(process.wait, 20)
        await asyncio.to_thread(own_server.ensure_postgres_running)
        await asking
        assert run.metrics["data_collection"]["successful_executions"] == 3
        assert len(await asked(emulator)) == 3


async def test_storing_again_after_a_commit_whose_end_was_not_heard_changes_nothing(
    database: Database, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    collector = engines_of()["chatgpt"]
    async with fence(database, run) as fenced:
        (call,) = await calls.missing(fenced.session, run, ["chatgpt"])
        key = await calls.begin(fenced, call)
    assert key
    exchange = await collector.ask(Question(call.question, None, None))
    answer = collector.read(exchange)
    for _ in range(2):
        async with fence(database, run) as fenced:
            await calls.answered(fenced, call, key, exchange, answer, collector.surface, 5)
    (execution,) = await rows(database, QueryExecution)
    (stored,) = await rows(database, CollectorResult)
    assert execution.status == "answered"
    assert execution.cost_micro_usd == stored.cost_micro_usd > 0


async def test_a_zombie_stores_nothing_of_what_it_had_asked(database: Database, engines_of: MakeEngines) -> None:
    zombie = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    collector = engines_of()["chatgpt"]
    async with fence(database, zombie) as fenced:
        (call,) = await calls.missing(fenced.session, zombie, ["chatgpt"])
        key = await calls.begin(fenced, call)
    assert key
    exchange = await collector.ask(Question(call.question))
    await lose(database)
    await lease_again(database, collectors=["chatgpt"])
    with pytest.raises(LeaseLost):
        async with fence(database, zombie) as fenced:
            await calls.answered(fenced, call, key, exchange, collector.read(exchange), collector.surface, 5)
    assert await rows(database, CollectorResult) == []
    assert [call.status for call in await rows(database, QueryExecution)] == ["asking"]


async def test_a_zombie_asks_nothing(database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"])
    run.token = uuid4()
    with pytest.raises(LeaseLost):
        await collect(run, database, engines_of())
    assert await asked(emulator) == []
    assert await rows(database, QueryExecution) == []


async def test_a_worker_that_stops_begins_no_further_call(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["chatgpt"])
    run.draining.set()
    with pytest.raises(Drained):
        await collect(run, database, engines_of())
    assert await asked(emulator) == []


async def test_a_worker_that_is_stopped_while_it_makes_a_client_has_begun_no_call(
    database: Database, engines_of: MakeEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def load() -> None:
        loading.set()
        loaded.wait(30)

    engines = engines_of()
    monkeypatch.setattr(engines["chatgpt"], "load", load)
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    working = asyncio.create_task(collect(run, database, engines))
    try:
        assert await asyncio.to_thread(loading.wait, 30)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    finally:
        loaded.set()
    gc.collect()  # what was never awaited is told of now, and fails the test
    assert await rows(database, QueryExecution) == []


async def test_a_client_that_can_not_be_made_costs_nothing_and_leaves_the_others_alone(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load() -> None:
        raise ImportError("no such SDK")

    engines = engines_of()
    monkeypatch.setattr(engines["chatgpt"], "load", load)
    brand = await brand_of(database, questions=QUESTIONS[:1])
    await collect(await leased(database, brand, collectors=["chatgpt", "claude"]), database, engines)
    calls_made = {call.collector: call for call in await rows(database, QueryExecution)}
    assert (calls_made["chatgpt"].status, calls_made["claude"].status) == ("failed", "answered")
    assert "ImportError" in calls_made["chatgpt"].error_message
    assert [engine for engine, *_ in await asked(emulator)] == ["claude"]


@pytest.mark.parametrize(
    "changes", [{"OPENAI_BASE_URL": ""}, {"OPENAI_API_KEY": "sk-real"}], ids=["real address", "real key"]
)
async def test_a_demo_customer_is_never_asked_of_a_real_engine(
    database: Database, engines_of: MakeEngines, changes: dict[str, str]
) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    async with database.transaction() as session:
        (await session.get_one(Customer, brand.customer_id)).is_demo = True
    run = await leased(database, brand, collectors=["chatgpt"])
    with pytest.raises(StepFailed, match="emulated engines only"):
        await collect(run, database, engines_of(**changes))


async def test_characters_that_postgresql_can_not_keep_are_replaced_and_the_answer_is_kept(
    database: Database, engines_of: MakeEngines, tmp_path: Path
) -> None:
    content = [{"type": "output_text", "text": "Ledgerly\0 leads."}]
    body = {"status": "completed", "model": "m\0", "output": [{"type": "message", "content": content}]}
    (tmp_path / "odd.json").write_text(json.dumps({"response": {"status": 200, "body": body}}))
    run = await leased(database, await brand_of(database, questions=QUESTIONS[:1]), collectors=["chatgpt"])
    async with emulating(Emulation(recordings=tmp_path)) as replaying:
        address = f"{str(replaying.base_url).rstrip('/')}/replay/odd"
        await collect(run, database, engines_of(OPENAI_BASE_URL=address))
    (answer,) = await rows(database, CollectorResult)
    assert (answer.answer, answer.model) == ("Ledgerly\ufffd leads.", "m\ufffd")


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert calls.storable("a\ud83d\0b") == "a?\ufffdb"
