"""Answers that were got elsewhere, from a file to the numbers, and never twice."""

import asyncio
import csv
import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import delete, func, select

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.errors import Conflict, NotFound
from answerbeat.ids import new_id
from answerbeat.kinds import JobType
from answerbeat.schema import (
    Brand,
    CollectorResult,
    GeneratedQuery,
    ImportedAnswer,
    JobRun,
    Limit,
    QueryExecution,
    Spending,
)
from answerbeat.wakeup import Wakeup
from brand_svc.catalog.store.engine_health import health_of
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.import_files import FileFormat
from brand_svc.insights.operations import imports
from brand_svc.insights.operations.imports import TakenIn
from scheduler_svc.operations import manual
from tests.integration.collecting import NO_ENGINES, lease_again, lose, score
from tests.integration.rows import brand_of
from tests.integration.stack import TOKEN, Stack
from tests.integration.test_api import problem
from worker_svc.context import RunContext
from worker_svc.run import Drained, LeaseLost, Run
from worker_svc.steps import bring_in as step
from worker_svc.store.acquire import acquire
from worker_svc.store.fence import fence

WHO = Caller("Ada", Role.OPERATOR)
QUESTION = "Which invoicing app is best?"
OTHER = "Which app did nobody ask about?"
AT = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)


@pytest.fixture
async def brand(database: Database) -> Brand:
    return await brand_of(database, questions=(QUESTION,))


