"""LimitService over gRPC: reads the request, calls the operation, answers."""

from typing import Any

from grpc.aio import ServicerContext

from answerbeat.database import Database
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import enum_name
from answerbeat.v1 import limit_pb2, limit_pb2_grpc
from brand_svc.catalog.api.messages import bounds_of, limit_message
from brand_svc.catalog.limits import LimitScope
from brand_svc.catalog.operations import limits

Context = ServicerContext[Any, Any]


class LimitServicer(limit_pb2_grpc.LimitServiceServicer):
    """Limits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListLimits(self, request: limit_pb2.ListLimitsRequest, context: Context) -> limit_pb2.ListLimitsResponse:
        """Gives all limits."""
        async with self._database.transaction() as session:
            found = await limits.list_all(session, caller())
        return limit_pb2.ListLimitsResponse(limits=[limit_message(limit, spent) for limit, spent in found])

    async def SetLimit(self, request: limit_pb2.SetLimitRequest, context: Context) -> limit_pb2.SetLimitResponse:
        """Sets a limit."""
        async with self._database.transaction() as session:
            scope = LimitScope(enum_name(limit_pb2.LimitScope, request.scope))
            limit, spent = await limits.put(session, scope, request.key, bounds_of(request), caller())
        return limit_pb2.SetLimitResponse(limit=limit_message(limit, spent))

    async def DeleteLimit(
        self, request: limit_pb2.DeleteLimitRequest, context: Context
    ) -> limit_pb2.DeleteLimitResponse:
        """Takes a limit away."""
        async with self._database.transaction() as session:
            scope = LimitScope(enum_name(limit_pb2.LimitScope, request.scope))
            await limits.delete(session, scope, request.key, caller())
        return limit_pb2.DeleteLimitResponse()
