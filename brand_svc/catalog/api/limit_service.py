"""LimitService over gRPC: reads the request, calls the rules, answers."""

from typing import Any

from grpc.aio import ServicerContext

from answerbeat.database import Database
from answerbeat.rpc.convert import enum_name
from answerbeat.v1 import limit_pb2, limit_pb2_grpc
from brand_svc.catalog import limits
from brand_svc.catalog.api.messages import limit_message

Context = ServicerContext[Any, Any]


BOUNDS = ("max_concurrent", "max_per_minute", "max_micro_usd_per_day", "max_micro_usd_per_month")


class LimitServicer(limit_pb2_grpc.LimitServiceServicer):
    """Limits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListLimits(self, request: limit_pb2.ListLimitsRequest, context: Context) -> limit_pb2.ListLimitsResponse:
        """Gives all limits."""
        async with self._database.transaction() as session:
            found = await limits.list_limits(session)
        return limit_pb2.ListLimitsResponse(limits=[limit_message(limit, spent) for limit, spent in found])

    async def SetLimit(self, request: limit_pb2.SetLimitRequest, context: Context) -> limit_pb2.SetLimitResponse:
        """Sets a limit."""
        async with self._database.transaction() as session:
            limit, spent = await limits.set_limit(
                session,
                enum_name(limit_pb2.LimitScope, request.scope),
                request.key,
                {
                    **dict.fromkeys(BOUNDS),
                    **{field.name: value for field, value in request.ListFields() if field.name in BOUNDS},
                },
            )
        return limit_pb2.SetLimitResponse(limit=limit_message(limit, spent))

    async def DeleteLimit(
        self, request: limit_pb2.DeleteLimitRequest, context: Context
    ) -> limit_pb2.DeleteLimitResponse:
        """Takes a limit away."""
        async with self._database.transaction() as session:
            await limits.delete_limit(session, enum_name(limit_pb2.LimitScope, request.scope), request.key)
        return limit_pb2.DeleteLimitResponse()
