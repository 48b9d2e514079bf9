"""ScheduleService over gRPC: reads the request, calls the operation, answers."""

from datetime import timedelta
from itertools import islice
from uuid import UUID

from answerbeat.database import Database, clock
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.idempotency import once
from answerbeat.v1 import schedule_pb2, schedule_pb2_grpc
from scheduler_svc import cron
from scheduler_svc.api import requests
from scheduler_svc.api.messages import event_message, fire_message, run_message, schedule_message
from scheduler_svc.operations import editing, manual
from scheduler_svc.store.schedules import list_schedules
from scheduler_svc.terms import Terms, read_timing

DEFAULT_PREVIEW = 5
PREVIEWED = timedelta(days=30)
"""The span whose fires are counted."""


class ScheduleServicer(schedule_pb2_grpc.ScheduleServiceServicer):
    """Schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateSchedule(
        self, request: schedule_pb2.CreateScheduleRequest, context: object
    ) -> schedule_pb2.CreateScheduleResponse:
        """Makes a schedule."""

        async def create() -> schedule_pb2.CreateScheduleResponse:
            terms = Terms(**requests.terms_given(request))
            customer_id, brand_id = UUID(request.customer_id), UUID(request.brand_id)
            job = await editing.create(session, caller(), customer_id, brand_id, terms)
            return schedule_pb2.CreateScheduleResponse(schedule=schedule_message(job))

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.CreateScheduleResponse(), create)

    async def GetSchedule(
        self, request: schedule_pb2.GetScheduleRequest, context: object
    ) -> schedule_pb2.GetScheduleResponse:
        """Gives a schedule."""
        async with self._database.transaction() as session:
            job = await editing.get(session, caller(), UUID(request.schedule_id))
        return schedule_pb2.GetScheduleResponse(schedule=schedule_message(job))

    async def UpdateSchedule(
        self, request: schedule_pb2.UpdateScheduleRequest, context: object
    ) -> schedule_pb2.UpdateScheduleResponse:
        """Changes the fields given."""
        etag = request.etag if request.HasField("etag") else None
        changes = requests.terms_given(request)
        async with self._database.transaction() as session:
            job = await editing.update(session, caller(), UUID(request.schedule_id), etag, changes)
        return schedule_pb2.UpdateScheduleResponse(schedule=schedule_message(job))

    async def DeleteSchedule(
        self, request: schedule_pb2.DeleteScheduleRequest, context: object
    ) -> schedule_pb2.DeleteScheduleResponse:
        """Ends a schedule."""
        etag = request.etag if request.HasField("etag") else None
        async with self._database.transaction() as session:
            await editing.delete(session, caller(), UUID(request.schedule_id), etag)
        return schedule_pb2.DeleteScheduleResponse()

    async def ListSchedules(
        self, request: schedule_pb2.ListSchedulesRequest, context: object
    ) -> schedule_pb2.ListSchedulesResponse:
        """Gives a page of schedules."""
        wanted = requests.schedule_filter(request, caller().narrow(request.customer_id))
        before = paging.read_token(request.page_token)
        async with self._database.transaction() as session:
            page, last = await list_schedules(session, wanted, request.limit or paging.DEFAULT_LIMIT, before)
        return schedule_pb2.ListSchedulesResponse(
            schedules=map(schedule_message, page), next_page_token=paging.write_token(last.id) if last else None
        )

    async def TriggerSchedule(
        self, request: schedule_pb2.TriggerScheduleRequest, context: object
    ) -> schedule_pb2.TriggerScheduleResponse:
        """Runs now."""

        async def trigger() -> schedule_pb2.TriggerScheduleResponse:
            run = await manual.trigger(session, caller(), UUID(request.schedule_id), is_test=request.is_test)
            return schedule_pb2.TriggerScheduleResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.TriggerScheduleResponse(), trigger)

    async def BackfillSchedule(
        self, request: schedule_pb2.BackfillScheduleRequest, context: object
    ) -> schedule_pb2.BackfillScheduleResponse:
        """Makes runs for the fire times of a span."""
        start = requests.moment(getattr(request, "from"), "from")  # a keyword of Python's, but the contract's name
        end = requests.moment(request.to, "to")

        async def backfill() -> schedule_pb2.BackfillScheduleResponse:
            made = await manual.backfill(session, caller(), UUID(request.schedule_id), start, end)
            return schedule_pb2.BackfillScheduleResponse(created=made.created, existing=made.existing)

        async with self._database.transaction() as session:
            return await once(session, request, schedule_pb2.BackfillScheduleResponse(), backfill)

    async def PreviewSchedule(
        self, request: schedule_pb2.PreviewScheduleRequest, context: object
    ) -> schedule_pb2.PreviewScheduleResponse:
        """Says when an expression would fire."""
        expression, zone = read_timing(request.cron_expression, request.timezone or "UTC")
        async with self._database.transaction() as session:
            after = requests.moment(request.after, "after") if request.HasField("after") else await clock(session)
        next_runs = islice(cron.fires(expression, zone, after), request.count or DEFAULT_PREVIEW)
        return schedule_pb2.PreviewScheduleResponse(
            description=expression.description,
            next_runs=map(fire_message, next_runs),
            runs_in_30_days=len(cron.fires_until(expression, zone, after, after + PREVIEWED)),
        )

    async def ListScheduleEvents(
        self, request: schedule_pb2.ListScheduleEventsRequest, context: object
    ) -> schedule_pb2.ListScheduleEventsResponse:
        """Gives a page of decisions about a schedule."""
        before = paging.read_token(request.page_token)
        limit = request.limit or paging.DEFAULT_LIMIT
        async with self._database.transaction() as session:
            page, last = await editing.list_events(session, caller(), UUID(request.schedule_id), limit, before)
        return schedule_pb2.ListScheduleEventsResponse(
            events=map(event_message, page), next_page_token=paging.write_token(last.id) if last else None
        )
