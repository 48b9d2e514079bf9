"""Routes under /api/admin/tokens."""

from uuid import UUID

from fastapi import APIRouter

from admin_gateway.models import NewToken, Page, Token, TokenCreate
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.v1 import token_pb2

router = APIRouter(prefix="/api/admin/tokens", tags=["Tokens"])


@router.get("")
async def list_tokens(upstream: UpstreamOf) -> Page[Token]:
    """Lists all tokens, newest first, without their secrets."""
    answer = await upstream.call(upstream.services.tokens.ListTokens, token_pb2.ListTokensRequest())
    return Page[Token].model_validate({"data": to_json(answer)["tokens"], "next_page_token": None})


@router.post("", status_code=201)
async def create_token(body: TokenCreate, upstream: UpstreamOf) -> NewToken:
    """Makes a token. Only this answer ever holds its secret."""
    request = to_message(token_pb2.CreateTokenRequest, body.model_dump())
    return NewToken.model_validate(to_json(await upstream.call(upstream.services.tokens.CreateToken, request)))


@router.delete("/{token_id}", status_code=204)
async def revoke_token(token_id: UUID, upstream: UpstreamOf) -> None:
    """Ends a token; within seconds nobody takes it any more."""
    request = token_pb2.RevokeTokenRequest(token_id=str(token_id))
    await upstream.call(upstream.services.tokens.RevokeToken, request)
