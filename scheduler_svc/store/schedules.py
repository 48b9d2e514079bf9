"""Schedules as they stand: one, a page of them; made, changed and ended as a person says."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import eq, lt
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from answerbeat import paging
from answerbeat.database import SCHEDULES_CHANGED, Session, constraint_of, given, notify
from answerbeat.errors import NotFound
from answerbeat.kinds import JobType
from answerbeat.schema import ScheduledJob
from scheduler_svc.store.brands import is_live_brand
from scheduler_svc.terms import FIELDS, Terms


@dataclass(frozen=True)
class ScheduleFilter:
    """Which schedules to list. Everything may be left out."""

    customer_id: UUID | None = None
    brand_id: UUID | None = None
    job_type: JobType | None = None
    is_active: bool | None = None


async def find(session: Session, schedule_id: UUID, *, lock: bool = False) -> ScheduledJob | None:
    """A schedule. None when there is none, or it was deleted."""
    job = await session.get(ScheduledJob, schedule_id, with_for_update=lock or None)
    return None if job is None or job.deleted_at else job


class Owner(NamedTuple):
    """Whose a schedule is."""

    customer_id: UUID
    brand_id: UUID


async def owner_of(session: Session, schedule_id: UUID) -> Owner | None:
    """Whose a schedule is, or was before it was deleted. None when there is none."""
    query = select(ScheduledJob.customer_id, ScheduledJob.brand_id).where(ScheduledJob.id == schedule_id)
    row = (await session.execute(query)).first()
    return Owner(*row) if row else None


def page_of(wanted: ScheduleFilter, limit: int, before: UUID | None) -> Select[ScheduledJob]:
    """Up to limit + 1 schedules, newest first."""
    conditions = given(
        (eq, ScheduledJob.customer_id, wanted.customer_id),
        (eq, ScheduledJob.brand_id, wanted.brand_id),
        (eq, ScheduledJob.job_type, wanted.job_type),
        (eq, ScheduledJob.is_active, wanted.is_active),
        (lt, ScheduledJob.id, before),
    )
    live = is_live_brand(ScheduledJob.brand_id)
    query = select(ScheduledJob).where(ScheduledJob.deleted_at.is_(None), live, *conditions)
    return query.order_by(ScheduledJob.id.desc()).limit(limit + 1)


async def list_schedules(
    session: Session, wanted: ScheduleFilter, limit: int, before: UUID | None
) -> tuple[Sequence[ScheduledJob], ScheduledJob | None]:
    """A page of schedules, newest first, and its last one when there are more."""
    return paging.cut((await session.scalars(page_of(wanted, limit, before))).all(), limit)


def terms_of(job: ScheduledJob) -> Terms:
    """What was set of a schedule."""
    return Terms(**{name: getattr(job, name) for name in FIELDS})


async def add(
    session: Session, customer_id: UUID, brand_id: UUID, terms: Terms, next_run_at: datetime | None, by: str,
    now: datetime,
) -> ScheduledJob:  # fmt: skip
    """Makes a schedule. Raises NotFound for a brand that is not the customer's."""
    job = ScheduledJob(
        **asdict(terms), customer_id=customer_id, brand_id=brand_id, next_run_at=next_run_at, created_by=by,
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(job)
    try:
        await session.flush()
    except IntegrityError as error:
        if constraint_of(error) == "fk_scheduled_jobs_brand":
            raise NotFound(f"brand of customer {customer_id} with the id", brand_id, field="brand_id") from None
        raise
    await notify(session, SCHEDULES_CHANGED)
    return job


async def change(
    session: Session, job: ScheduledJob, terms: Terms, next_run_at: datetime | None, now: datetime
) -> None:
    """Sets a schedule's terms anew. One that is switched on again has not failed yet."""
    if terms.is_active and not job.is_active:
        job.failures_in_a_row = 0
    for name in FIELDS:
        setattr(job, name, getattr(terms, name))
    job.next_run_at = next_run_at
    job.updated_at = now
    job.version += 1
    await session.flush()
    await notify(session, SCHEDULES_CHANGED)


async def end(session: Session, job: ScheduledJob, now: datetime) -> None:
    """Ends a schedule. Its row stays, for its history refers to it."""
    job.deleted_at = now
    job.is_active, job.next_run_at = False, None
    await session.flush()
