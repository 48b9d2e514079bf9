"""TokenService over gRPC: reads the request, calls the operation, answers."""

from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from answerbeat.caller import TokenRole
from answerbeat.database import Database
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import enum_name
from answerbeat.rpc.tokens import Tokens
from answerbeat.v1 import access_pb2, token_pb2, token_pb2_grpc
from brand_svc.catalog.api.messages import token_message
from brand_svc.catalog.operations import tokens

Context = ServicerContext[Any, Any]


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    """Tokens."""

    def __init__(self, database: Database, known: Tokens) -> None:
        self._database = database
        self._known = known

    async def WhoAmI(self, request: token_pb2.WhoAmIRequest, context: Context) -> token_pb2.WhoAmIResponse:
        """Says whose token the call carries."""
        mine = caller()
        return token_pb2.WhoAmIResponse(
            name=mine.name,
            role=access_pb2.Role.ValueType(mine.role),
            customer_id=str(mine.customer_id) if mine.customer_id else None,
        )

    async def ListTokens(self, request: token_pb2.ListTokensRequest, context: Context) -> token_pb2.ListTokensResponse:
        """Gives all tokens."""
        async with self._database.transaction() as session:
            found = await tokens.list_all(session, caller())
        return token_pb2.ListTokensResponse(tokens=map(token_message, found))

    async def CreateToken(
        self, request: token_pb2.CreateTokenRequest, context: Context
    ) -> token_pb2.CreateTokenResponse:
        """Makes a token."""
        customer_id = UUID(request.customer_id) if request.customer_id else None
        async with self._database.transaction() as session:
            role = TokenRole(enum_name(access_pb2.Role, request.role))
            token, secret = await tokens.create(session, request.name, role, customer_id, caller())
        return token_pb2.CreateTokenResponse(token=token_message(token), secret=secret)

    async def RevokeToken(
        self, request: token_pb2.RevokeTokenRequest, context: Context
    ) -> token_pb2.RevokeTokenResponse:
        """Ends a token."""
        async with self._database.transaction() as session:
            digest = await tokens.revoke(session, UUID(request.token_id), caller())
        self._known.forget(digest)
        return token_pb2.RevokeTokenResponse()
