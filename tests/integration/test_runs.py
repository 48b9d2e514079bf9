"""The life of a run: leases, their end, and who may write."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from answerbeat.database import RUNS_WAITING, Database, notify
from answerbeat.errors import NotFound
from answerbeat.ids import new_id
from answerbeat.kinds import JobType
from answerbeat.schema import JobRun, ScheduledJob, ScheduleEvent
from answerbeat.wakeup import Wakeups
from scheduler_svc.lifecycle import DEADLINE_GRACE_SECONDS, PRIORITY
from scheduler_svc.operations.dispatcher import Dispatcher
from scheduler_svc.store import births, cancels, endings, heartbeats, leases, sweeps
from scheduler_svc.store.endings import Finished
from scheduler_svc.store.heartbeats import Held
from scheduler_svc.store.leases import Lease
from tests.integration.rows import Watched, brand_of, job_of, run_of

LEASE_SECONDS = 30


async def lease(database: Database, capacity: int = 10, worker: str = "w1") -> list[Lease]:
    async with database.transaction() as session:
        return await leases.lease(session, worker, capacity, LEASE_SECONDS)


async def finish(database: Database, *finished: Finished) -> dict:
    async with database.transaction() as session:
        return await endings.finish(session, finished)


async def sweep(database: Database) -> list[sweeps.Swept]:
    async with database.transaction() as session:
        return await sweeps.sweep(session)


async def expire(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE job_runs SET lease_expires_at = now() - interval '1 second'"))


async def get(database: Database, run: JobRun) -> JobRun:
    async with database.transaction() as session:
        return await session.get_one(JobRun, run.id)


async def test_a_run_is_leased_to_one_worker(database: Database) -> None:
    brand = await brand_of(database)
    made = [await run_of(database, brand) for _ in range(20)]
    leased = await asyncio.gather(*(lease(database, 3, f"w{i}") for i in range(8)))
    ids = [lease.id for batch in leased for lease in batch]
    while more := await lease(database):
        ids += [lease.id for lease in more]
    assert sorted(ids) == sorted(run.id for run in made)
    assert len({lease.lease_token for batch in leased for lease in batch}) == sum(map(len, leased))


async def test_what_a_person_waits_for_goes_first(database: Database) -> None:
    brand = await brand_of(database)
    scheduled = await run_of(database, brand, priority=PRIORITY["schedule"])
    manual = await run_of(database, brand, priority=PRIORITY["manual"])
    backfill = await run_of(database, brand, priority=PRIORITY["backfill"])
    order = [(await lease(database, 1))[0].id for _ in range(3)]
    assert order == [manual.id, scheduled.id, backfill.id]


async def test_a_run_for_a_brand_that_has_just_gone_is_refused(database: Database) -> None:
    """Somebody may delete it between the look at it and the insert."""
    brand = await brand_of(database)
    gone = new_id()
    with pytest.raises(NotFound, match=str(gone)):
        async with database.transaction() as session:
            await births.for_brand(session, gone, brand.customer_id, JobType.SCORING, {}, datetime.now(UTC))


async def test_an_exclusive_run_waits_for_the_one_before(database: Database) -> None:
    brand = await brand_of(database)
    job = await job_of(database, brand, is_active=False)
    first = await run_of(database, brand, scheduled_job_id=job.id)
    second = await run_of(database, brand, scheduled_job_id=job.id, is_exclusive=True)
    (held,) = await lease(database)
    assert held.id == first.id
    assert await lease(database) == []
    await finish(database, Finished(held.id, held.lease_token, "completed"))
    assert [lease.id for lease in await lease(database)] == [second.id]


async def test_a_lost_workers_run_goes_to_another_and_the_zombie_can_do_nothing(database: Database) -> None:
    run = await run_of(database, await brand_of(database))
    (zombie,) = await lease(database, worker="zombie")
    await expire(database)
    assert [(swept.id, swept.status) for swept in await sweep(database)] == [(run.id, "pending")]
    (heir,) = await lease(database, worker="heir")
    assert (heir.id, heir.attempt) == (run.id, 2)
    assert await finish(database, Finished(run.id, zombie.lease_token, "failed", error="zombie")) == {}
    async with database.transaction() as session:
        cancelled, lost = await heartbeats.heartbeat(session, [Held(run.id, zombie.lease_token)], LEASE_SECONDS)
    assert (cancelled, lost) == (set(), {zombie.lease_token})
    ended = await finish(database, Finished(run.id, heir.lease_token, "completed"))
    assert ended == {heir.lease_token: "completed"}
    assert (await get(database, run)).error_message is None


async def test_of_two_leases_of_one_run_in_one_call_only_the_living_one_counts(database: Database) -> None:
    """A worker that was frozen holds both for a while: run ids can't tell them apart."""
    run = await run_of(database, await brand_of(database))
    (old,) = await lease(database)
    await expire(database)
    await sweep(database)
    (new,) = await lease(database)
    async with database.transaction() as session:
        await cancels.cancel(session, [run.id])
        both = [Held(run.id, old.lease_token), Held(run.id, new.lease_token)]
        cancelled, lost = await heartbeats.heartbeat(session, both, LEASE_SECONDS)
    assert (cancelled, lost) == ({new.lease_token}, {old.lease_token})
    ended = await finish(
        database, Finished(run.id, old.lease_token, "failed"), Finished(run.id, new.lease_token, "completed")
    )
    assert ended == {new.lease_token: "completed"}
    assert (await get(database, run)).status == "completed"


