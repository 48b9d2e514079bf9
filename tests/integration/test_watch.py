"""Watching runs: each change is told, and a break loses none."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from answerbeat.database import Database
from answerbeat.wakeup import Wakeup
from scheduler_svc.operations.watch import Watch
from scheduler_svc.store.changes import Cursor, read_cursor
from scheduler_svc.store.endings import Finished
from tests.integration.rows import Watched, brand_of, run_of
from tests.integration.stack import Stack
from tests.integration.test_api import problem
from tests.integration.test_runs import finish, lease

STREAM = "/api/admin/job-runs/stream"


async def seen(watch: Watch, cursor: Cursor, count: int) -> tuple[list[tuple[Any, str]], Cursor]:
    found = []
    async with asyncio.timeout(10):
        async for run, now in watch.changes(cursor):
            found.append((run.id, run.status))
            cursor = now
            if len(found) == count:
                break
    return found, cursor


async def test_a_change_that_commits_late_is_not_lost(database: Database, database_url: str) -> None:
    brand = await brand_of(database)
    wakeup = Watched()
    with psycopg.connect(database_url) as slow:
        # A transaction takes its number, and another, begun later, commits first.
        slow.execute("SELECT pg_current_xact_id()")
        early = await run_of(database, brand)
        slow.execute(
            """
            INSERT INTO job_runs (id, customer_id, brand_id, job_type, trigger, scheduled_for, available_at,
                                  max_attempts, timeout_seconds)
            SELECT gen_random_uuid(), customer_id, brand_id, 'scoring', 'manual', now(), now(), 1, 60 FROM job_runs
            """
        )
        waiting = asyncio.create_task(seen(Watch(database, wakeup, None), Cursor(0), 2))
        # Only once somebody has looked: whoever was told of the early one by now would never hear of the late one.
        await asyncio.wait_for(wakeup.waited.wait(), 10)
        slow.commit()
    found, cursor = await waiting
    assert early.id in [run_id for run_id, _ in found]
    assert len({run_id for run_id, _ in found}) == 2
    assert read_cursor(str(cursor)) == cursor


async def test_a_watch_goes_on_where_it_was(database: Database) -> None:
    brand = await brand_of(database)
    watch = Watch(database, Wakeup(), brand.customer_id)
    runs = [await run_of(database, brand) for _ in range(3)]
    _, cursor = await seen(watch, Cursor(0), 2)
    held = await lease(database)
    found, cursor = await seen(watch, cursor, 3)
    assert sorted(found) == sorted((run.id, "processing") for run in runs)
    await finish(database, Finished(held[0].id, held[0].lease_token, "completed"))
    assert (await seen(watch, cursor, 1))[0] == [(held[0].id, "completed")]


async def test_others_runs_are_not_seen(database: Database) -> None:
    ours, theirs = await brand_of(database, "Ours"), await brand_of(database, "Theirs")
    await run_of(database, theirs)
    mine = await run_of(database, ours)
    found, _ = await seen(Watch(database, Wakeup(), ours.customer_id), Cursor(0), 1)
    assert found == [(mine.id, "pending")]


@asynccontextmanager
async def listening(stack: Stack, customer_id: str, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of the stream, as (id, run)."""
    async with stack.http.stream("GET", STREAM, params={"customer_id": customer_id}, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")

        async def events() -> AsyncIterator[tuple[str, Any]]:
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name:
                    fields[name] = value.strip()
                elif "data" in fields:
                    yield fields["id"], json.loads(fields["data"])
                    fields = {}

        yield events()


async def test_events_over_http_resume_after_a_break(stack: Stack) -> None:
    brand = await stack.new_brand("Watched", ["Watched: which boots?"])
    job = await stack.new_job(brand)
    async with asyncio.timeout(30), listening(stack, brand["customer_id"]) as events:
        run = await stack.trigger(job)
        event_id, first = await anext(events)
        assert first["id"] == run["id"]
    ended = await stack.until_ended(run["id"])
    # While nobody listened, it ended: the next listener is told.
    async with (
        asyncio.timeout(30),
        listening(stack, brand["customer_id"], **{"last-event-id": event_id}) as events,
    ):
        async for _, change in events:
            if change["status"] == "completed":
                assert change["metrics"] == ended["metrics"]
                break


async def test_a_bad_cursor_and_no_token_are_refused(stack: Stack) -> None:
    refused = await stack.http.get(STREAM, headers={"last-event-id": "nonsense"})
    assert problem(refused, 422)["errors"][0]["field"] == "cursor"
    async with asyncio.timeout(10):  # a stream that is given to anybody has no end
        problem(await stack.http.get(STREAM, headers={"authorization": "Bearer nobody"}), 401)
