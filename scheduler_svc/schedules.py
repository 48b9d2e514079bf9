"""What people do with schedules: create, change, delete, run now.

Rules about a message by itself stand in the contract; rules that need the cron engine, the
options' names or the database stand here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat import paging
from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, SCHEDULES_CHANGED, clock, notify
from answerbeat.errors import Conflict, InvalidField, InvalidFields, NotFound, StaleEtag, Violation
from answerbeat.ids import new_id
from answerbeat.options import read_options
from answerbeat.rpc.caller import caller
from answerbeat.schema import JobRun, ScheduledJob, ScheduleEvent
from scheduler_svc import cron, removals, runs

DEFAULTS: dict[str, Any] = {
    "timezone": "UTC",
    "is_active": True,
    "options": {},
    "overlap_policy": "skip",
    "catch_up": "latest",
    "catchup_window_seconds": 86_400,
    "jitter_seconds": 0,
    "max_attempts": 3,
    "timeout_seconds": 3_600,
    "depends_on": None,
    "start_at": None,
    "end_at": None,
    "pause_after_failures": 0,
}
MAX_BACKFILL = 1_000
"""Runs that one backfill may make."""


@dataclass(frozen=True)
class Filter:
    """Which schedules to list."""

    customer_id: UUID | None = None
    brand_id: UUID | None = None
    job_type: str | None = None
    is_active: bool | None = None


async def create(session: AsyncSession, values: dict[str, Any]) -> ScheduledJob:
    """Makes a schedule. Raises InvalidFields, or NotFound for a brand that is not the customer's."""
    job = ScheduledJob(**{**DEFAULTS, **values}, created_by=caller().name)
    if not caller().may_see(job.customer_id):
        raise NotFound("customer", job.customer_id, field="customer_id")
    check(job)
    await _check_dependency(session, job)
    if not await removals.hold_brand(session, job.brand_id):
        raise _no_brand(job)
    now = await clock(session)
    job.next_run_at = _next_run_at(job, now)
    job.created_at = job.updated_at = now
    try:
        session.add(job)
        await session.flush()
    except IntegrityError as error:
        if "fk_scheduled_jobs_brand" in str(error):
            raise _no_brand(job) from None
        raise
    await record(session, job, "created", f"{job.cron_expression} in {job.timezone}, {job.job_type}.")
    await notify(session, SCHEDULES_CHANGED)
    return job


async def get(session: AsyncSession, schedule_id: UUID, *, lock: bool = False) -> ScheduledJob:
    """A schedule that is not deleted. Raises NotFound."""
    job = await session.get(ScheduledJob, schedule_id, with_for_update=lock or None)
    if job is None or job.deleted_at or not await _may_see(session, job):
        raise NotFound("scheduled job", schedule_id)
    return job


async def update(session: AsyncSession, schedule_id: UUID, etag: str | None, changes: dict[str, Any]) -> ScheduledJob:
    """Changes the fields given and computes next_run_at from now, so that nothing missed is fired.

    Raises StaleEtag when `etag` is given and no longer the schedule's.
    """
    job = await get(session, schedule_id, lock=True)
    _check_etag(job, etag)
    changed = {name: value for name, value in changes.items() if getattr(job, name) != value}
    now = await clock(session)
    # Nothing is written before all of it is right: is_active and next_run_at go together.
    with session.no_autoflush:
        for name, value in changed.items():
            setattr(job, name, value)
        check(job)
        if "depends_on" in changed:
            await _check_dependency(session, job)
    if changed:
        if changed.get("is_active"):
            job.failures_in_a_row = 0
        job.next_run_at = _next_run_at(job, now)
        job.updated_at = now
        job.version += 1
        await record(session, job, *_describe(job, changed))
        await notify(session, SCHEDULES_CHANGED)
    await session.flush()
    return job


async def delete(session: AsyncSession, schedule_id: UUID, etag: str | None) -> None:
    """Ends a schedule. Its runs and events stay; open runs are cancelled. Raises StaleEtag."""
    job = await get(session, schedule_id, lock=True)
    _check_etag(job, etag)
    job.deleted_at = await clock(session)
    job.is_active, job.next_run_at = False, None
    open_runs = await runs.open_runs(session, [job.id])
    await runs.cancel(session, open_runs.get(job.id, []))
    await record(session, job, "deleted", "Its history stays; open runs were cancelled.")


