"""Routes under /api/admin/scheduled-jobs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response

from admin_gateway.models import (
    Backfill,
    BackfillRequest,
    JobRun,
    JobTrigger,
    JobType,
    Page,
    Preview,
    PreviewRequest,
    ScheduledJob,
    ScheduledJobCreate,
    ScheduledJobUpdate,
    ScheduleEvent,
)
from admin_gateway.routes.paging import Paging, page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.jsons import JsonObject
from answerbeat.v1 import insight_pb2, schedule_pb2

router = APIRouter(prefix="/api/admin/scheduled-jobs", tags=["Scheduled jobs"])


@router.get("")
async def list_jobs(
    upstream: UpstreamOf,
    paging: Paging,
    customer_id: UUID | None = None,
    brand_id: UUID | None = None,
    job_type: JobType | None = None,
    is_active: bool | None = None,
) -> Page[ScheduledJob]:
    """Lists schedules, newest first."""
    wanted = {"customer_id": customer_id, "brand_id": brand_id, "job_type": job_type, "is_active": is_active}
    request = to_message(schedule_pb2.ListSchedulesRequest, wanted | paging)
    answer = page(to_json(await upstream.call(upstream.services.schedules.ListSchedules, request)), "schedules")
    return Page[ScheduledJob].model_validate(answer)


@router.post("", status_code=201)
async def create_job(body: ScheduledJobCreate, upstream: UpstreamOf, response: Response) -> ScheduledJob:
    """Makes a schedule."""
    request = to_message(schedule_pb2.CreateScheduleRequest, body.model_dump())
    answer = await upstream.call(upstream.services.schedules.CreateSchedule, request)
    response.headers["Location"] = f"{router.prefix}/{answer.schedule.id}"
    return _job(answer.schedule, response)


@router.post("/preview")
async def preview(body: PreviewRequest, upstream: UpstreamOf) -> Preview:
    """Says when an expression would fire, and for a brand what 30 days of it would cost. Stores nothing."""
    given = body.model_dump()
    brand_id, metadata = given.pop("brand_id"), given.pop("metadata")
    request = to_message(schedule_pb2.PreviewScheduleRequest, given)
    answer = await upstream.call(upstream.services.schedules.PreviewSchedule, request)
    forecast = None
    if brand_id:
        asked = {"brand_id": brand_id, "metadata": metadata, "runs": answer.runs_in_30_days}
        wanted = to_message(insight_pb2.ForecastCostRequest, asked)
        forecast = to_json(await upstream.call(upstream.services.insights.ForecastCost, wanted))
    return Preview.model_validate({**to_json(answer), "forecast": forecast})


@router.get("/{job_id}")
async def read_job(job_id: UUID, upstream: UpstreamOf, response: Response) -> ScheduledJob:
    """Reads a schedule. Its ETag serves as If-Match of a change."""
    request = schedule_pb2.GetScheduleRequest(schedule_id=str(job_id))
    answer = await upstream.call(upstream.services.schedules.GetSchedule, request)
    return _job(answer.schedule, response)


@router.put("/{job_id}")
async def update_job(
    job_id: UUID,
    body: ScheduledJobUpdate,
    upstream: UpstreamOf,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> ScheduledJob:
    """Changes the fields given; next_run_at is computed from now."""
    values: JsonObject = body.model_dump(exclude_unset=True)
    if "depends_on" in values:
        values["depends_on"] = values["depends_on"] or ""
    cleared = [name for name in ("start_at", "end_at") if name in values and values[name] is None]
    more = {"schedule_id": job_id, "etag": _etag(if_match), "cleared": cleared}
    request = to_message(schedule_pb2.UpdateScheduleRequest, values | more)
    answer = await upstream.call(upstream.services.schedules.UpdateSchedule, request)
    return _job(answer.schedule, response)


@router.delete("/{job_id}", status_code=204)
async def delete_job(job_id: UUID, upstream: UpstreamOf, if_match: Annotated[str | None, Header()] = None) -> None:
    """Ends a schedule; its history stays, and open runs are cancelled."""
    request = schedule_pb2.DeleteScheduleRequest(schedule_id=str(job_id), etag=_etag(if_match))
    await upstream.call(upstream.services.schedules.DeleteSchedule, request)


@router.post("/{job_id}/trigger", status_code=202)
async def trigger_job(job_id: UUID, upstream: UpstreamOf, body: JobTrigger | None = None) -> JobRun:
    """Runs now; as a test, the run counts nowhere. 409 while a run is open and overlap_policy is skip."""
    given = body.model_dump() if body else {}
    request = to_message(schedule_pb2.TriggerScheduleRequest, given | {"schedule_id": job_id})
    answer = await upstream.call(upstream.services.schedules.TriggerSchedule, request)
    return JobRun.model_validate(to_json(answer.run))


@router.post("/{job_id}/backfill", status_code=202)
async def backfill_job(job_id: UUID, body: BackfillRequest, upstream: UpstreamOf) -> Backfill:
    """Makes runs for the fire times in a span; those that exist already are not repeated."""
    values = {"schedule_id": job_id, **body.model_dump(by_alias=True)}
    request = to_message(schedule_pb2.BackfillScheduleRequest, values)
    answer = await upstream.call(upstream.services.schedules.BackfillSchedule, request)
    return Backfill.model_validate(to_json(answer))


@router.get("/{job_id}/events")
async def list_events(job_id: UUID, upstream: UpstreamOf, paging: Paging) -> Page[ScheduleEvent]:
    """Lists each decision about a schedule, newest first."""
    request = to_message(schedule_pb2.ListScheduleEventsRequest, {"schedule_id": job_id} | paging)
    answer = page(to_json(await upstream.call(upstream.services.schedules.ListScheduleEvents, request)), "events")
    return Page[ScheduleEvent].model_validate(answer)


def _etag(if_match: str | None) -> str | None:
    """The version that is demanded; `*` is any."""
    return None if if_match == "*" else if_match


def _job(schedule: schedule_pb2.Schedule, response: Response) -> ScheduledJob:
    response.headers["ETag"] = schedule.etag
    return ScheduledJob.model_validate(to_json(schedule))