async def test_a_sweep_takes_only_what_it_found_lost_before_it_locked(database: Database) -> None:
    brand = await brand_of(database)
    found, lost_since = [await run_of(database, brand) for _ in range(2)]
    await lease(database, 2)
    await expire(database)
    async with database.transaction() as session:
        swept = await session.execute(sweeps.SWEEP, {"grace": DEADLINE_GRACE_SECONDS, "ids": [found.id]})
        assert [row.id for row in swept] == [found.id]
    assert (await get(database, lost_since)).status == "processing"
    assert [swept.id for swept in await sweep(database)] == [lost_since.id]


async def test_a_run_fails_when_its_last_attempt_was_lost(database: Database) -> None:
    run = await run_of(database, await brand_of(database), max_attempts=2)
    for expected in ("pending", "failed"):
        await lease(database)
        await expire(database)
        assert [swept.status for swept in await sweep(database)] == [expected]
    ended = await get(database, run)
    assert ended.error_message == "The worker w1 was lost in attempt 2 of 2."
    assert ended.finished_at is not None


async def test_a_failure_that_another_try_may_mend_is_tried_again_after_a_pause(database: Database) -> None:
    run = await run_of(database, await brand_of(database))
    (held,) = await lease(database)
    ended = await finish(database, Finished(run.id, held.lease_token, "failed", error="busy", retryable=True))
    assert ended == {held.lease_token: "pending"}
    waiting = await get(database, run)
    assert waiting.available_at > datetime.now(UTC) + timedelta(seconds=1)
    assert await lease(database) == []


async def test_a_failure_that_no_try_can_mend_ends_the_run(database: Database) -> None:
    run = await run_of(database, await brand_of(database))
    (held,) = await lease(database)
    assert await finish(database, Finished(run.id, held.lease_token, "failed", error="no key")) == {
        held.lease_token: "failed"
    }
    assert (await get(database, run)).error_message == "no key"


async def test_a_run_handed_back_has_not_used_an_attempt(database: Database) -> None:
    run = await run_of(database, await brand_of(database))
    (held,) = await lease(database)
    assert await finish(database, Finished(run.id, held.lease_token, "released")) == {held.lease_token: "pending"}
    assert (await lease(database))[0].attempt == 1


async def test_cancelling_ends_a_run_that_waits_and_has_the_worker_stop_one_that_runs(database: Database) -> None:
    brand = await brand_of(database)
    processing = await run_of(database, brand)
    (held,) = await lease(database)
    pending = await run_of(database, brand)
    async with database.transaction() as session:
        await cancels.cancel(session, [processing.id, pending.id])
    assert (await get(database, pending)).status == "cancelled"
    assert (await get(database, processing)).status == "processing"
    async with database.transaction() as session:
        cancelled, _ = await heartbeats.heartbeat(session, [Held(held.id, held.lease_token)], LEASE_SECONDS)
    assert cancelled == {held.lease_token}
    assert await finish(database, Finished(held.id, held.lease_token, "cancelled")) == {held.lease_token: "cancelled"}


