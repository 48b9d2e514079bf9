"""The process of brand_svc: its services, and beside them the duties that count and that remove."""

import asyncio

from answerbeat.database import ANSWERS_READ, REMOVALS, Database
from answerbeat.duty import through_outages
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings
from answerbeat.v1 import (
    brand_pb2,
    brand_pb2_grpc,
    insight_pb2,
    insight_pb2_grpc,
    limit_pb2,
    limit_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from answerbeat.wakeup import Wakeups
from brand_svc.catalog.api.brand_service import BrandServicer
from brand_svc.catalog.api.limit_service import LimitServicer
from brand_svc.catalog.api.token_service import TokenServicer
from brand_svc.catalog.duties.removal import RemovalDuty
from brand_svc.insights.api.import_messages import Runs
from brand_svc.insights.api.insight_service import InsightServicer
from brand_svc.insights.duties.rollups import RollupDuty

NAMES = [
    file.DESCRIPTOR.services_by_name[service].full_name
    for file, service in (
        (brand_pb2, "BrandService"),
        (insight_pb2, "InsightService"),
        (limit_pb2, "LimitService"),
        (token_pb2, "TokenService"),
    )
]
POOL_SIZE = 20


async def serve(settings: Settings) -> None:
    """Runs brand_svc until it is told to stop."""
    channel = open_channel(settings.scheduler_target, settings.service_secret)
    async with Database(settings.require_database_url(), POOL_SIZE) as database, channel:
        wakeups = Wakeups()
        counting = RollupDuty(database, wakeups[ANSWERS_READ])
        removing = RemovalDuty(database, wakeups[REMOVALS])
        server = Server(settings, database, f"{settings.host}:{settings.brand_port}", NAMES)
        insights = InsightServicer(database, Runs(channel))
        brand_pb2_grpc.add_BrandServiceServicer_to_server(BrandServicer(database), server.grpc)
        insight_pb2_grpc.add_InsightServiceServicer_to_server(insights, server.grpc)
        limit_pb2_grpc.add_LimitServiceServicer_to_server(LimitServicer(database), server.grpc)
        token_pb2_grpc.add_TokenServiceServicer_to_server(TokenServicer(database, server.tokens), server.grpc)
        await server.serve(
            lambda: wakeups.listen(database),
            through_outages("rollups", counting.run),
            through_outages("removal", removing.run),
        )


def run(settings: Settings) -> None:
    """Runs brand_svc until it is told to stop."""
    asyncio.run(serve(settings))