async def list_schedules(
    session: AsyncSession, wanted: Filter, limit: int, before: UUID | None
) -> tuple[Sequence[ScheduledJob], ScheduledJob | None]:
    """A page of schedules, newest first, and its last one when there are more."""
    query = select(ScheduledJob).where(ScheduledJob.deleted_at.is_(None), removals.of_live_brand(ScheduledJob.brand_id))
    for name in ("customer_id", "brand_id", "job_type", "is_active"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(getattr(ScheduledJob, name) == value)
    if before:
        query = query.where(ScheduledJob.id < before)
    rows = (await session.scalars(query.order_by(ScheduledJob.id.desc()).limit(limit + 1))).all()
    return paging.cut(rows, limit)


async def trigger(session: AsyncSession, schedule_id: UUID) -> JobRun:
    """Makes a run now. next_run_at does not move. Raises Conflict when overlap_policy forbids it."""
    job = await get(session, schedule_id, lock=True)  # two triggers at once: the second sees the first's run
    open_runs = (await runs.open_runs(session, [job.id])).get(job.id, [])
    if open_runs and job.overlap_policy == "skip":
        raise Conflict(f"Run {open_runs[0]} of this job is still open, and its overlap_policy is skip.")
    if open_runs and job.overlap_policy == "cancel_running":
        await runs.cancel(session, open_runs)
    now = await clock(session)
    run = JobRun(
        customer_id=job.customer_id, brand_id=job.brand_id, scheduled_job_id=job.id, job_type=job.job_type,
        status="pending", trigger="manual", scheduled_for=now, available_at=now, priority=runs.PRIORITY["manual"],
        is_exclusive=job.overlap_policy != "allow", max_attempts=job.max_attempts,
        timeout_seconds=job.timeout_seconds, options=job.options, created_at=now,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    await record(session, job, "triggered", "Run now.", run_id=run.id, scheduled_for=now)
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return run


async def backfill(session: AsyncSession, schedule_id: UUID, start: datetime, end: datetime) -> tuple[int, int]:
    """Makes runs for the fire times in [start, end). Gives how many were made, and how many were there already.

    They have the lowest priority, and each waits for the one before. Raises InvalidFields for a span that lies in the
    future, is empty, or holds too many fire times.
    """
    job = await get(session, schedule_id, lock=True)
    now = await clock(session)
    if end <= start:
        raise InvalidField("to", "must be after from")
    if end > now:
        raise InvalidField("to", "must not lie in the future")
    expression, zone = cron.parse(job.cron_expression), cron.load_zone(job.timezone)
    passed = takewhile(lambda fire: fire.utc < end, cron.fires(expression, zone, start - cron.MINUTE))
    fires = [fire.utc for fire in islice(passed, MAX_BACKFILL + 1) if fire.utc >= start]
    if len(fires) > MAX_BACKFILL:
        raise InvalidField("from", f"the span holds more than {MAX_BACKFILL} fire times; take a shorter one")
    wanted = [runs.Fire(new_id(), job.id, fire, available_at=now, is_exclusive=True) for fire in fires]
    made = await runs.insert_fires(session, "backfill", wanted)
    reason = f"{len(made)} runs for {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC."
    await record(session, job, "backfilled", reason)
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return len(made), len(fires) - len(made)


async def list_events(
    session: AsyncSession, schedule_id: UUID, limit: int, before: UUID | None
) -> tuple[Sequence[ScheduleEvent], ScheduleEvent | None]:
    """A page of a schedule's events, newest first. A deleted schedule still has them."""
    job = await session.get(ScheduledJob, schedule_id)
    if job is None or not await _may_see(session, job):
        raise NotFound("scheduled job", schedule_id)
    query = select(ScheduleEvent).where(ScheduleEvent.schedule_id == schedule_id)
    if before:
        query = query.where(ScheduleEvent.id < before)
    rows = (await session.scalars(query.order_by(ScheduleEvent.id.desc()).limit(limit + 1))).all()
    return paging.cut(rows, limit)


async def record(
    session: AsyncSession, job: ScheduledJob, kind: str, reason: str, **more: UUID | datetime | None
) -> None:
    """Writes down a decision of the caller about a schedule."""
    await _write(session, kind, reason, customer_id=job.customer_id, schedule_id=job.id, **more)


async def record_of_run(session: AsyncSession, run: JobRun, kind: str, reason: str) -> None:
    """Writes down a decision of the caller about a run, with its schedule, if it has one."""
    if run.scheduled_job_id:
        whose = {"customer_id": run.customer_id, "schedule_id": run.scheduled_job_id, "run_id": run.id}
        await _write(session, kind, reason, **whose, scheduled_for=run.scheduled_for)


async def _write(session: AsyncSession, kind: str, reason: str, **more: UUID | datetime | None) -> None:
    session.add(ScheduleEvent(kind=kind, reason=reason, actor=caller().name, **more))
    await session.flush()


def check(job: ScheduledJob) -> None:
    """Raises InvalidFields for what a schedule can't be."""
    found: list[Violation] = []
    for read, value in ((cron.parse, job.cron_expression), (cron.load_zone, job.timezone)):
        try:
            read(value)
        except cron.CronError as error:
            found.append(Violation(error.field, str(error)))
    try:
        read_options(job.options)
    except InvalidFields as error:
        found += error.violations
    if job.catch_up == "all" and job.catchup_window_seconds == 0:
        found.append(Violation("catchup_window_seconds", "must be at least 1 when catch_up is all"))
    if job.cron_expression != job.cron_expression.strip():
        found.append(Violation("cron_expression", "begins or ends with white space"))
    if job.start_at and job.end_at and job.end_at <= job.start_at:
        found.append(Violation("end_at", "must be after start_at"))
    if found:
        raise InvalidFields(*found)


async def _may_see(session: AsyncSession, job: ScheduledJob) -> bool:
    return caller().may_see(job.customer_id) and await removals.is_live(session, job.brand_id)


def _no_brand(job: ScheduledJob) -> NotFound:
    return NotFound(f"brand of customer {job.customer_id} with the id", job.brand_id, field="brand_id")


def _check_etag(job: ScheduledJob, etag: str | None) -> None:
    if etag is not None and etag != etag_of(job):
        raise StaleEtag("Somebody else changed this job since you read it. Read it again and repeat your change.")


def etag_of(job: ScheduledJob) -> str:
    """Changes with each edit by a person, and only then."""
    return f'"{job.version}"'


async def _check_dependency(session: AsyncSession, job: ScheduledJob) -> None:
    if job.depends_on is None:
        return
    seen = {job.id}
    above: UUID | None = job.depends_on
    while above is not None:
        upstream = await session.get(ScheduledJob, above)
        if upstream is None or upstream.deleted_at or upstream.customer_id != job.customer_id:
            raise InvalidField("depends_on", f"there is no scheduled job {above} of this customer")
        if upstream.id in seen:
            raise InvalidField("depends_on", "would make a circle: the job would wait for itself")
        if not await removals.hold_brand(session, upstream.brand_id):
            raise InvalidField("depends_on", f"there is no scheduled job {above} of this customer")
        seen.add(upstream.id)
        above = upstream.depends_on


def _next_run_at(job: ScheduledJob, now: datetime) -> datetime | None:
    """The first fire from now on, within start_at and end_at. None when there is none."""
    if not job.is_active:
        return None
    after = max(now, job.start_at - timedelta(microseconds=1)) if job.start_at else now
    fire = cron.next_fire(cron.parse(job.cron_expression), cron.load_zone(job.timezone), after)
    return None if job.end_at and fire >= job.end_at else fire


def _describe(job: ScheduledJob, changed: dict[str, Any]) -> tuple[str, str]:
    if set(changed) == {"is_active"}:
        return ("activated", "Fires again from now on.") if job.is_active else ("deactivated", "Fires no more.")
    names = ", ".join("metadata" if name == "options" else name for name in sorted(changed))
    return "edited", f"Changed {names}."
