"""Routes under /api/admin/brands."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime

from admin_gateway.models import (
    Answer,
    Brand,
    BrandCreate,
    BrandUpdate,
    Diagnostics,
    Import,
    JobRun,
    Page,
    RunStart,
    SetAside,
    SetAsideReason,
    TopicsQueries,
)
from admin_gateway.routes.paging import Paging, page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.errors import InvalidFields, Violation
from answerbeat.v1 import brand_pb2, insight_pb2, run_pb2

router = APIRouter(prefix="/api/admin/brands", tags=["Brands"])

IMPORT_SECONDS = 60.0
"""A file is read whole before it is answered."""
Start = Annotated[AwareDatetime | None, Query(alias="from", description="Collected at or after.")]
End = Annotated[AwareDatetime | None, Query(alias="to", description="Collected before.")]


@router.get("")
async def list_brands(upstream: UpstreamOf, paging: Paging, customer_id: UUID | None = None) -> Page[Brand]:
    """Lists brands, newest first."""
    request = to_message(brand_pb2.ListBrandsRequest, {"customer_id": customer_id} | paging)
    answer = page(to_json(await upstream.call(upstream.services.brands.ListBrands, request)), "brands")
    return Page[Brand].model_validate(answer)


@router.post("", status_code=201)
async def create_brand(body: BrandCreate, upstream: UpstreamOf, response: Response) -> Brand:
    """Makes a brand with its competitors, topics and questions, all or nothing."""
    request = to_message(brand_pb2.CreateBrandRequest, body.model_dump())
    answer = await upstream.call(upstream.services.brands.CreateBrand, request)
    response.headers["Location"] = f"{router.prefix}/{answer.brand.id}"
    return Brand.model_validate(to_json(answer.brand))


@router.get("/{brand_id}")
async def read_brand(brand_id: UUID, upstream: UpstreamOf, response: Response) -> Brand:
    """Reads a brand. Its ETag serves as If-Match of a change."""
    answer = await upstream.call(upstream.services.brands.GetBrand, brand_pb2.GetBrandRequest(brand_id=str(brand_id)))
    return _brand(answer.brand, response)


@router.put("/{brand_id}")
async def update_brand(
    brand_id: UUID,
    body: BrandUpdate,
    upstream: UpstreamOf,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> Brand:
    """Puts what is given in the place of all that the brand had. 412 when it was changed since `If-Match`."""
    values = body.model_dump() | {"brand_id": brand_id, "etag": None if if_match == "*" else if_match}
    request = to_message(brand_pb2.UpdateBrandRequest, values)
    answer = await upstream.call(upstream.services.brands.UpdateBrand, request)
    return _brand(answer.brand, response)


@router.delete("/{brand_id}", status_code=204)
async def delete_brand(brand_id: UUID, upstream: UpstreamOf) -> None:
    """Takes a brand away, with its schedules, runs, answers and numbers."""
    request = brand_pb2.DeleteBrandRequest(brand_id=str(brand_id))
    await upstream.call(upstream.services.brands.DeleteBrand, request)


@router.post("/{brand_id}/runs", status_code=202)
async def start_run(brand_id: UUID, body: RunStart, upstream: UpstreamOf) -> JobRun:
    """Collects, scores, or both, now and without a schedule."""
    request = to_message(run_pb2.StartRunRequest, body.model_dump() | {"brand_id": brand_id})
    answer = await upstream.call(upstream.services.runs.StartRun, request)
    return JobRun.model_validate(to_json(answer.run))


@router.get("/{brand_id}/diagnostics")
async def diagnostics(brand_id: UUID, upstream: UpstreamOf) -> Diagnostics:
    """Says why a collection would do nothing, or less than one expects."""
    request = brand_pb2.DiagnoseRequest(brand_id=str(brand_id))
    return Diagnostics.model_validate(to_json(await upstream.call(upstream.services.brands.Diagnose, request)))


@router.get("/{brand_id}/topics-queries")
async def topics_queries(brand_id: UUID, upstream: UpstreamOf) -> TopicsQueries:
    """Lists a brand's topics and questions."""
    request = brand_pb2.ListTopicsQueriesRequest(brand_id=str(brand_id))
    answer = await upstream.call(upstream.services.brands.ListTopicsQueries, request)
    return TopicsQueries.model_validate(to_json(answer))


