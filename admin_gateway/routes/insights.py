"""Routes under /api/admin/brands/{brand_id} that give numbers."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from admin_gateway.models import (
    Insights,
    Opportunities,
    PageKind,
    PageKindSet,
    PageKindTold,
    Searches,
    Sources,
    SuggestedCompetitors,
    SummedPages,
)
from admin_gateway.routes.paging import page
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


@router.get("/pages")
async def pages(
    window: Window,
    upstream: UpstreamOf,
    query_id: UUID | None = None,
    kind: PageKind | None = None,
    domain: Annotated[str | None, Query(description="A host or a registrable domain.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    page_token: Annotated[str | None, Query(description="next_page_token of the page before.")] = None,
) -> SummedPages:
    """Lists the pages that most answers cite, each with what it is, and when it was first and last cited."""
    wanted = {"query_id": query_id, "kind": kind, "domain": domain, "limit": limit, "page_token": page_token}
    request = to_message(insight_pb2.ListPagesRequest, window | wanted)
    answer = to_json(await upstream.call(upstream.services.insights.ListPages, request))
    return SummedPages.model_validate({"answers": answer["answers"], **page(answer, "pages")})


@router.put("/page-kinds")
async def set_page_kind(brand_id: UUID, body: PageKindSet, upstream: UpstreamOf) -> PageKindTold:
    """Says what a page or a domain's pages are, in place of what the rules say."""
    request = to_message(insight_pb2.SetPageKindRequest, {"brand_id": brand_id, **body.model_dump()})
    answer = await upstream.call(upstream.services.insights.SetPageKind, request)
    return PageKindTold.model_validate(to_json(answer))


@router.delete("/page-kinds", status_code=204)
async def take_page_kind_back(
    brand_id: UUID, upstream: UpstreamOf, url: str | None = None, domain: str | None = None
) -> None:
    """Leaves what a page or a domain's pages are to the rules again."""
    request = to_message(insight_pb2.SetPageKindRequest, {"brand_id": brand_id, "url": url, "domain": domain})
    await upstream.call(upstream.services.insights.SetPageKind, request)


@router.get("/searches")
async def searches(
    window: Window,
    upstream: UpstreamOf,
    query_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    page_token: Annotated[str | None, Query(description="next_page_token of the page before.")] = None,
) -> Searches:
    """Lists what engines searched for to answer, those searches made for most answers first."""
    wanted = {"query_id": query_id, "limit": limit, "page_token": page_token}
    request = to_message(insight_pb2.ListSearchesRequest, window | wanted)
    answer = to_json(await upstream.call(upstream.services.insights.ListSearches, request))
    return Searches.model_validate({"answers": answer["answers"], **page(answer, "searches")})


@router.get("/export", response_class=StreamingResponse)
async def export(
    brand_id: UUID,
    upstream: UpstreamOf,
    table: Literal["answers", "positions", "citations", "pages", "searches"] = "answers",
    form: Annotated[Literal["csv", "jsonl", "parquet"], Query(alias="format")] = "csv",
    start: Annotated[AwareDatetime | None, Query(alias="from", description="From this day of UTC on.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="To before this day of UTC.")] = None,
) -> StreamingResponse:
    """Gives answers, positions, citations, or sums by week of pages or searches, as a file."""
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
