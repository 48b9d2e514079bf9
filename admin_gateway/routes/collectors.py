"""Routes under /api/admin/collectors."""

from fastapi import APIRouter

from admin_gateway.models import Collector, Page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json
from answerbeat.v1 import insight_pb2

router = APIRouter(prefix="/api/admin/collectors", tags=["Collectors"])


@router.get("")
async def list_collectors(upstream: UpstreamOf) -> Page[Collector]:
    """Lists the engines, and which key is missing."""
    answer = await upstream.call(upstream.services.insights.ListCollectors, insight_pb2.ListCollectorsRequest())
    return Page[Collector].model_validate({"data": to_json(answer)["collectors"], "next_page_token": None})