@router.get("/{brand_id}/answers")
async def answers(
    brand_id: UUID,
    upstream: UpstreamOf,
    paging: Paging,
    run_id: UUID | None = None,
    start: Start = None,
    end: End = None,
    collector: str | None = None,
    topic: str | None = None,
    query_id: UUID | None = None,
    name: str | None = None,
    domain: str | None = None,
) -> Page[Answer]:
    """Lists the answers behind the numbers, newest first, with what was read off each."""
    filters = {"run_id": run_id, "from": start, "to": end, "collector": collector, "topic": topic}
    filters |= {"query_id": query_id, "name": name, "domain": domain}
    wanted = {"brand_id": brand_id, **filters}
    request = to_message(insight_pb2.ListAnswersRequest, wanted | paging)
    answer = page(to_json(await upstream.call(upstream.services.insights.ListAnswers, request)), "answers")
    return Page[Answer].model_validate(answer)


FORMATS = {"text/csv": "csv"}
"""By the body's type; all others are JSON lines."""
FILE = {"schema": {"type": "string"}}


@router.post(
    "/{brand_id}/answers:import",
    status_code=202,
    openapi_extra={"requestBody": {"required": True, "content": {"application/x-ndjson": FILE, "text/csv": FILE}}},
)
async def import_answers(brand_id: UUID, request: Request, upstream: UpstreamOf) -> Import:
    """Imports answers that were got elsewhere, as JSON lines or CSV: all of them, or none. Sent again, adds nothing."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    values = {"brand_id": brand_id, "format": FORMATS.get(kind, "jsonl"), "content": await request.body()}
    wanted = to_message(insight_pb2.ImportAnswersRequest, values)
    answer = await upstream.call(upstream.services.insights.ImportAnswers, wanted, IMPORT_SECONDS)
    if answer.faults:
        raise InvalidFields(*_faults(answer))
    return Import.model_validate(to_json(answer))


@router.put("/{brand_id}/answers/{answer_id}/set-aside")
async def set_answer_aside(brand_id: UUID, answer_id: UUID, body: SetAsideReason, upstream: UpstreamOf) -> SetAside:
    """Leaves an answer out of the numbers, until it is taken back. One that is left out already stays as it is."""
    values = body.model_dump() | {"brand_id": brand_id, "answer_id": answer_id}
    request = to_message(insight_pb2.SetAnswerAsideRequest, values)
    answer = await upstream.call(upstream.services.insights.SetAnswerAside, request)
    return SetAside.model_validate(to_json(answer.set_aside))


@router.delete("/{brand_id}/answers/{answer_id}/set-aside", status_code=204)
async def take_answer_back(brand_id: UUID, answer_id: UUID, upstream: UpstreamOf) -> None:
    """Lets an answer count again."""
    request = insight_pb2.TakeAnswerBackRequest(brand_id=str(brand_id), answer_id=str(answer_id))
    await upstream.call(upstream.services.insights.TakeAnswerBack, request)


def _faults(answer: insight_pb2.ImportAnswersResponse) -> list[Violation]:
    """What is wrong with a file, by its lines."""
    told = [Violation(_place(fault), fault.message) for fault in answer.faults]
    return told + ([Violation("file", f"{answer.more_faults} more faults")] if answer.more_faults else [])


def _place(fault: insight_pb2.LineFault) -> str:
    line = f"line {fault.line}" if fault.line else "file"
    return f"{line}: {fault.field}" if fault.HasField("field") else line


def _brand(brand: brand_pb2.Brand, response: Response) -> Brand:
    response.headers["ETag"] = brand.etag
    return Brand.model_validate(to_json(brand))
