"""The worker's process: the executor, and the services that know brands and answers."""

import asyncio
import os
import socket

from answerbeat.database import Database
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings, stop_start
from answerbeat.v1 import brand_pb2, brand_pb2_grpc, dispatch_pb2_grpc, insight_pb2, insight_pb2_grpc
from worker_svc.brand_service import BrandServicer
from worker_svc.collectors import prices
from worker_svc.engines import Engines
from worker_svc.executor import Executor
from worker_svc.insight_service import InsightServicer

NAMES = [
    file.DESCRIPTOR.services_by_name[service].full_name
    for file, service in ((brand_pb2, "BrandService"), (insight_pb2, "InsightService"))
]
POOL_SIZE = 20
"""Of connections; a call needs one only while it begins and ends."""


async def serve(settings: Settings) -> None:
    """Runs the worker until it is told to stop."""
    _take_prices(settings)
    engines = Engines.from_environment(os.environ, settings.call_timeout_seconds)
    channel = open_channel(settings.scheduler_target, settings.service_secret)
    async with Database(settings.require_database_url(), POOL_SIZE) as database, channel:
        executor = Executor(
            dispatch=dispatch_pb2_grpc.DispatchServiceStub(channel),
            database=database,
            engines=engines,
            worker_id=f"{socket.gethostname()}-{os.getpid()}",
            slots=settings.worker_batch,
            wait_ms=settings.worker_poll_ms,
            parallel_calls=settings.parallel_calls,
            batch_poll_seconds=settings.batch_poll_seconds,
        )
        server = Server(settings, database, f"{settings.host}:{settings.worker_port}", NAMES)
        brand_pb2_grpc.add_BrandServiceServicer_to_server(BrandServicer(database, engines), server.grpc)
        insight_pb2_grpc.add_InsightServiceServicer_to_server(InsightServicer(database, engines), server.grpc)
        await database.wait_until_up()
        try:
            await server.serve(executor.run, executor.keep_leases, drain=lambda: executor.drain(settings.drain_seconds))
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
