"""Routes under /api/admin/job-runs."""

from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AwareDatetime

from admin_gateway.models import (
    Call,
    JobRun,
    JobRunWithCalls,
    JobType,
    Page,
    RunStatus,
    RunTrends,
    SetAside,
    SetAsideReason,
)
from admin_gateway.routes.paging import Paging, page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.v1 import insight_pb2, run_pb2

router = APIRouter(prefix="/api/admin/job-runs", tags=["Job runs"])


@router.get("")
async def list_runs(
    upstream: UpstreamOf,
    paging: Paging,
    customer_id: UUID | None = None,
    brand_id: UUID | None = None,
    scheduled_job_id: UUID | None = None,
    status: Annotated[list[RunStatus] | None, Query(description="May repeat.")] = None,
    job_type: JobType | None = None,
    start: Annotated[AwareDatetime | None, Query(alias="from", description="Created at or after.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="Created before.")] = None,
) -> Page[JobRun]:
    """Lists runs, newest first."""
    times: dict[str, datetime | None] = {"from": start, "to": end}
    wanted = {
        "customer_id": customer_id,
        "brand_id": brand_id,
        "scheduled_job_id": scheduled_job_id,
        "status": status,
        "job_type": job_type,
    }
    request = to_message(run_pb2.ListRunsRequest, wanted | times | paging)
    answer = page(to_json(await upstream.call(upstream.services.runs.ListRuns, request)), "runs")
    return Page[JobRun].model_validate(answer)


@router.get("/trends")
async def trends(
    upstream: UpstreamOf,
    customer_id: UUID | None = None,
    brand_id: UUID | None = None,
    scheduled_job_id: UUID | None = None,
    days: Annotated[int | None, Query(description="Days of UTC, today included; 30 when left out.")] = None,
) -> RunTrends:
    """Says what became of the runs of each day, how long they took, how late they began, and what they cost."""
    wanted = {"customer_id": customer_id, "brand_id": brand_id, "scheduled_job_id": scheduled_job_id, "days": days}
    request = to_message(run_pb2.GetTrendsRequest, wanted)
    return RunTrends.model_validate(to_json(await upstream.call(upstream.services.runs.GetTrends, request)))


Changes = AsyncIterable[run_pb2.WatchRunsResponse]


async def _changes(
    upstream: UpstreamOf,
    customer_id: UUID | None = None,
    last_event_id: Annotated[str | None, Header(description="Resumes after this event, without loss.")] = None,
) -> Changes:
    """The stream, before anything is answered, so that a wrong request is still a problem document."""
    request = to_message(run_pb2.WatchRunsRequest, {"customer_id": customer_id, "cursor": last_event_id})
    return await upstream.stream(upstream.services.runs.WatchRuns, request)


@router.get("/stream", response_class=EventSourceResponse)
async def stream_runs(
    changes: Annotated[Changes, Depends(_changes)],
) -> AsyncIterator[ServerSentEvent]:
    """Streams each change of a run, as events `run`: first the open runs, or what changed after Last-Event-ID."""
    async for change in changes:
        yield ServerSentEvent(event="run", id=change.cursor, data=JobRun.model_validate(to_json(change.run)))


@router.get("/{run_id}")
async def read_run(run_id: UUID, upstream: UpstreamOf) -> JobRunWithCalls:
    """Reads a run, with its steps' progress and its calls."""
    run = await upstream.call(upstream.services.runs.GetRun, run_pb2.GetRunRequest(run_id=str(run_id)))
    calls = await upstream.call(
        upstream.services.insights.ListCalls, insight_pb2.ListCallsRequest(run_id=str(run_id), limit=100)
    )
    found = to_json(calls)
    more = {"calls": found["calls"], "calls_next_page_token": found["next_page_token"]}
    return JobRunWithCalls.model_validate(to_json(run.run) | more)


@router.get("/{run_id}/calls")
async def list_calls(run_id: UUID, upstream: UpstreamOf, paging: Paging) -> Page[Call]:
    """Lists a run's calls, in the order they were begun."""
    request = to_message(insight_pb2.ListCallsRequest, {"run_id": run_id} | paging)
    answer = page(to_json(await upstream.call(upstream.services.insights.ListCalls, request)), "calls")
    return Page[Call].model_validate(answer)


@router.post("/{run_id}/cancel", status_code=202)
async def cancel_run(run_id: UUID, upstream: UpstreamOf) -> JobRun:
    """Cancels a run; one that is processing stops within seconds and keeps what it stored."""
    answer = await upstream.call(upstream.services.runs.CancelRun, run_pb2.CancelRunRequest(run_id=str(run_id)))
    return JobRun.model_validate(to_json(answer.run))


@router.post("/{run_id}/retry", status_code=202)
async def retry_run(run_id: UUID, upstream: UpstreamOf) -> JobRun:
    """Runs an ended run again; it asks only what is missing."""
    answer = await upstream.call(upstream.services.runs.RetryRun, run_pb2.RetryRunRequest(run_id=str(run_id)))
    return JobRun.model_validate(to_json(answer.run))


@router.put("/{run_id}/set-aside")
async def set_run_aside(run_id: UUID, body: SetAsideReason, upstream: UpstreamOf) -> SetAside:
    """Leaves a run out of the numbers, until it is taken back. One that is left out already stays as it is."""
    request = to_message(insight_pb2.SetRunAsideRequest, body.model_dump() | {"run_id": run_id})
    answer = await upstream.call(upstream.services.insights.SetRunAside, request)
    return SetAside.model_validate(to_json(answer.set_aside))


@router.delete("/{run_id}/set-aside", status_code=204)
async def take_run_back(run_id: UUID, upstream: UpstreamOf) -> None:
    """Lets a run count again."""
    request = insight_pb2.TakeRunBackRequest(run_id=str(run_id))
    await upstream.call(upstream.services.insights.TakeRunBack, request)
