"""Runs as they stand: one, a page of them, and those of a schedule that are open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, lt
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.sql.operators import in_op

from answerbeat import paging
from answerbeat.database import Session, array, given
from answerbeat.kinds import JobType, RunStatus
from answerbeat.schema import JobRun, SetAside
from scheduler_svc.store.brands import is_live_brand

OPEN_OF_SCHEDULES = text("""
    SELECT scheduled_job_id, id
    FROM job_runs
    WHERE scheduled_job_id = ANY(CAST(:schedule_ids AS uuid[])) AND status IN ('pending', 'processing')
    ORDER BY id
""")


@dataclass(frozen=True)
class RunFilter:
    """Which runs to list. Everything may be left out."""

    customer_id: UUID | None = None
    brand_id: UUID | None = None
    schedule_id: UUID | None = None
    statuses: Sequence[RunStatus] = ()
    """Any of these."""
    job_type: JobType | None = None
    start: datetime | None = None
    """Created at or after."""
    end: datetime | None = None
    """Created before."""


async def find(session: Session, run_id: UUID, *, lock: bool = False) -> JobRun | None:
    """A run. None when there is none."""
    return await session.get(JobRun, run_id, with_for_update=lock or None)


def page_of(wanted: RunFilter, limit: int, before: UUID | None) -> Select[JobRun]:
    """Up to limit + 1 runs, newest first."""
    conditions = given(
        (eq, JobRun.customer_id, wanted.customer_id),
        (eq, JobRun.brand_id, wanted.brand_id),
        (eq, JobRun.scheduled_job_id, wanted.schedule_id),
        (in_op, JobRun.status, wanted.statuses or None),
        (eq, JobRun.job_type, wanted.job_type),
        (ge, JobRun.created_at, wanted.start),
        (lt, JobRun.created_at, wanted.end),
        (lt, JobRun.id, before),
    )
    return select(JobRun).where(is_live_brand(JobRun.brand_id), *conditions).order_by(JobRun.id.desc()).limit(limit + 1)


async def list_runs(
    session: Session, wanted: RunFilter, limit: int, before: UUID | None
) -> tuple[Sequence[JobRun], JobRun | None]:
    """A page of runs, newest first, and its last one when there are more."""
    return paging.cut((await session.scalars(page_of(wanted, limit, before))).all(), limit)


async def asides_of(session: Session, runs: Sequence[JobRun]) -> dict[UUID, SetAside]:
    """Those of the runs that are left out of the numbers, each with why."""
    wanted = select(SetAside).where(SetAside.job_run_id.in_([run.id for run in runs]), SetAside.back_at.is_(None))
    return {aside.job_run_id: aside for aside in await session.scalars(wanted) if aside.job_run_id}


async def open_of_schedules(session: Session, schedule_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The pending and processing runs of each schedule that has some, the oldest first."""
    found: dict[UUID, list[UUID]] = {}
    for schedule_id, run_id in await session.execute(OPEN_OF_SCHEDULES, {"schedule_ids": array(schedule_ids)}):
        found.setdefault(schedule_id, []).append(run_id)
    return found


async def open_of(session: Session, schedule_id: UUID) -> list[UUID]:
    """The pending and processing runs of a schedule, the oldest first."""
    return (await open_of_schedules(session, [schedule_id])).get(schedule_id, [])
