"""Schedules, their runs, and what was decided about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, ForeignKey, ForeignKeyConstraint, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from answerbeat.ids import new_id
from answerbeat.jsons import JsonObject
from answerbeat.kinds import CatchUp, JobType, OverlapPolicy, RunStatus, Trigger
from answerbeat.schema.base import Base


class ScheduledJob(Base):
    """A schedule. Deleted ones keep their row: their history refers to it."""

    __tablename__ = "scheduled_jobs"
    __table_args__ = (ForeignKeyConstraint(["brand_id", "customer_id"], ["brands.id", "brands.customer_id"]),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    job_type: Mapped[JobType]
    cron_expression: Mapped[str]
    timezone: Mapped[str]
    is_active: Mapped[bool]
    options: Mapped[JsonObject] = mapped_column("metadata", default=dict)
    overlap_policy: Mapped[OverlapPolicy]
    catch_up: Mapped[CatchUp]
    catchup_window_seconds: Mapped[int]
    jitter_seconds: Mapped[int]
    max_attempts: Mapped[int]
    timeout_seconds: Mapped[int]
    depends_on: Mapped[UUID | None] = mapped_column(ForeignKey("scheduled_jobs.id"))
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    pause_after_failures: Mapped[int]
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    next_run_at: Mapped[datetime | None]
    last_run_at: Mapped[datetime | None]
    last_run_status: Mapped[RunStatus | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]


class JobRun(Base):
    """One run: of a schedule's fire time, or because a person asked."""

    __tablename__ = "job_runs"
    __table_args__ = (ForeignKeyConstraint(["brand_id", "customer_id"], ["brands.id", "brands.customer_id"]),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    scheduled_job_id: Mapped[UUID | None] = mapped_column(ForeignKey("scheduled_jobs.id"))
    job_type: Mapped[JobType]
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.PENDING)
    trigger: Mapped[Trigger]
    scheduled_for: Mapped[datetime]
    priority: Mapped[int] = mapped_column(SmallInteger, default=5)
    available_at: Mapped[datetime]
    is_exclusive: Mapped[bool] = mapped_column(default=False)
    retried_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int]
    timeout_seconds: Mapped[int]
    lease_token: Mapped[UUID | None]
    lease_expires_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    worker_id: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress: Mapped[JsonObject] = mapped_column(default=dict)
    metrics: Mapped[JsonObject] = mapped_column(default=dict)
    options: Mapped[JsonObject] = mapped_column("metadata", default=dict)
    error_message: Mapped[str | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    """Counts nowhere."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    change_xid: Mapped[int] = mapped_column(BigInteger, server_default=FetchedValue())


class Limit(Base):
    """What may go on at once and begin in a minute, over all workers."""

    __tablename__ = "limits"

    scope: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    max_concurrent: Mapped[int | None]
    max_per_minute: Mapped[int | None]
    max_micro_usd_per_day: Mapped[int | None] = mapped_column(BigInteger)
    max_micro_usd_per_month: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_by: Mapped[str]


class ScheduleEvent(Base):
    """One decision about a schedule, and why."""

    __tablename__ = "schedule_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("scheduled_jobs.id"))
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    kind: Mapped[str]
    reason: Mapped[str]
    run_id: Mapped[UUID | None]
    scheduled_for: Mapped[datetime | None]
    actor: Mapped[str]
