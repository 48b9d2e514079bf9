"""/healthz, /readyz and /metrics, for whoever looks after it. They need no token and tell nothing of a customer."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from admin_gateway.services import Services
from answerbeat.jsons import JsonObject

router = APIRouter(tags=["Operation"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Tells that the gateway is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def ready(request: Request) -> JSONResponse:
    """Tells whether it can serve, and if not, what is missing."""
    services: Services = request.app.state.services
    missing = await services.missing()
    body: JsonObject = {"status": "not ready" if missing else "ready", "missing": missing}
    return JSONResponse(body, 503 if missing else 200, {"Retry-After": "2"} if missing else None)


@router.get("/metrics")
async def metrics() -> Response:
    """Gives the metrics in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
