"""RunService over gRPC: reads the request, calls the rules, answers."""

from collections.abc import AsyncIterator
from operator import eq, ge, lt
from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.operators import in_op

from answerbeat.database import Database, given
from answerbeat.errors import Conflict, NotFound
from answerbeat.paging import cut
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import enum_name, to_datetime, to_dict
from answerbeat.rpc.idempotency import once
from answerbeat.schema import JobRun
from answerbeat.v1 import run_pb2, run_pb2_grpc
from answerbeat.wakeup import Wakeup
from scheduler_svc import removals, runs, schedules, starts, trends
from scheduler_svc.messages import day_message, run_message
from scheduler_svc.watch import Watch, read_cursor

Context = ServicerContext[Any, Any]
DEFAULT_DAYS = 30


class RunServicer(run_pb2_grpc.RunServiceServicer):
    """Runs."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def GetRun(self, request: run_pb2.GetRunRequest, context: Context) -> run_pb2.GetRunResponse:
        """Gives a run."""
        async with self._database.transaction() as session:
            run = await _get(session, request.run_id)
        return run_pb2.GetRunResponse(run=run_message(run))

    async def StartRun(self, request: run_pb2.StartRunRequest, context: Context) -> run_pb2.StartRunResponse:
        """Makes a run now."""

        async def start() -> run_pb2.StartRunResponse:
            job_type = enum_name(run_pb2.JobType, request.job_type)
            run = await starts.start(session, UUID(request.brand_id), job_type, to_dict(request.metadata))
            return run_pb2.StartRunResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.StartRunResponse(), start)

    async def GetTrends(self, request: run_pb2.GetTrendsRequest, context: Context) -> run_pb2.GetTrendsResponse:
        """Gives the runs of each day."""
        async with self._database.transaction() as session:
            found = await trends.trends(
                session,
                caller().narrow(request.customer_id),
                _uuid(request.brand_id),
                _uuid(request.scheduled_job_id),
                request.days or DEFAULT_DAYS,
            )
        return run_pb2.GetTrendsResponse(days=map(day_message, found))

    async def ListRuns(self, request: run_pb2.ListRunsRequest, context: Context) -> run_pb2.ListRunsResponse:
        """Gives a page of runs."""
        limit = request.limit or paging.DEFAULT_LIMIT
        live = removals.of_live_brand(JobRun.brand_id)
        query = select(JobRun).where(live, *_conditions(request)).order_by(JobRun.id.desc()).limit(limit + 1)
        async with self._database.transaction() as session:
            page, last = cut((await session.scalars(query)).all(), limit)
        return run_pb2.ListRunsResponse(
            runs=[run_message(run) for run in page],
            next_page_token=paging.write_token(last.id) if last else None,
        )

    async def CancelRun(self, request: run_pb2.CancelRunRequest, context: Context) -> run_pb2.CancelRunResponse:
        """Cancels a run."""

        async def cancel() -> run_pb2.CancelRunResponse:
            run = await _get(session, request.run_id, lock=True)
            if run.finished_at:
                raise Conflict(f"The run has ended already: it is {run.status}.")
            await runs.cancel(session, [run.id])
            await schedules.record_of_run(session, run, "cancelled", "Cancelled by hand; what it has stored stays.")
            await session.refresh(run)
            return run_pb2.CancelRunResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.CancelRunResponse(), cancel)

    async def WatchRuns(
        self, request: run_pb2.WatchRunsRequest, context: Context
    ) -> AsyncIterator[run_pb2.WatchRunsResponse]:
        """Gives each change of a run."""
        start = read_cursor(request.cursor) if request.cursor else None
        watch = Watch(self._database, self._wakeup, caller().narrow(request.customer_id))
        await context.send_initial_metadata(())  # tells that the request is right, before there is anything to tell
        async for run, cursor in watch.changes(start):
            yield run_pb2.WatchRunsResponse(run=run_message(run), cursor=str(cursor))

    async def RetryRun(self, request: run_pb2.RetryRunRequest, context: Context) -> run_pb2.RetryRunResponse:
        """Puts an ended run back to pending."""

        async def retry() -> run_pb2.RetryRunResponse:
            run = await _get(session, request.run_id, lock=True)
            await runs.retry(session, run)
            await schedules.record_of_run(session, run, "retried", f"For what attempt {run.attempt} left missing.")
            return run_pb2.RetryRunResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.RetryRunResponse(), retry)


async def _get(session: AsyncSession, run_id: str, *, lock: bool = False) -> JobRun:
    run = await session.get(JobRun, UUID(run_id), with_for_update=lock or None)
    if run is None or not caller().may_see(run.customer_id) or not await removals.is_live(session, run.brand_id):
        raise NotFound("run", run_id)
    return run


def _conditions(request: run_pb2.ListRunsRequest) -> list[Any]:
    """What the request asks of each run."""
    statuses = [enum_name(run_pb2.RunStatus, status) for status in request.status]
    start = getattr(request, "from")  # a keyword of Python's, but the contract's name
    return given(
        (eq, JobRun.customer_id, caller().narrow(request.customer_id)),
        (eq, JobRun.brand_id, _uuid(request.brand_id)),
        (eq, JobRun.scheduled_job_id, _uuid(request.scheduled_job_id)),
        (in_op, JobRun.status, statuses or None),
        (eq, JobRun.job_type, enum_name(run_pb2.JobType, request.job_type) or None),
        (ge, JobRun.created_at, to_datetime(start, "from") if request.HasField("from") else None),
        (lt, JobRun.created_at, to_datetime(request.to, "to") if request.HasField("to") else None),
        (lt, JobRun.id, paging.read_token(request.page_token)),
    )


def _uuid(value: str) -> UUID | None:
    return UUID(value) if value else None
