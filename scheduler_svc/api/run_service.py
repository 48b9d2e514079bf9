"""RunService over gRPC: reads the request, calls the operation, answers."""

from collections.abc import AsyncIterator
from uuid import UUID

from grpc.aio import ServicerContext

from answerbeat.database import Database, Session
from answerbeat.kinds import JobType
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import enum_name, to_dict
from answerbeat.rpc.idempotency import once
from answerbeat.schema import JobRun
from answerbeat.v1 import run_pb2, run_pb2_grpc
from answerbeat.wakeup import Wakeup
from scheduler_svc.api import requests
from scheduler_svc.api.messages import day_message, run_message
from scheduler_svc.operations import manual
from scheduler_svc.operations.watch import Watch
from scheduler_svc.store.changes import read_cursor
from scheduler_svc.store.runs import asides_of, list_runs
from scheduler_svc.store.trends import trends

DEFAULT_DAYS = 30


class RunServicer(run_pb2_grpc.RunServiceServicer):
    """Runs."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def GetRun(self, request: run_pb2.GetRunRequest, context: object) -> run_pb2.GetRunResponse:
        """Gives a run."""
        async with self._database.transaction() as session:
            run = await manual.get(session, caller(), UUID(request.run_id))
            return run_pb2.GetRunResponse(run=await _told(session, run))

    async def StartRun(self, request: run_pb2.StartRunRequest, context: object) -> run_pb2.StartRunResponse:
        """Makes a run now."""

        async def start() -> run_pb2.StartRunResponse:
            job_type = JobType(enum_name(run_pb2.JobType, request.job_type))
            options = to_dict(request.metadata)
            brand_id = UUID(request.brand_id)
            run = await manual.start(session, caller(), brand_id, job_type, options, is_test=request.is_test)
            return run_pb2.StartRunResponse(run=run_message(run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.StartRunResponse(), start)

    async def StartImport(self, request: run_pb2.StartImportRequest, context: object) -> run_pb2.StartImportResponse:
        """Makes the run of an import."""
        async with self._database.transaction() as session:
            run = await manual.start_import(session, caller(), UUID(request.brand_id), UUID(request.run_id))
            return run_pb2.StartImportResponse(run=await _told(session, run))

    async def GetTrends(self, request: run_pb2.GetTrendsRequest, context: object) -> run_pb2.GetTrendsResponse:
        """Gives the runs of each day."""
        async with self._database.transaction() as session:
            found = await trends(
                session,
                caller().narrow(request.customer_id),
                requests.key(request.brand_id),
                requests.key(request.scheduled_job_id),
                request.days or DEFAULT_DAYS,
            )
        return run_pb2.GetTrendsResponse(days=map(day_message, found))

    async def ListRuns(self, request: run_pb2.ListRunsRequest, context: object) -> run_pb2.ListRunsResponse:
        """Gives a page of runs."""
        wanted = requests.run_filter(request, caller().narrow(request.customer_id))
        before = paging.read_token(request.page_token)
        async with self._database.transaction() as session:
            page, last = await list_runs(session, wanted, request.limit or paging.DEFAULT_LIMIT, before)
            asides = await asides_of(session, page)
        return run_pb2.ListRunsResponse(
            runs=[run_message(run, asides.get(run.id)) for run in page],
            next_page_token=paging.write_token(last.id) if last else None,
        )

    async def CancelRun(self, request: run_pb2.CancelRunRequest, context: object) -> run_pb2.CancelRunResponse:
        """Cancels a run."""

        async def cancel() -> run_pb2.CancelRunResponse:
            run = await manual.cancel(session, caller(), UUID(request.run_id))
            return run_pb2.CancelRunResponse(run=await _told(session, run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.CancelRunResponse(), cancel)

    async def WatchRuns(
        self,
        request: run_pb2.WatchRunsRequest,
        context: ServicerContext[run_pb2.WatchRunsRequest, run_pb2.WatchRunsResponse],
    ) -> AsyncIterator[run_pb2.WatchRunsResponse]:
        """Gives each change of a run."""
        start = read_cursor(request.cursor) if request.cursor else None
        watch = Watch(self._database, self._wakeup, caller().narrow(request.customer_id))
        await context.send_initial_metadata(())  # tells that the request is right, before there is anything to tell
        async for run, cursor in watch.changes(start):
            async with self._database.transaction() as session:
                told = await _told(session, run)
            yield run_pb2.WatchRunsResponse(run=told, cursor=str(cursor))

    async def RetryRun(self, request: run_pb2.RetryRunRequest, context: object) -> run_pb2.RetryRunResponse:
        """Puts an ended run back to pending."""

        async def retry() -> run_pb2.RetryRunResponse:
            run = await manual.retry(session, caller(), UUID(request.run_id))
            return run_pb2.RetryRunResponse(run=await _told(session, run))

        async with self._database.transaction() as session:
            return await once(session, request, run_pb2.RetryRunResponse(), retry)


async def _told(session: Session, run: JobRun) -> run_pb2.Run:
    """A run as a message, with whether it is left out of the numbers."""
    return run_message(run, (await asides_of(session, [run])).get(run.id))
