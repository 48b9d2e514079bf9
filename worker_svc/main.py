"""The worker's process: its duties. Nobody calls it; its gRPC server is there for its health."""

import asyncio
import os
import socket

import structlog

from answerbeat.database import Database
from answerbeat.duty import through_outages
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings, stop_start
from answerbeat.v1 import dispatch_pb2_grpc
from worker_svc.collectors import prices
from worker_svc.collectors.redirects import Redirects
from worker_svc.duties.attempt import Attempts
from worker_svc.duties.completer import Completer
from worker_svc.duties.heartbeats import Heartbeats
from worker_svc.duties.leases import WorkerLeases
from worker_svc.duties.leasing import Leasing
from worker_svc.duties.readiness import Readiness
from worker_svc.engines import Engines

log = structlog.get_logger()

POOL_SIZE = 20
"""Of connections; a call needs one only while it begins and ends."""


async def serve(settings: Settings) -> None:
    """Runs the worker until it is told to stop."""
    _take_prices(settings)
    engines = Engines.from_environment(os.environ, settings.call_timeout_seconds)
    for name, why in engines.broken().items():
        log.error("collector_left_out", collector=name, reason=why)
    worker_id = f"{socket.gethostname()}-{os.getpid()}"
    channel = open_channel(settings.scheduler_target, settings.service_secret)
    async with Database(settings.require_database_url(), POOL_SIZE) as database, channel:
        dispatch = dispatch_pb2_grpc.DispatchServiceStub(channel)
        attempts = Attempts(
            database=database,
            engines=engines,
            completer=Completer(dispatch, worker_id),
            parallel_calls=settings.parallel_calls,
            batch_poll_seconds=settings.batch_poll_seconds,
            redirects=Redirects(is_on=settings.follow_redirects),
        )
        leases = WorkerLeases()
        leasing = Leasing(dispatch, leases, attempts, worker_id, settings.worker_batch, settings.worker_poll_ms)
        heartbeats = Heartbeats(dispatch, leases, worker_id)
        readiness = Readiness(database, engines, worker_id)
        server = Server(settings, database, f"{settings.host}:{settings.worker_port}", [])
        try:
            await server.serve(
                leasing.take_runs,
                heartbeats.keep_leases,
                through_outages("readiness", readiness.keep_telling),
                first=readiness.until_told,
                drain=lambda: leasing.drain(settings.drain_seconds),
            )
            if server.has_begun:
                await readiness.withdraw()
        finally:
            await engines.close()


def _take_prices(settings: Settings) -> None:
    if settings.prices:
        try:
            prices.override(settings.prices)
        except prices.PricesError as error:
            stop_start(f"ANSWERBEAT_PRICES: {error}")


def run(settings: Settings) -> None:
    """Runs the worker until it is told to stop."""
    asyncio.run(serve(settings))
