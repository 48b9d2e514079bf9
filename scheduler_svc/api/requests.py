"""Messages of the contract as what they ask for."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from answerbeat.errors import InvalidField
from answerbeat.kinds import CatchUp, JobType, Outcome, OverlapPolicy, RunStatus
from answerbeat.rpc.convert import enum_name, to_datetime, to_dict
from answerbeat.v1 import dispatch_pb2, run_pb2, schedule_pb2
from scheduler_svc import cron
from scheduler_svc.store.endings import Finished
from scheduler_svc.store.heartbeats import Held
from scheduler_svc.store.runs import RunFilter
from scheduler_svc.store.schedules import ScheduleFilter

PLAIN = (
    "cron_expression", "timezone", "is_active", "catchup_window_seconds",
    "jitter_seconds", "max_attempts", "timeout_seconds", "pause_after_failures",
)  # fmt: skip
MOMENTS = ("start_at", "end_at")
AnyKind = TypeVar("AnyKind", bound=StrEnum)


def terms_given(request: schedule_pb2.CreateScheduleRequest | schedule_pb2.UpdateScheduleRequest) -> dict[str, Any]:
    """What is present of a schedule's terms, by their names."""
    present = request.ListFields()
    given: dict[str, Any] = {field.name: value for field, value in present if field.name in PLAIN}
    if request.HasField("metadata"):
        given["options"] = to_dict(request.metadata)
    if request.HasField("depends_on"):
        given["depends_on"] = _upstream(request.depends_on)
    if isinstance(request, schedule_pb2.UpdateScheduleRequest):
        given |= dict.fromkeys(request.cleared)
    given |= {field.name: moment(value, field.name) for field, value in present if field.name in MOMENTS}
    kinds = {
        "job_type": read_kind(JobType, run_pb2.JobType, request.job_type),
        "overlap_policy": read_kind(OverlapPolicy, schedule_pb2.OverlapPolicy, request.overlap_policy),
        "catch_up": read_kind(CatchUp, schedule_pb2.CatchUp, request.catch_up),
    }
    return given | {name: kind for name, kind in kinds.items() if kind}


def run_filter(request: run_pb2.ListRunsRequest, customer_id: UUID | None) -> RunFilter:
    """Which runs are to be listed."""
    start = getattr(request, "from")  # a keyword of Python's, but the contract's name
    return RunFilter(
        customer_id=customer_id,
        brand_id=key(request.brand_id),
        schedule_id=key(request.scheduled_job_id),
        statuses=[RunStatus(enum_name(run_pb2.RunStatus, status)) for status in request.status],
        job_type=read_kind(JobType, run_pb2.JobType, request.job_type),
        start=to_datetime(start, "from") if request.HasField("from") else None,
        end=to_datetime(request.to, "to") if request.HasField("to") else None,
    )


def schedule_filter(request: schedule_pb2.ListSchedulesRequest, customer_id: UUID | None) -> ScheduleFilter:
    """Which schedules are to be listed."""
    return ScheduleFilter(
        customer_id=customer_id,
        brand_id=key(request.brand_id),
        job_type=read_kind(JobType, run_pb2.JobType, request.job_type),
        is_active=request.is_active if request.HasField("is_active") else None,
    )


def held(run: dispatch_pb2.HeldRun) -> Held:
    """A run that a worker holds."""
    progress = to_dict(run.progress) if run.HasField("progress") else None
    return Held(UUID(run.run_id), UUID(run.lease_token), progress)


def finished(run: dispatch_pb2.FinishedRun) -> Finished:
    """An attempt that has ended."""
    return Finished(
        id=UUID(run.run_id),
        token=UUID(run.lease_token),
        outcome=Outcome(enum_name(dispatch_pb2.Outcome, run.outcome)),
        metrics=to_dict(run.metrics),
        progress=to_dict(run.progress) if run.HasField("progress") else None,
        error=run.error_message if run.HasField("error_message") else None,
        retryable=run.retryable,
    )


def read_kind(kind: type[AnyKind], enum: object, value: int) -> AnyKind | None:
    """The kind that a value of an enum of the contract's stands for. None for the unspecified value."""
    return kind(enum_name(enum, value)) if value else None


def key(written: str) -> UUID | None:
    """A key of which the contract sees to it that it is one. None where it is left out."""
    return UUID(written) if written else None


def moment(stamp: Timestamp, field: str) -> datetime:
    """A time at which schedules can be looked at. Raises InvalidField."""
    read = to_datetime(stamp, field)
    if not cron.FIRST_YEAR <= read.year <= cron.LAST_YEAR:
        raise InvalidField(field, f"must lie between the years {cron.FIRST_YEAR} and {cron.LAST_YEAR}")
    return read


def _upstream(written: str) -> UUID | None:
    try:
        return key(written)
    except ValueError:
        raise InvalidField("depends_on", "must be a UUID") from None
