"""The page's session: a token in a cookie that scripts can't read and other sites can't send."""

from fastapi import APIRouter, Request, Response

from admin_gateway.guard import COOKIE, COOKIE_PATH
from admin_gateway.models import Session, SignIn
from admin_gateway.services import Services, UpstreamOf
from admin_gateway.translate import to_json
from answerbeat.v1 import token_pb2

router = APIRouter(prefix="/api/admin/session", tags=["Session"])
MAX_AGE_SECONDS = 30 * 24 * 3_600


@router.post("")
async def sign_in(body: SignIn, request: Request, response: Response) -> Session:
    """Signs in with a token. 401 when nobody knows it."""
    services: Services = request.app.state.services
    # A token of other characters is nobody's, and no header can hold it.
    token = body.token.strip() if body.token.isascii() and body.token.isprintable() else "unknown"
    metadata = (("authorization", f"Bearer {token}"),)
    answer = await services.tokens.WhoAmI(token_pb2.WhoAmIRequest(), metadata=metadata)
    response.set_cookie(
        COOKIE,
        token,
        max_age=MAX_AGE_SECONDS,
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return Session.model_validate(to_json(answer))


@router.get("")
async def read_session(upstream: UpstreamOf) -> Session:
    """Says who is signed in, or whose token a request carries."""
    answer = await upstream.call(upstream.services.tokens.WhoAmI, token_pb2.WhoAmIRequest())
    return Session.model_validate(to_json(answer))


@router.delete("", status_code=204)
async def sign_out(response: Response) -> None:
    """Ends the session in this browser. The token stays good: revoke it to end it everywhere."""
    response.delete_cookie(COOKIE, path=COOKIE_PATH)
