"""Routes under /api/admin/brands/{brand_id} that give numbers."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from admin_gateway.models import Insights, Opportunities, Sources, SuggestedCompetitors
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.jsons import JsonObject
from answerbeat.v1 import insight_pb2

router = APIRouter(prefix="/api/admin/brands/{brand_id}", tags=["Insights"])

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


def _window(
    brand_id: UUID,
    start: Annotated[AwareDatetime | None, Query(alias="from", description="From this day of UTC on.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="To before this day of UTC.")] = None,
    collector: str | None = None,
    topic: str | None = None,
) -> JsonObject:
    return {"brand_id": brand_id, "from": start, "to": end, "collector": collector, "topic": topic}


Window = Annotated[JsonObject, Depends(_window)]


@router.get("/insights")
async def insights(
    window: Window,
    upstream: UpstreamOf,
    query_id: UUID | None = None,
    bucket: Literal["day", "week", "month"] | None = None,
    by: Literal["collector", "topic", "question", "locale", "country", "city", "model", "surface"] | None = None,
) -> Insights:
    """Gives the brand's numbers beside its competitors', over time and by part, each with its 95% interval."""
    wanted = window | {"query_id": query_id, "bucket": bucket, "by": by}
    request = to_message(insight_pb2.GetInsightsRequest, wanted)
    return Insights.model_validate(to_json(await upstream.call(upstream.services.insights.GetInsights, request)))


@router.get("/opportunities")
async def opportunities(
    window: Window, upstream: UpstreamOf, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Opportunities:
    """Lists questions whose answers name competitors and not the brand, and the sources that feed them."""
    request = to_message(insight_pb2.ListOpportunitiesRequest, window | {"limit": limit})
    answer = await upstream.call(upstream.services.insights.ListOpportunities, request)
    return Opportunities.model_validate(to_json(answer))


@router.get("/citations")
async def citations(window: Window, upstream: UpstreamOf, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> Sources:
    """Lists the domains that most answers cite."""
    request = to_message(insight_pb2.ListSourcesRequest, window | {"limit": limit})
    return Sources.model_validate(to_json(await upstream.call(upstream.services.insights.ListSources, request)))


@router.get("/export", response_class=StreamingResponse)
async def export(
    brand_id: UUID,
    upstream: UpstreamOf,
    table: Literal["answers", "positions", "citations"] = "answers",
    form: Annotated[Literal["csv", "jsonl", "parquet"], Query(alias="format")] = "csv",
    start: Annotated[AwareDatetime | None, Query(alias="from", description="From this day of UTC on.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="To before this day of UTC.")] = None,
) -> StreamingResponse:
    """Gives answers, positions or citations as a file."""
    wanted = {"brand_id": brand_id, "table": table, "format": form, "from": start, "to": end}
    pieces = await upstream.stream(upstream.services.insights.Export, to_message(insight_pb2.ExportRequest, wanted))
    headers = {"Content-Disposition": f'attachment; filename="{table}.{form}"'}
    return StreamingResponse((piece.piece async for piece in pieces), media_type=MEDIA_TYPES[form], headers=headers)


@router.get("/suggested-competitors")
async def suggested_competitors(brand_id: UUID, upstream: UpstreamOf) -> SuggestedCompetitors:
    """Lists names that often lead answers' lists and are not tracked."""
    request = insight_pb2.SuggestCompetitorsRequest(brand_id=str(brand_id))
    answer = await upstream.call(upstream.services.insights.SuggestCompetitors, request)
    return SuggestedCompetitors.model_validate(to_json(answer))
