"""Every error as `application/problem+json` (RFC 9457), in one place."""

from collections.abc import Sequence
from http import HTTPStatus

import grpc
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from answerbeat.errors import InvalidFields, Violation
from answerbeat.jsons import JsonObject
from answerbeat.rpc.status import violations_of

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 422,
    grpc.StatusCode.OUT_OF_RANGE: 422,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.ABORTED: 412,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 503,
}
"""What a service's status is in HTTP; 500 for all others."""


class FieldProblem(BaseModel):
    """A field at fault."""

    field: str = Field(examples=["cron_expression"])
    message: str = Field(examples=["minute: 61 is not in 0-59"])


class Problem(BaseModel):
    """What is wrong, where, and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


def problem(
    status: int, detail: str, violations: Sequence[Violation] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document."""
    body: JsonObject = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if violations:
        body["errors"] = [{"field": v.field or "body", "message": v.message} for v in violations]
    added = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        added["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        added.setdefault("Retry-After", str(RETRY_SECONDS))
    return JSONResponse(body, status, added, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Makes every error a problem document."""
    app.add_exception_handler(grpc.aio.AioRpcError, _from_service)  # type: ignore[arg-type]
    app.add_exception_handler(InvalidFields, _from_translation)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _from_validation)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, _from_http)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _unexpected)


async def _from_service(_: Request, error: grpc.aio.AioRpcError) -> JSONResponse:
    status = STATUS.get(error.code(), 500)
    if error.code() == grpc.StatusCode.UNAVAILABLE:
        log.warning("service_away", reason=error.details())
    detail = error.details() or "The service gave no reason."
    if "connect" in detail and status == HTTPStatus.SERVICE_UNAVAILABLE:
        detail = "A service behind this one is away. Try again in a few seconds."
    return problem(status, detail, violations_of(error))


async def _from_translation(_: Request, error: InvalidFields) -> JSONResponse:
    return problem(422, error.message, error.violations)


async def _from_validation(_: Request, error: RequestValidationError) -> JSONResponse:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        reason = faults[0].get("ctx", {}).get("error", faults[0]["msg"])
        return problem(400, f"The body is not JSON: {reason} at character {faults[0]['loc'][-1]}.")
    violations = [Violation(_path(fault["loc"]), _message(fault)) for fault in faults]
    return problem(422, "; ".join(f"{v.field}: {v.message}" for v in violations[:5]), violations)


async def _from_http(_: Request, error: HTTPException) -> JSONResponse:
    return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))


async def _unexpected(_: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", exc_info=error)
    return problem(500, "Something went wrong here. The gateway's log says what.")


def _path(loc: tuple[int | str, ...]) -> str:
    """A path of pydantic's as one reads it: ("body", "topics", 0, "name") → topics[0].name."""
    path = ""
    for part in loc[1:] if loc[0] in ("body", "query", "path", "header") else loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "body"


def _message(fault: JsonObject) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not a field of this request"
    if fault["type"] in ("dict_type", "model_attributes_type", "model_type"):
        return "must be a JSON object"
    return str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ").strip() or "is not valid"
