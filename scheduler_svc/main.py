"""The scheduler's process: its services, and its duties beside them."""

import asyncio

from answerbeat.database import REMOVALS, RUNS_CHANGED, RUNS_WAITING, SCHEDULES_CHANGED, Database
from answerbeat.duty import through_outages
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings
from answerbeat.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    run_pb2,
    run_pb2_grpc,
    schedule_pb2,
    schedule_pb2_grpc,
)
from answerbeat.wakeup import Wakeups
from scheduler_svc.api.dispatch_service import DispatchServicer
from scheduler_svc.api.run_service import RunServicer
from scheduler_svc.api.schedule_service import ScheduleServicer
from scheduler_svc.duties.cleaner import Cleaner
from scheduler_svc.duties.planner import LANES, Planner
from scheduler_svc.duties.removals import Removals
from scheduler_svc.duties.sweeper import Sweeper
from scheduler_svc.operations.dispatcher import Dispatcher

NAMES = [
    file.DESCRIPTOR.services_by_name[service].full_name
    for file, service in (
        (schedule_pb2, "ScheduleService"),
        (run_pb2, "RunService"),
        (dispatch_pb2, "DispatchService"),
    )
]
POOL_SIZE = 20


async def serve(settings: Settings) -> None:
    """Runs the scheduler until it is told to stop."""
    async with Database(settings.require_database_url(), POOL_SIZE) as database:
        wakeups = Wakeups()
        dispatcher = Dispatcher(database, wakeups[RUNS_WAITING], settings.lease_seconds)
        planner = Planner(database, wakeups[SCHEDULES_CHANGED], settings.scheduler_poll_ms, settings.scheduler_batch)
        cleaner = Cleaner(database, settings.keep_runs_days, settings.keep_events_days)
        server = Server(settings, database, f"{settings.host}:{settings.scheduler_port}", NAMES)
        schedule_pb2_grpc.add_ScheduleServiceServicer_to_server(ScheduleServicer(database), server.grpc)
        run_pb2_grpc.add_RunServiceServicer_to_server(RunServicer(database, wakeups[RUNS_CHANGED]), server.grpc)
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(DispatchServicer(dispatcher), server.grpc)
        await server.serve(
            lambda: wakeups.listen(database),
            *[through_outages("planner", planner.run)] * LANES,
            through_outages("sweeper", Sweeper(database, settings.lease_seconds).run),
            through_outages("cleaner", cleaner.run),
            through_outages("removals", Removals(database, wakeups[REMOVALS]).run),
            drain=dispatcher.drain,
        )


def run(settings: Settings) -> None:
    """Runs the scheduler until it is told to stop."""
    asyncio.run(serve(settings))
