"""Rows as messages of the contract."""

from answerbeat.kinds import RunStatus
from answerbeat.rpc.convert import enum_value, to_struct, to_timestamp
from answerbeat.schema import JobRun, ScheduledJob, ScheduleEvent, SetAside
from answerbeat.v1 import dispatch_pb2, run_pb2, schedule_pb2
from scheduler_svc.cron import Fire, parse
from scheduler_svc.store.leases import Lease
from scheduler_svc.store.trends import Day
from scheduler_svc.terms import etag_of


def schedule_message(job: ScheduledJob) -> schedule_pb2.Schedule:
    """A schedule."""
    return schedule_pb2.Schedule(
        id=str(job.id),
        customer_id=str(job.customer_id),
        brand_id=str(job.brand_id),
        job_type=enum_value(run_pb2.JobType, job.job_type),
        cron_expression=job.cron_expression,
        timezone=job.timezone,
        is_active=job.is_active,
        metadata=to_struct(job.options),
        overlap_policy=enum_value(schedule_pb2.OverlapPolicy, job.overlap_policy),
        catch_up=enum_value(schedule_pb2.CatchUp, job.catch_up),
        catchup_window_seconds=job.catchup_window_seconds,
        jitter_seconds=job.jitter_seconds,
        max_attempts=job.max_attempts,
        timeout_seconds=job.timeout_seconds,
        depends_on=str(job.depends_on) if job.depends_on else None,
        next_run_at=to_timestamp(job.next_run_at),
        last_run_at=to_timestamp(job.last_run_at),
        last_run_status=enum_value(run_pb2.RunStatus, job.last_run_status),
        created_at=to_timestamp(job.created_at),
        updated_at=to_timestamp(job.updated_at),
        created_by=job.created_by,
        etag=etag_of(job.version),
        start_at=to_timestamp(job.start_at),
        end_at=to_timestamp(job.end_at),
        pause_after_failures=job.pause_after_failures,
        failures_in_a_row=job.failures_in_a_row,
        cron_description=parse(job.cron_expression).description,
    )


def run_message(run: JobRun, aside: SetAside | None = None) -> run_pb2.Run:
    """A run, and whether it is left out of the numbers."""
    return run_pb2.Run(
        id=str(run.id),
        scheduled_job_id=str(run.scheduled_job_id) if run.scheduled_job_id else None,
        customer_id=str(run.customer_id),
        brand_id=str(run.brand_id),
        job_type=enum_value(run_pb2.JobType, run.job_type),
        status=enum_value(run_pb2.RunStatus, run.status),
        trigger=enum_value(run_pb2.RunTrigger, run.trigger),
        scheduled_for=to_timestamp(run.scheduled_for),
        started_at=to_timestamp(run.started_at),
        finished_at=to_timestamp(run.finished_at),
        attempt=run.attempt,
        max_attempts=run.max_attempts,
        progress=to_struct(run.progress or {}),
        error_message=run.error_message,
        metrics=to_struct(run.metrics or {}),
        metadata=to_struct(run.options or {}),
        worker_id=run.worker_id,
        created_at=to_timestamp(run.created_at),
        cancel_requested=run.status == RunStatus.PROCESSING and run.cancel_requested_at is not None,
        is_test=run.is_test,
        set_aside=None
        if aside is None
        else run_pb2.SetAside(reason=aside.reason, by=aside.set_by, at=to_timestamp(aside.set_at)),
    )


def event_message(event: ScheduleEvent) -> schedule_pb2.ScheduleEvent:
    """A decision about a schedule."""
    return schedule_pb2.ScheduleEvent(
        id=str(event.id),
        schedule_id=str(event.schedule_id),
        occurred_at=to_timestamp(event.occurred_at),
        kind=event.kind,
        reason=event.reason,
        run_id=str(event.run_id) if event.run_id else None,
        scheduled_for=to_timestamp(event.scheduled_for),
        actor=event.actor,
    )


def fire_message(fire: Fire) -> schedule_pb2.FireTime:
    """An instant at which a schedule fires."""
    return schedule_pb2.FireTime(utc=to_timestamp(fire.utc), local=fire.local.isoformat(), note=fire.note)


def lease_message(lease: Lease, heartbeat_ms: int) -> dispatch_pb2.LeasedRun:
    """A run that is a worker's now."""
    return dispatch_pb2.LeasedRun(
        run_id=str(lease.id),
        lease_token=str(lease.lease_token),
        lease_expires_at=to_timestamp(lease.lease_expires_at),
        customer_id=str(lease.customer_id),
        brand_id=str(lease.brand_id),
        job_type=enum_value(run_pb2.JobType, lease.job_type),
        metadata=to_struct(lease.metadata),
        attempt=lease.attempt,
        max_attempts=lease.max_attempts,
        timeout_seconds=lease.timeout_seconds,
        heartbeat_ms=heartbeat_ms,
        retried_at=to_timestamp(lease.retried_at),
    )


def day_message(day: Day) -> run_pb2.RunDay:
    """The runs of one day."""
    return run_pb2.RunDay(**{**vars(day), "day": day.day.isoformat()})