def lines(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Answers on as many days."""
    return [
        {
            "question": QUESTION,
            "engine": "chatgpt",
            "time": (AT + timedelta(days=i)).isoformat(),
            "text": f"1. **Ledgerly** ({i})\n2. Countwise",
            **fields,
        }
        for i in range(count)
    ]


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


async def take_in(database: Database, brand: Brand, rows: list[dict[str, Any]], who: Caller = WHO) -> TakenIn:
    async with database.transaction() as session:
        return await imports.take_in(session, brand.id, FileFormat.JSONL, jsonl(rows), who)


async def run_of(database: Database, brand: Brand, taken: TakenIn) -> Run:
    assert taken.run_id
    async with database.transaction() as session:
        await manual.start_import(session, WHO, brand.id, taken.run_id)
    return await lease_again(database)


async def stored(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_line_becomes_a_call_and_an_answer_that_cost_nothing(database: Database, brand: Brand) -> None:
    where = {"locale": "de", "country": "DE", "city": "Bonn"}
    html = "<p>Take <a href='https://ledgerly.example/a'>Ledgerly</a></p><script>no</script>"
    rows = lines(1, surface="app", model="gpt", sources=["https://news.example/x"], **where)
    rows += lines(
        1, question=OTHER, format="html", text=html, topic="Asked", engine="google_aio", surface="results_page"
    )
    taken = await take_in(database, brand, rows)
    assert (taken.faults, taken.imported, taken.known) == ([], 2, 0)
    run = await run_of(database, brand, taken)
    await step.bring_in(RunContext(run, database, NO_ENGINES))
    async with database.transaction() as session:
        known, other = await session.scalars(select(CollectorResult).order_by(CollectorResult.collector))
        call = (await session.scalars(select(QueryExecution).where(QueryExecution.collector == "chatgpt"))).one()
        asked = (await session.scalars(select(GeneratedQuery))).one()
        job = await session.get_one(JobRun, run.id)
    assert (known.query_id, known.topic, known.surface, known.model) == (asked.id, "Topic", "app", "gpt")
    assert (known.locale, known.country, known.city, known.day, known.created_at) == ("de", "DE", "Bonn", AT.date(), AT)
    assert known.engine_citations == [{"url": "https://news.example/x", "title": None}]
    assert (other.topic, other.answer) == ("Asked", "Take [Ledgerly](https://ledgerly.example/a)")
    assert (other.raw_response, other.surface) == (html, "results_page")
    assert (call.status, call.attempts, call.cost_micro_usd, call.asked_at, call.day) == (
        "answered", 0, 0, AT, AT.date(),
    )  # fmt: skip
    assert (job.job_type, job.trigger, job.is_test) == (JobType.ANSWER_IMPORT, "manual", False)
    assert run.metrics == {"answer_import": {"answers": 2}}
    assert await stored(database, Spending) == 0


async def test_a_worker_that_dies_leaves_the_rest_to_the_next_and_nothing_is_doubled(
    database: Database, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "BATCH", 2)
    taken = await take_in(database, brand, lines(5))
    first = await run_of(database, brand, taken)
    first.draining.set()
    with pytest.raises(Drained):
        await step.bring_in(RunContext(first, database, NO_ENGINES))
    assert await stored(database, CollectorResult) == 2
    await lose(database)
    second = await lease_again(database)
    with pytest.raises(LeaseLost):
        await step.bring_in(RunContext(first, database, NO_ENGINES))
    for _ in range(2):
        await step.bring_in(RunContext(second, database, NO_ENGINES))
        assert second.progress == {"answer_import": {"done": 5, "total": 5}}
    assert (await stored(database, CollectorResult), await stored(database, QueryExecution)) == (5, 5)


async def test_what_is_imported_is_no_call_that_was_made(database: Database, brand: Brand) -> None:
    """Neither to the limits of calls in a minute, nor in what is told of an engine."""
    ahead = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    run = await run_of(database, brand, await take_in(database, brand, lines(1, time=ahead)))
    await step.bring_in(RunContext(run, database, NO_ENGINES))
    scopes = (("collector", "chatgpt"), ("brand", str(brand.id)), ("customer", str(brand.customer_id)))
    async with database.transaction() as session:
        session.add_all(Limit(scope=scope, key=key, max_per_minute=1, updated_by="test") for scope, key in scopes)
    async with fence(database, run) as fenced:
        await acquire(fenced, "chatgpt")
    async with database.transaction() as session:
        health = (await health_of(session, ["chatgpt"]))["chatgpt"]
    assert (health.in_a_day, health.typical_micro_usd) == (0, None)


async def test_the_same_lines_sent_again_add_nothing_and_find_their_run(database: Database, brand: Brand) -> None:
    first = await take_in(database, brand, lines(3))
    again = await take_in(database, brand, lines(3))
    assert (again.imported, again.known, again.run_id) == (0, 3, first.run_id)
    more = await take_in(database, brand, lines(4))
    assert (more.imported, more.known) == (1, 3)
    assert more.run_id != first.run_id
    async with database.transaction() as session:
        runs = [await manual.start_import(session, WHO, brand.id, first.run_id) for _ in range(2)]
    assert [run.id for run in runs] == [first.run_id] * 2
    assert (await stored(database, JobRun), await stored(database, ImportedAnswer)) == (1, 4)


async def test_two_that_send_the_same_at_once_take_each_line_in_once(database: Database, brand: Brand) -> None:
    rows = lines(30)
    one, other = await asyncio.gather(take_in(database, brand, rows), take_in(database, brand, rows[::-1]))
    assert one.imported + other.imported == one.known + other.known == 30


async def test_of_a_file_with_one_wrong_line_nothing_is_taken_in(database: Database, brand: Brand) -> None:
    taken = await take_in(database, brand, [*lines(2), {**lines(1)[0], "engine": "chatgtp"}])
    assert [(fault.line, fault.field) for fault in taken.faults] == [(3, "engine")]
    assert (taken.imported, taken.run_id, await stored(database, ImportedAnswer)) == (0, None, 0)


async def test_nobody_imports_into_another_customers_brand(database: Database, brand: Brand) -> None:
    with pytest.raises(NotFound):
        await take_in(database, brand, lines(1), Caller("Eve", Role.OPERATOR, customer_id=new_id()))
    assert await stored(database, ImportedAnswer) == 0


async def test_days_of_which_retention_took_answers_take_no_more_in(database: Database, brand: Brand) -> None:
    taken = await take_in(database, brand, lines(2))
    await score_import(database, brand, taken)
    async with database.transaction() as session:
        await session.execute(delete(JobRun))  # as retention does, by age
    with pytest.raises(Conflict, match="Retention took answers of the same days"):
        await take_in(database, brand, lines(1, text="Another."))
    assert (await take_in(database, brand, lines(3, text="Later.")[2:])).imported == 1


async def score_import(database: Database, brand: Brand, taken: TakenIn) -> None:
    run = await run_of(database, brand, taken)
    await step.bring_in(RunContext(run, database, NO_ENGINES))
    await score(run, database, NO_ENGINES)
    await RollupDuty(database, Wakeup()).round()


async def send(
    stack: Stack, brand: dict[str, Any], content: bytes, kind: str = "application/x-ndjson"
) -> httpx2.Response:
    path = f"/api/admin/brands/{brand['id']}/answers:import"
    return await stack.http.post(path, content=content, headers={"content-type": kind})


async def test_over_http_a_file_is_imported_counted_by_surface_and_exported_and_again_adds_nothing(
    stack: Stack,
) -> None:
    question = "Import: which invoicing app is best?"
    brand = await stack.new_brand("Importly", [question])
    path = f"/api/admin/brands/{brand['id']}"
    body = {"job_type": "data_collection_and_scoring", "metadata": {"collectors": ["chatgpt"]}}
    await stack.until_ended((await stack.post(f"{path}/runs", body))["id"])
    rows = lines(3, question=question, surface="app", text="1. **Importly**")
    answer = await send(stack, brand, jsonl(rows))
    assert answer.status_code == 202, answer.text
    said = answer.json()
    assert (said["imported"], said["known"], said["run"]["job_type"]) == (3, 0, "answer_import")
    run = await stack.until_ended(said["run"]["id"])
    assert (run["status"], run["metrics"]["answer_import"]) == ("completed", {"answers": 3})
    assert run["metrics"]["scoring"]["positions_processed"] == 3

    async def by_surface() -> dict[str, int]:
        found = (await stack.http.get(f"{path}/insights", params={"by": "surface"})).json()
        return {group["key"]: group["calls"]["asked"] for group in found["groups"]}

    assert await by_surface() == {"api": 1, "app": 3}
    again = (await send(stack, brand, jsonl(rows))).json()
    assert (again["imported"], again["known"], again["run"]["id"]) == (0, 3, run["id"])
    assert await by_surface() == {"api": 1, "app": 3}
    exported = (await stack.http.get(f"{path}/export", params={"table": "answers", "format": "csv"})).text
    found = [row for row in csv.DictReader(io.StringIO(exported)) if row["surface"] == "app"]
    assert sorted(row["day"] for row in found) == [(AT + timedelta(days=i)).date().isoformat() for i in range(3)]
    aside = await stack.http.put(f"/api/admin/job-runs/{run['id']}/set-aside", json={"reason": "A bad capture."})
    assert aside.is_success
    assert await by_surface() == {"api": 1}


async def test_over_http_what_is_wrong_is_told_by_line(stack: Stack) -> None:
    brand = await stack.new_brand("Wrongly", ["Wrongly: which app?"])
    wrong = await send(stack, brand, jsonl([*lines(2), {**lines(1)[0], "time": "2026-03-08T10:00:00"}]))
    assert problem(wrong, 422)["errors"] == [
        {"field": "line 3: time", "message": "must carry an offset, such as 2026-03-08T07:00:00Z"}
    ]
    many = problem(await send(stack, brand, jsonl([{"id": "é" * 300}] * 200)), 422)
    assert len(many["errors"]) == 101
    assert many["errors"][-1] == {"field": "file", "message": "900 more faults"}
    assert problem(await send(stack, brand, b"", "text/csv"), 422)["errors"] == [
        {"field": "file", "message": "holds no line"}
    ]
    huge = problem(await send(stack, brand, jsonl(lines(1, text="x" * 10_000_000))), 422)
    assert huge["errors"][0]["field"] == "line 1: text"
    problem(await send(stack, brand, b"x" * 15_000_001), 413)
    problem(await send(stack, brand, b"{}", "application/pdf"), 415)
    at = f"/api/admin/brands/{brand['id']}/runs"
    problem(await stack.http.post(at, json={"job_type": "answer_import"}), 422)
    async with stack.database.transaction() as session:
        mine = select(func.count()).select_from(ImportedAnswer).where(ImportedAnswer.brand_id == UUID(brand["id"]))
        assert await session.scalar(mine) == 0


async def test_the_command_imports_a_file_and_tells_what_is_wrong_with_another(stack: Stack, tmp_path: Path) -> None:
    brand = await stack.new_brand("Commandly", ["Commandly: which app?"])
    right, wrong = tmp_path / "right.csv", tmp_path / "wrong.jsonl"
    right.write_text("question,engine,time,text\nCommandly: which app?,claude,2026-03-08T10:00:00Z,=Commandly\n")
    wrong.write_bytes(jsonl(lines(1, engine="cluade")))

    async def command(file: Path) -> tuple[int | None, str, str]:
        at = ["import", "answers", str(file), "--brand", brand["id"], "--url", str(stack.http.base_url)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "answerbeat", *at, "--token", TOKEN, stdout=-1, stderr=-1
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    code, out, err = await command(right)
    assert (code, out.partition(";")[0], err) == (0, "1 imported, 0 known before", "")
    assert (await stack.until_ended(out.split()[-1]))["status"] == "completed"
    assert (await command(right))[1].startswith("0 imported, 1 known before")
    code, out, err = await command(wrong)
    assert (code, out) == (1, "")
    assert err == "line 1: engine: 'cluade' is not a collector; did you mean claude?\n"
