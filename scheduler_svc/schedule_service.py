"""ScheduleService over gRPC: reads the request, calls the rules, answers."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from answerbeat.database import Database, clock
from answerbeat.errors import InvalidField, InvalidFields, Violation
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import enum_name, to_datetime, to_dict
from answerbeat.rpc.idempotency import once
from answerbeat.v1 import run_pb2, schedule_pb2, schedule_pb2_grpc
from scheduler_svc import cron, schedules
from scheduler_svc.messages import event_message, fire_message, run_message, schedule_message

Context = ServicerContext[Any, Any]
PLAIN = (
    "cron_expression", "timezone", "is_active", "catchup_window_seconds",
    "jitter_seconds", "max_attempts", "timeout_seconds", "pause_after_failures",
)  # fmt: skip
MOMENTS = ("start_at", "end_at")
DEFAULT_PREVIEW = 5


class ScheduleServicer(schedule_pb2_grpc.ScheduleServiceServicer):
    """Schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateSchedule(
        self, request: schedule_pb2.CreateScheduleRequest, context: Context
    ) -> schedule_pb2.CreateScheduleResponse:
        """Makes a schedule."""

        async def create() -> schedule_pb2.CreateScheduleResponse:
            values = _values(request) | {"customer_id": UUID(request.customer_id), "brand_id": UUID(request.brand_id)}
            job = await schedules.create(session, values)
            return schedule_pb2.CreateScheduleResponse(schedule=schedule_message(job))

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.CreateScheduleResponse(), create)

    async def GetSchedule(
        self, request: schedule_pb2.GetScheduleRequest, context: Context
    ) -> schedule_pb2.GetScheduleResponse:
        """Gives a schedule."""
        async with self._database.transaction() as session:
            job = await schedules.get(session, UUID(request.schedule_id))
        return schedule_pb2.GetScheduleResponse(schedule=schedule_message(job))

    async def UpdateSchedule(
        self, request: schedule_pb2.UpdateScheduleRequest, context: Context
    ) -> schedule_pb2.UpdateScheduleResponse:
        """Changes the fields given."""
        etag = request.etag if request.HasField("etag") else None
        async with self._database.transaction() as session:
            job = await schedules.update(session, UUID(request.schedule_id), etag, _values(request))
        return schedule_pb2.UpdateScheduleResponse(schedule=schedule_message(job))

    async def DeleteSchedule(
        self, request: schedule_pb2.DeleteScheduleRequest, context: Context
    ) -> schedule_pb2.DeleteScheduleResponse:
        """Ends a schedule."""
        async with self._database.transaction() as session:
            etag = request.etag if request.HasField("etag") else None
            await schedules.delete(session, UUID(request.schedule_id), etag)
        return schedule_pb2.DeleteScheduleResponse()

    async def ListSchedules(
        self, request: schedule_pb2.ListSchedulesRequest, context: Context
    ) -> schedule_pb2.ListSchedulesResponse:
        """Gives a page of schedules."""
        wanted = schedules.Filter(
            customer_id=caller().narrow(request.customer_id),
            brand_id=UUID(request.brand_id) if request.brand_id else None,
            job_type=enum_name(run_pb2.JobType, request.job_type) or None,
            is_active=request.is_active if request.HasField("is_active") else None,
        )
        before = paging.read_token(request.page_token)
        async with self._database.transaction() as session:
            page, last = await schedules.list_schedules(session, wanted, request.limit or paging.DEFAULT_LIMIT, before)
        return schedule_pb2.ListSchedulesResponse(
            schedules=[schedule_message(job) for job in page],
            next_page_token=paging.write_token(last.id) if last else None,
        )

    async def TriggerSchedule(
        self, request: schedule_pb2.TriggerScheduleRequest, context: Context
    ) -> schedule_pb2.TriggerScheduleResponse:
        """Runs now."""

        async def trigger() -> schedule_pb2.TriggerScheduleResponse:
            run = await schedules.trigger(session, UUID(request.schedule_id))
            return schedule_pb2.TriggerScheduleResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.TriggerScheduleResponse(), trigger)

    async def BackfillSchedule(
        self, request: schedule_pb2.BackfillScheduleRequest, context: Context
    ) -> schedule_pb2.BackfillScheduleResponse:
        """Makes runs for the fire times of a span."""
        start = _moment(getattr(request, "from"), "from")  # a keyword of Python's, but the contract's name
        end = _moment(request.to, "to")

        async def backfill() -> schedule_pb2.BackfillScheduleResponse:
            created, existing = await schedules.backfill(session, UUID(request.schedule_id), start, end)
            return schedule_pb2.BackfillScheduleResponse(created=created, existing=existing)

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.BackfillScheduleResponse(), backfill)

    async def PreviewSchedule(
        self, request: schedule_pb2.PreviewScheduleRequest, context: Context
    ) -> schedule_pb2.PreviewScheduleResponse:
        """Says when an expression would fire."""
        try:
            expression, zone = cron.parse(request.cron_expression), cron.load_zone(request.timezone or "UTC")
        except cron.CronError as error:
            raise InvalidFields(Violation(error.field, str(error))) from None
        async with self._database.transaction() as session:
            after = _moment(request.after, "after") if request.HasField("after") else await clock(session)
        next_runs = islice(cron.fires(expression, zone, after), request.count or DEFAULT_PREVIEW)
        return schedule_pb2.PreviewScheduleResponse(
            description=expression.description,
            next_runs=[fire_message(fire) for fire in next_runs],
            runs_in_30_days=len(cron.fires_until(expression, zone, after, after + timedelta(days=30))),
        )

    async def ListScheduleEvents(
        self, request: schedule_pb2.ListScheduleEventsRequest, context: Context
    ) -> schedule_pb2.ListScheduleEventsResponse:
        """Gives a page of decisions about a schedule."""
        before = paging.read_token(request.page_token)
        limit = request.limit or paging.DEFAULT_LIMIT
        async with self._database.transaction() as session:
            page, last = await schedules.list_events(session, UUID(request.schedule_id), limit, before)
        return schedule_pb2.ListScheduleEventsResponse(
            events=[event_message(event) for event in page],
            next_page_token=paging.write_token(last.id) if last else None,
        )


