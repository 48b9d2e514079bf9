"""Processes that die and a database that goes away: nothing is lost, and nothing is paid twice."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from answerbeat import schema
from answerbeat.schema import ScheduledJob
from answerbeat.schema.migrate import migrate
from answerbeat.schema.revision import NEEDED
from launcher.health import why_not
from tests.integration.conftest import empty
from tests.integration.stack import Stack

SERVICES = ("scheduler_svc", "brand_svc")
QUESTIONS = [f"question {i} about hiking boots?" for i in range(4)]


@pytest.fixture
async def own(server: str, database_url: str, tmp_path: Path) -> AsyncIterator[Stack]:
    """A stack whose processes the test may kill."""
    async with Stack(database_url, tmp_path) as started:
        yield started


def stop(server: Any) -> None:
    """A fast shutdown of PostgreSQL: sessions are cut."""
    process = server.get_postmaster_info().process
    process.send_signal(signal.SIGINT)
    process.wait(20)


async def test_a_killed_worker_costs_no_second_call(own: Stack) -> None:
    brand = await own.new_brand("Killed", QUESTIONS)
    job = await own.new_job(brand, metadata={"collectors": ["chatgpt", "perplexity"]})
    await own.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": QUESTIONS[2], "engine": "chatgpt"}])
    run = await own.trigger(job)
    await own.until_called(1, "hung", QUESTIONS[2])
    await own.stop("worker", signal.SIGKILL)
    await own.start("worker")
    ended = await own.until_ended(run["id"])
    assert (ended["status"], ended["attempt"]) == ("completed", 2)
    asked = Counter((call["engine"], call["question"]) for call in await own.calls("hiking boots"))
    assert asked == {(engine, question): 1 for engine in ("chatgpt", "perplexity") for question in QUESTIONS}
    assert ended["metrics"]["data_collection"]["successful_executions"] == 7
    assert ended["metrics"]["data_collection"]["by_collector"]["chatgpt"]["unknown"] == 1
    assert ended["metrics"]["scoring"]["positions_processed"] == 7
    assert "may have been paid for" in ended["error_message"]


async def test_a_run_leased_again_by_the_worker_that_lost_it_keeps_its_second_lease(
    database_url: str, tmp_path: Path
) -> None:
    """A worker that was frozen holds two leases of one run for a while; the end of the old one must not touch the new.

    The old lease's call times out while the new lease, which outlives LEASE_SECONDS, needs its heartbeats.
    """
    questions = [f"question {i} about climbing ropes?" for i in range(10)]
    async with Stack(database_url, tmp_path, ANSWERBEAT_CALL_TIMEOUT_SECONDS="3") as stack:
        await stack.stop("emulator")
        await stack.start("emulator", "--latency-ms", "400")
        await stack.until_ready()
        brand = await stack.new_brand("Frozen", questions)
        job = await stack.new_job(brand, metadata={"collectors": ["perplexity"]})
        await stack.until_emulated()
        await stack.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": "question"}])
        run = await stack.trigger(job)
        await stack.until_called(1, "hung", "climbing ropes")
        stack.processes["worker"].send_signal(signal.SIGSTOP)
        await stack.until_run(run["id"], lambda found: found.status == "processing" and found.attempt == 2)
        stack.processes["worker"].send_signal(signal.SIGCONT)
        ended = await stack.until_ended(run["id"])
        told = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines()]
    assert (ended["status"], ended["attempt"]) == ("completed", 2)
    assert ended["metrics"]["data_collection"]["successful_executions"] == 9
    assert [line for line in told if line["level"] in ("error", "critical")] == []


async def test_a_worker_that_is_told_to_stop_hands_its_run_back(own: Stack) -> None:
    brand = await own.new_brand("Stopped", QUESTIONS)
    await own.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": QUESTIONS[1]}])
    run = await own.trigger(await own.new_job(brand, metadata={"collectors": ["chatgpt"]}))
    await own.until_called(1, "hung", QUESTIONS[1])
    assert await own.stop("worker") == 0
    await own.start("worker")
    ended = await own.until_ended(run["id"])
    assert (ended["status"], ended["attempt"]) == ("completed", 1)
    assert ended["metrics"]["data_collection"]["successful_executions"] == 3
    assert Counter(call["question"] for call in await own.calls("hiking boots")) == dict.fromkeys(QUESTIONS, 1)


async def test_options_that_are_no_longer_right_end_the_run_and_not_the_worker(own: Stack) -> None:
    brand = await own.new_brand("Options", QUESTIONS)
    job = await own.new_job(brand, job_type="scoring", overlap_policy="allow")
    async with own.database.transaction() as session:
        (await session.get_one(ScheduledJob, UUID(job["id"]))).options = {"collectors": ["gone"]}
    ended = await own.until_ended((await own.trigger(job))["id"])
    assert ended["status"] == "failed"
    assert "'gone' is not a collector" in ended["error_message"]
    assert own.processes["worker"].returncode is None


async def test_a_killed_scheduler_loses_no_run(own: Stack) -> None:
    brand = await own.new_brand("Scheduler", QUESTIONS)
    job = await own.new_job(brand, metadata={"collectors": ["perplexity"]})
    await own.emulator.put("/emulator/faults", json=[{"kind": "rate_limit", "retry_after": 2}])
    run = await own.trigger(job)
    await own.until_called(1, "refused", "hiking boots")
    await own.stop("scheduler", signal.SIGKILL)
    await own.until_ready(ready=False)
    await own.start("scheduler")
    await own.until_ready()
    ended = await own.until_ended(run["id"])
    assert ended["status"] == "completed"
    answered = Counter(c["question"] for c in await own.calls("hiking boots") if c["outcome"] == "answered")
    assert answered == dict.fromkeys(QUESTIONS, 1)


async def test_the_database_goes_away_and_comes_back(own_server: Any, tmp_path: Path) -> None:
    url = own_server.get_uri()
    migrate(url)
    async with Stack(url, tmp_path) as stack:
        brand = await stack.new_brand("Away", QUESTIONS)
        job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
        stop(own_server)
        # Each service notices by itself; the scheduler may not be the first.
        await stack.until_logged("scheduler", '"not_ready"')
        await stack.until_ready(ready=False)
        away = await stack.http.get("/readyz")
        assert "its database is away" in away.json()["missing"]["scheduler_svc"]
        assert await why_not(stack.scheduler_target) == "is not ready: its database is away"
        assert "its database is away" in (await why_not(f"{str(stack.http.base_url).rstrip('/')}/readyz") or "")
        refused = await stack.http.get("/api/admin/scheduled-jobs")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert "database is away" in refused.json()["detail"]
        own_server.ensure_postgres_running()
        await stack.until_ready()
        ended = await stack.until_ended((await stack.trigger(job))["id"])
        assert ended["status"] == "completed"


async def test_a_worker_stops_when_told_though_the_database_is_away(own_server: Any, tmp_path: Path) -> None:
    url = own_server.get_uri()
    migrate(url)
    async with Stack(url, tmp_path) as stack:
        brand = await stack.new_brand("Gone", QUESTIONS)
        job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
        await stack.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": QUESTIONS[1]}])
        run = await stack.trigger(job)
        await stack.until_called(1, "hung", QUESTIONS[1])
        stop(own_server)
        await stack.until_ready(ready=False)
        async with asyncio.timeout(40):
            assert await stack.stop("worker") == 0
        own_server.ensure_postgres_running()
        await stack.start("worker")
        ended = await stack.until_ended(run["id"])
        assert ended["metrics"]["data_collection"]["successful_executions"] == 3
        assert Counter(call["question"] for call in await stack.calls("hiking boots")) == dict.fromkeys(QUESTIONS, 1)


async def test_a_worker_stops_when_told_though_the_scheduler_is_away(own: Stack, tmp_path: Path) -> None:
    """It can hand nothing back then: the lease ends by itself, and nothing is asked again."""
    brand = await own.new_brand("Left alone", QUESTIONS)
    await own.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": QUESTIONS[1]}])
    run = await own.trigger(await own.new_job(brand, metadata={"collectors": ["chatgpt"]}))
    await own.until_called(1, "hung", QUESTIONS[1])
    await own.stop("scheduler", signal.SIGKILL)
    async with asyncio.timeout(40):
        assert await own.stop("worker") == 0
    told = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines()]
    assert [line for line in told if line["level"] in ("error", "critical")] == []
    assert "end_not_told" in [line["event"] for line in told]
    await asyncio.gather(own.start("scheduler"), own.start("worker"))
    ended = await own.until_ended(run["id"])
    assert (ended["status"], ended["attempt"]) == ("completed", 2)
    assert Counter(call["question"] for call in await own.calls("hiking boots")) == dict.fromkeys(QUESTIONS, 1)


async def test_runs_that_come_while_a_worker_stops_are_not_left_behind(own: Stack, tmp_path: Path) -> None:
    """A frozen worker wakes to find both: leases that were on their way to it, and that it is to stop."""
    brand = await own.new_brand("Late", QUESTIONS)
    job = await own.new_job(brand, metadata={"collectors": ["chatgpt"]}, overlap_policy="allow")
    # From its first run on it has a question for more with the scheduler, always.
    await own.until_ended((await own.trigger(job))["id"])
    own.processes["worker"].send_signal(signal.SIGSTOP)
    run = await own.trigger(job)
    await own.until_run(run["id"], lambda found: found.status == "processing")
    own.processes["worker"].send_signal(signal.SIGTERM)
    own.processes["worker"].send_signal(signal.SIGCONT)
    assert await own.stop("worker") == 0
    told = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines()]
    assert [line for line in told if line["level"] in ("error", "critical")] == []
    begun = [line["lease"] for line in told if line["event"] == "run_started"]
    assert begun == [line["lease"] for line in told if line["event"] in ("run_ended", "end_not_told", "run_lost")]
    await own.start("worker")
    assert (await own.until_ended(run["id"]))["status"] == "completed"


async def test_services_say_which_schema_they_need_and_serve_once_it_is_there(server: str, tmp_path: Path) -> None:
    with empty(server) as url:
        migrate(url, "0007")
        stack = Stack(url, tmp_path)
        try:
            for name in ("scheduler", "worker", "brand", "gateway", "emulator"):
                await stack.start(name)
            lacks = f"schema 0007, needs {NEEDED}"
            for name in ("scheduler", "worker", "brand"):
                await stack.until_logged(name, lacks)
            await stack.until_ready(ready=False)
            not_ready = f"is not ready: {lacks}"
            answer = await stack.http.get("/readyz")
            assert (answer.status_code, answer.json()["missing"]) == (503, dict.fromkeys(SERVICES, not_ready))
            assert await why_not(stack.worker_target) == not_ready
            refused = await stack.http.get("/api/admin/customers")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert lacks in refused.json()["detail"]
            migrate(url)
            await stack.until_ready()
            assert (await stack.http.get("/api/admin/customers")).is_success
            # A newer one, while they serve.
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
                for name in ("scheduler", "worker", "brand"):  # each looks by itself
                    await stack.until_logged(name, f"schema 9999, needs {NEEDED}")
                await stack.until_ready(ready=False)
                assert await why_not(stack.worker_target) == f"is not ready: schema 9999, needs {NEEDED}"
                # They go on nevertheless, so that workers keep the leases of what they have begun.
                assert (await stack.http.get("/api/admin/customers")).is_success
                connection.execute("UPDATE alembic_version SET version_num = %s", (NEEDED,))
            await stack.until_ready()
        finally:
            await stack.__aexit__()


async def test_services_wait_for_a_database_that_is_away_at_start(own_server: Any, tmp_path: Path) -> None:
    url = own_server.get_uri()
    stop(own_server)
    stack = Stack(url, tmp_path)
    try:
        await stack.start("scheduler", "--migrate")
        for name in ("worker", "brand", "gateway", "emulator"):
            await stack.start(name)
        for name in ("scheduler", "worker", "brand"):
            await stack.until_logged(name, "waiting_for_postgresql")
        own_server.ensure_postgres_running()
        await stack.until_ready()
    finally:
        await stack.__aexit__()
    with psycopg.connect(url) as connection:
        newest = max(path.name[:4] for path in (Path(schema.__file__).parent / "migrations/versions").glob("0*.py"))
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (newest,)