async def test_a_cancelled_run_of_a_lost_worker_is_cancelled(database: Database) -> None:
    run = await run_of(database, await brand_of(database))
    await lease(database)
    async with database.transaction() as session:
        await cancels.cancel(session, [run.id])
    await expire(database)
    assert [swept.status for swept in await sweep(database)] == ["cancelled"]


async def test_the_schedule_learns_how_its_latest_run_ended(database: Database) -> None:
    brand = await brand_of(database)
    job = await job_of(database, brand, is_active=False)
    await run_of(database, brand, scheduled_job_id=job.id)
    (held,) = await lease(database)
    await finish(database, Finished(held.id, held.lease_token, "completed"))
    async with database.transaction() as session:
        await session.refresh(job := await session.merge(job))
        assert (job.last_run_status, job.last_run_at is not None) == ("completed", True)


async def test_a_lease_waits_for_work_and_is_woken_by_it(database: Database) -> None:
    wakeups, wakeup = Wakeups(), Watched()
    wakeups._by_channel[RUNS_WAITING] = wakeup
    listening = asyncio.create_task(wakeups.listen(database))
    await wakeup.wait(0, 10)  # it listens
    wakeup.waited.clear()
    brand = await brand_of(database)
    dispatcher = Dispatcher(database, wakeup, LEASE_SECONDS)
    waiting = asyncio.create_task(dispatcher.lease("w1", 1, wait_seconds=30))
    async with asyncio.timeout(10):
        await wakeup.waited.wait()  # it has looked, and found nothing
        run = await run_of(database, brand)
        async with database.transaction() as session:
            await notify(session, RUNS_WAITING)
        leased = await waiting
    listening.cancel()
    assert [lease.id for lease in leased] == [run.id]


async def test_a_run_that_is_not_ready_yet_is_leased_when_it_is(database: Database) -> None:
    dispatcher = Dispatcher(database, Wakeups()["x"], LEASE_SECONDS)
    run = await run_of(database, await brand_of(database), available_at=datetime.now(UTC) + timedelta(seconds=0.3))
    async with asyncio.timeout(10):
        leased = await dispatcher.lease("w1", 1, wait_seconds=30)
    assert [lease.id for lease in leased] == [run.id]
    assert (await get(database, run)).started_at >= run.available_at


async def test_a_schedule_that_keeps_failing_is_paused_and_says_why(database: Database) -> None:
    brand = await brand_of(database)
    next_run_at = datetime.now(UTC) + timedelta(days=1)
    job = await job_of(database, brand, pause_after_failures=2, next_run_at=next_run_at)
    for is_active in (True, False):
        await run_of(database, brand, scheduled_job_id=job.id)
        (held,) = await lease(database)
        await finish(database, Finished(held.id, held.lease_token, "failed", error="no key"))
        async with database.transaction() as session:
            assert (await session.get_one(ScheduledJob, job.id)).is_active == is_active
    async with database.transaction() as session:
        event = (await session.scalars(select(ScheduleEvent))).one()
    assert (event.kind, event.reason[:25]) == ("paused", "2 runs failed in a row; s")


async def test_a_success_ends_the_row_of_failures(database: Database) -> None:
    brand = await brand_of(database)
    next_run_at = datetime.now(UTC) + timedelta(days=1)
    job = await job_of(database, brand, pause_after_failures=2, next_run_at=next_run_at)
    for outcome in ("failed", "completed", "failed"):
        await run_of(database, brand, scheduled_job_id=job.id)
        (held,) = await lease(database)
        await finish(database, Finished(held.id, held.lease_token, outcome))
    async with database.transaction() as session:
        row = await session.get_one(ScheduledJob, job.id)
        assert (row.is_active, row.failures_in_a_row) == (True, 1)
