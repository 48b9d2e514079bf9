"""Routes under /api/admin/limits."""

from fastapi import APIRouter

from admin_gateway.models import Limit, LimitScope, LimitSet, Page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.v1 import limit_pb2

router = APIRouter(prefix="/api/admin/limits", tags=["Limits"])


@router.get("")
async def list_limits(upstream: UpstreamOf) -> Page[Limit]:
    """Lists all limits."""
    answer = await upstream.call(upstream.services.limits.ListLimits, limit_pb2.ListLimitsRequest())
    return Page[Limit].model_validate({"data": to_json(answer)["limits"], "next_page_token": None})


@router.put("/{scope}/{key}")
async def set_limit(scope: LimitScope, key: str, body: LimitSet, upstream: UpstreamOf) -> Limit:
    """Sets a limit, in place of the one there was."""
    request = to_message(limit_pb2.SetLimitRequest, {"scope": scope, "key": key, **body.model_dump()})
    answer = await upstream.call(upstream.services.limits.SetLimit, request)
    return Limit.model_validate(to_json(answer.limit))


@router.delete("/{scope}/{key}", status_code=204)
async def delete_limit(scope: LimitScope, key: str, upstream: UpstreamOf) -> None:
    """Takes a limit away."""
    request = to_message(limit_pb2.DeleteLimitRequest, {"scope": scope, "key": key})
    await upstream.call(upstream.services.limits.DeleteLimit, request)