def _values(request: schedule_pb2.CreateScheduleRequest | schedule_pb2.UpdateScheduleRequest) -> dict[str, Any]:
    """The fields that are present, by their columns' names."""
    values: dict[str, Any] = {field.name: value for field, value in request.ListFields() if field.name in PLAIN}
    if request.HasField("metadata"):
        values["options"] = to_dict(request.metadata)
    if request.HasField("depends_on"):
        values["depends_on"] = _uuid(request.depends_on)
    if isinstance(request, schedule_pb2.UpdateScheduleRequest):
        values |= dict.fromkeys(request.cleared)
    present = request.ListFields()
    values |= {field.name: _moment(value, field.name) for field, value in present if field.name in MOMENTS}
    enums = {
        "job_type": (run_pb2.JobType, request.job_type),
        "overlap_policy": (schedule_pb2.OverlapPolicy, request.overlap_policy),
        "catch_up": (schedule_pb2.CatchUp, request.catch_up),
    }
    return values | {name: enum_name(enum, value) for name, (enum, value) in enums.items() if value}


def _moment(stamp: Timestamp, field: str) -> datetime:
    """A time at which schedules can be looked at. Raises InvalidField."""
    moment = to_datetime(stamp, field)
    if not cron.FIRST_YEAR <= moment.year <= cron.LAST_YEAR:
        raise InvalidField(field, f"must lie between the years {cron.FIRST_YEAR} and {cron.LAST_YEAR}")
    return moment


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value) if value else None
    except ValueError:
        raise InvalidFields(Violation("depends_on", "must be a UUID")) from None
