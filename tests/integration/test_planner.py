"""Due schedules become runs: once each, whoever plans, and as their policies say. Time is an argument here."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from answerbeat.database import Database
from answerbeat.schema import JobRun, ScheduledJob, ScheduleEvent
from answerbeat.wakeup import Wakeup
from scheduler_svc.duties.planner import Planner, plan_due
from tests.integration.rows import brand_of, job_of, run_of

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def plan(database: Database, now: datetime, batch: int = 100) -> int:
    async with database.transaction() as session:
        return await plan_due(session, now, batch)


async def runs_of(database: Database, job: ScheduledJob) -> list[JobRun]:
    async with database.transaction() as session:
        query = select(JobRun).where(JobRun.scheduled_job_id == job.id).order_by(JobRun.scheduled_for)
        return list(await session.scalars(query))


async def fires_of(database: Database, job: ScheduledJob) -> list[datetime]:
    return [run.scheduled_for for run in await runs_of(database, job)]


async def events_of(database: Database, job: ScheduledJob) -> list[ScheduleEvent]:
    async with database.transaction() as session:
        query = select(ScheduleEvent).where(ScheduleEvent.schedule_id == job.id).order_by(ScheduleEvent.id)
        return list(await session.scalars(query))


async def reloaded(database: Database, job: ScheduledJob) -> ScheduledJob:
    async with database.transaction() as session:
        return await session.get_one(ScheduledJob, job.id)


async def test_a_due_schedule_fires_once_and_moves_on(database: Database) -> None:
    job = await job_of(database, await brand_of(database), next_run_at=NOON)
    assert await plan(database, NOON - timedelta(seconds=1)) == 0
    assert await plan(database, NOON) == 1
    assert await plan(database, NOON + timedelta(seconds=5)) == 0
    assert await fires_of(database, job) == [NOON]
    assert (await reloaded(database, job)).next_run_at == NOON + HOUR
    assert [(e.kind, e.scheduled_for) for e in await events_of(database, job)] == [("fired", NOON)]


async def test_many_planners_make_one_run_of_each_fire(database: Database) -> None:
    brand = await brand_of(database)
    jobs = [await job_of(database, brand, next_run_at=NOON) for _ in range(30)]
    while sum(await asyncio.gather(*(plan(database, NOON, batch=3) for _ in range(8)))):
        pass
    for job in jobs:
        assert await fires_of(database, job) == [NOON]


async def test_planners_go_on_until_nothing_is_due(database: Database) -> None:
    brand = await brand_of(database)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    every_minute = {"cron_expression": "* * * * *", "next_run_at": now}
    jobs = [await job_of(database, brand, **every_minute) for _ in range(40)]
    planner = Planner(database, Wakeup(), poll_ms=60_000, batch=2)
    planned = await asyncio.gather(planner.plan_all(), planner.plan_all())
    # A planner may meet rows of the other; whoever comes next finds what is left.
    while sum(planned) < len(jobs):
        planned.append(await planner.plan_all())
    for job in jobs:
        assert now in await fires_of(database, job)


async def test_a_fire_that_is_planned_again_makes_no_second_run(database: Database) -> None:
    job = await job_of(database, await brand_of(database), next_run_at=NOON)
    await plan(database, NOON)
    async with database.transaction() as session:
        await session.execute(update(ScheduledJob).values(next_run_at=NOON))
        await session.execute(update(JobRun).values(status="completed", finished_at=NOON))
    await plan(database, NOON)
    assert await fires_of(database, job) == [NOON]


@pytest.mark.parametrize(
    ("catch_up", "hours", "kinds"),
    [
        ("latest", [12], ["missed", "caught_up"]),
        ("all", [9, 10, 11, 12], ["caught_up"] * 4),
        ("none", [], ["missed"]),
    ],
)
async def test_after_an_outage_as_much_is_made_up_for_as_the_policy_says(
    database: Database, catch_up: str, hours: list[int], kinds: list[str]
) -> None:
    job = await job_of(database, await brand_of(database), next_run_at=NOON - 3 * HOUR, catch_up=catch_up)
    await plan(database, NOON + timedelta(minutes=30))
    assert await fires_of(database, job) == [NOON.replace(hour=hour) for hour in hours]
    assert [event.kind for event in await events_of(database, job)] == kinds
    assert (await reloaded(database, job)).next_run_at == NOON + HOUR


async def test_what_is_older_than_the_window_is_missed(database: Database) -> None:
    job = await job_of(
        database,
        await brand_of(database),
        next_run_at=NOON - 10 * HOUR,
        catch_up="all",
        catchup_window_seconds=2 * 3600,
    )
    await plan(database, NOON)
    assert await fires_of(database, job) == [NOON - 2 * HOUR, NOON - HOUR, NOON]
    missed = (await events_of(database, job))[0]
    assert missed.kind == "missed"
    assert "older than 7200 s" in missed.reason


async def test_a_second_late_is_not_missed_even_when_nothing_is_made_up_for(database: Database) -> None:
    job = await job_of(database, await brand_of(database), next_run_at=NOON, catch_up="none", catchup_window_seconds=0)
    await plan(database, NOON + timedelta(seconds=30))
    assert await fires_of(database, job) == [NOON]


@pytest.mark.parametrize(
    ("policy", "makes_run", "is_exclusive", "is_cancelled"),
    [
        ("skip", False, False, False),
        ("queue", True, True, False),
        ("cancel_running", True, True, True),
        ("allow", True, False, False),
    ],
)
async def test_a_fire_while_a_run_is_open_does_what_the_overlap_policy_says(
    database: Database, policy: str, makes_run: bool, is_exclusive: bool, is_cancelled: bool
) -> None:
    brand = await brand_of(database)
    job = await job_of(database, brand, next_run_at=NOON, overlap_policy=policy)
    earlier = await run_of(database, brand, scheduled_job_id=job.id, scheduled_for=NOON - HOUR)
    await plan(database, NOON)
    made = [run for run in await runs_of(database, job) if run.id != earlier.id]
    assert len(made) == makes_run
    assert all(run.is_exclusive == is_exclusive for run in made)
    async with database.transaction() as session:
        assert ((await session.get_one(JobRun, earlier.id)).status == "cancelled") == is_cancelled
    events = await events_of(database, job)
    assert events[-1].kind == ("fired" if makes_run else "skipped")
    assert makes_run or "overlap_policy is skip" in events[-1].reason


async def test_inactive_schedules_do_not_fire(database: Database) -> None:
    job = await job_of(database, await brand_of(database), is_active=False, next_run_at=None)
    assert await plan(database, NOON) == 0
    assert await fires_of(database, job) == []


async def test_jitter_spreads_fires_and_is_the_same_for_the_same_fire(database: Database) -> None:
    brand = await brand_of(database)
    jobs = [await job_of(database, brand, next_run_at=NOON, jitter_seconds=300) for _ in range(20)]
    await plan(database, NOON)
    first = [run.available_at - NOON for job in jobs for run in await runs_of(database, job)]
    assert len(first) == 20
    assert timedelta(0) <= min(first) < max(first) <= timedelta(seconds=300)
    assert len(set(first)) > 10
    async with database.transaction() as session:
        await session.execute(delete(JobRun))
        await session.execute(update(ScheduledJob).values(next_run_at=NOON))
    await plan(database, NOON)
    assert [run.available_at - NOON for job in jobs for run in await runs_of(database, job)] == first


async def test_one_bad_row_does_not_stop_the_others(database: Database) -> None:
    brand = await brand_of(database)
    bad = await job_of(database, brand, next_run_at=NOON - HOUR, timezone="Mars/Base")
    good = await job_of(database, brand, next_run_at=NOON)
    await plan(database, NOON)
    assert await fires_of(database, good) == [NOON]
    assert (await reloaded(database, bad)).is_active is False
    assert [(e.kind, "Mars/Base" in e.reason) for e in await events_of(database, bad)] == [("paused", True)]


@pytest.mark.parametrize(("status", "kind"), [("completed", "fired"), ("failed", "skipped"), (None, "skipped")])
async def test_a_dependency_must_have_succeeded(database: Database, status: str | None, kind: str) -> None:
    brand = await brand_of(database)
    facts: dict[str, Any] = {"last_run_status": status, "next_run_at": NOON + 9 * HOUR}
    upstream = await job_of(database, brand, **facts)
    job = await job_of(database, brand, next_run_at=NOON, depends_on=upstream.id)
    await plan(database, NOON)
    assert [event.kind for event in await events_of(database, job)] == [kind]


async def test_a_schedule_that_has_ended_fires_no_more(database: Database) -> None:
    job = await job_of(database, await brand_of(database), next_run_at=NOON, end_at=NOON + HOUR)
    await plan(database, NOON)
    assert await fires_of(database, job) == [NOON]
    assert (await reloaded(database, job)).next_run_at is None
    assert await plan(database, NOON + 2 * HOUR) == 0


async def test_an_outage_past_the_end_makes_up_only_for_what_was_before_it(database: Database) -> None:
    job = await job_of(
        database, await brand_of(database), next_run_at=NOON - 3 * HOUR, end_at=NOON - HOUR, catch_up="all"
    )
    await plan(database, NOON)
    assert await fires_of(database, job) == [NOON - 3 * HOUR, NOON - 2 * HOUR]
