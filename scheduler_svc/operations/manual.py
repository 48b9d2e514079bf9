"""What people do with runs: start them, cancel them, and have them tried again."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.database import Session, clock
from answerbeat.errors import Conflict, NotFound
from answerbeat.ids import new_id
from answerbeat.kinds import EventKind, JobType, Trigger
from answerbeat.options import read_options
from answerbeat.schema import JobRun
from scheduler_svc import planning
from scheduler_svc.operations import editing
from scheduler_svc.store import births, brands, cancels, events, last_runs, retries, runs
from scheduler_svc.store.births import Birth
from scheduler_svc.store.events import Event
from scheduler_svc.terms import read_timing


async def get(session: Session, who: Caller, run_id: UUID, *, lock: bool = False) -> JobRun:
    """A run. Raises NotFound."""
    run = await runs.find(session, run_id, lock=lock)
    if run is None or not who.may_see(run.customer_id) or not await brands.is_live(session, run.brand_id):
        raise NotFound("run", run_id)
    return run


async def start(
    session: Session,
    who: Caller,
    brand_id: UUID,
    job_type: JobType,
    options: Mapping[str, object],
    *,
    is_test: bool = False,
) -> JobRun:
    """Makes a run of a brand, without a schedule; a test counts nowhere. Raises NotFound and InvalidFields."""
    customer_id = await brands.hold(session, brand_id)
    if customer_id is None or not who.may_see(customer_id):
        raise NotFound("brand", brand_id)
    read_options(dict(options))
    now = await clock(session)
    return await births.for_brand(session, brand_id, customer_id, job_type, options, now, is_test=is_test)


async def start_import(session: Session, who: Caller, brand_id: UUID, run_id: UUID) -> JobRun:
    """Makes the run that brings in answers got elsewhere, unless it is there. Raises NotFound."""
    customer_id = await brands.hold(session, brand_id)
    if customer_id is None or not who.may_see(customer_id):
        raise NotFound("brand", brand_id)
    there = await runs.find(session, run_id)
    if there is not None:
        return there
    now = await clock(session)
    return await births.for_brand(session, brand_id, customer_id, JobType.ANSWER_IMPORT, {}, now, run_id=run_id)


async def trigger(session: Session, who: Caller, schedule_id: UUID, *, is_test: bool = False) -> JobRun:
    """Runs a schedule now; a test counts nowhere. next_run_at does not move.

    Raises Conflict when overlap_policy forbids it.
    """
    job = await editing.get(session, who, schedule_id, lock=True)  # of two at once, the second sees the first's run
    open_runs = await runs.open_of(session, job.id)
    decided = planning.run_now(job.overlap_policy, open_runs)
    if decided.cancels:
        await cancels.cancel(session, open_runs)
    now = await clock(session)
    birth = Birth(new_id(), job.id, at=now, available_at=now, is_exclusive=decided.is_exclusive, is_test=is_test)
    await births.of_schedules(session, Trigger.MANUAL, [birth])
    reason = "Run now, as a test." if is_test else "Run now."
    event = Event(job.customer_id, job.id, EventKind.TRIGGERED, reason, birth.run_id, now)
    await events.record(session, who.name, [event])
    return await get(session, who, birth.run_id)


class Backfilled(NamedTuple):
    """What a backfill came to."""

    created: int
    existing: int
    """Fire times that had their runs already."""


async def backfill(session: Session, who: Caller, schedule_id: UUID, start: datetime, end: datetime) -> Backfilled:
    """Makes runs for the fire times in [start, end).

    They have the lowest priority, and each waits for the one before. Raises InvalidFields for a span that lies in the
    future, is empty, or holds too many fire times.
    """
    job = await editing.get(session, who, schedule_id, lock=True)
    now = await clock(session)
    timing = read_timing(job.cron_expression, job.timezone)
    fires = planning.backfill_fires(*timing, start, end, now)
    wanted = [Birth(new_id(), job.id, fire, available_at=now, is_exclusive=True) for fire in fires]
    made = await births.of_schedules(session, Trigger.BACKFILL, wanted)
    reason = f"{len(made)} runs for {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC."
    await events.record(session, who.name, [Event(job.customer_id, job.id, EventKind.BACKFILLED, reason)])
    return Backfilled(len(made), len(fires) - len(made))


async def cancel(session: Session, who: Caller, run_id: UUID) -> JobRun:
    """Cancels a run that waits, and asks the worker of one that runs to stop. Raises Conflict when it has ended."""
    await last_runs.lock_schedules(session, [run_id])  # first, as all who change its runs do
    run = await get(session, who, run_id, lock=True)
    if run.finished_at:
        raise Conflict(f"The run has ended already: it is {run.status}.")
    await cancels.cancel(session, [run.id])
    await _record(session, who, run, EventKind.CANCELLED, "Cancelled by hand; what it has stored stays.")
    await session.refresh(run)
    return run


async def retry(session: Session, who: Caller, run_id: UUID) -> JobRun:
    """Puts an ended run back to pending, with one more attempt. Raises Conflict while it is open."""
    await last_runs.lock_schedules(session, [run_id])
    run = await get(session, who, run_id, lock=True)
    if run.finished_at is None:
        raise Conflict(f"The run is {run.status}; only one that has ended can be retried.")
    run = await retries.retry(session, run.id)
    await _record(session, who, run, EventKind.RETRIED, f"For what attempt {run.attempt} left missing.")
    return run


async def _record(session: Session, who: Caller, run: JobRun, kind: EventKind, reason: str) -> None:
    """Writes down what was done to a run, with its schedule, if it has one."""
    if run.scheduled_job_id:
        event = Event(run.customer_id, run.scheduled_job_id, kind, reason, run.id, run.scheduled_for)
        await events.record(session, who.name, [event])
