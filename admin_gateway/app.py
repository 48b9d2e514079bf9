"""The HTTP application: routes, errors, and the services behind them."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from prometheus_client import Histogram

from admin_gateway import problems
from admin_gateway.guard import RequestGuard
from admin_gateway.page import add_page
from admin_gateway.problems import Problem
from admin_gateway.query import refuse_unknown
from admin_gateway.routes import (
    brands,
    collectors,
    customers,
    insights,
    job_runs,
    limits,
    operation,
    scheduled_jobs,
    session,
    tokens,
)
from admin_gateway.services import Services, request_id_of
from answerbeat.settings import Settings, stop_start

log = structlog.get_logger()

SECONDS = Histogram("answerbeat_http_seconds", "Time of a request", ["method", "route", "status"])
ERRORS = {
    status: {"model": Problem, "content": {problems.MEDIA_TYPE: {}}}
    for status in (400, 401, 403, 404, 409, 412, 422, 429, 503)
}


def create_app(settings: Settings) -> FastAPI:
    """The gateway as an ASGI application."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = Services(settings)
        yield
        await app.state.services.close()

    app = FastAPI(
        title="Answerbeat",
        summary="Asks AI answer engines a brand's questions on a schedule, and scores the answers.",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # page.py serves it, with nothing from elsewhere
        redoc_url=None,
        dependencies=[Depends(refuse_unknown)],
        responses=ERRORS,  # type: ignore[arg-type]  # statuses are ints here, FastAPI takes them
    )
    resources = (scheduled_jobs, job_runs, brands, insights, customers, collectors, limits, tokens, session, operation)
    for resource in resources:
        app.include_router(resource.router)
    problems.add_handlers(app)
    app.middleware("http")(_observe)
    app.add_middleware(RequestGuard)

    add_page(app)
    return app


async def _observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    started = time.monotonic()
    request.state.request_id = request_id_of(request)
    with structlog.contextvars.bound_contextvars(request_id=request.state.request_id):
        response = await call_next(request)
        seconds = time.monotonic() - started
        route = getattr(request.scope.get("route"), "path", "none")
        SECONDS.labels(request.method, route, response.status_code).observe(seconds)
        if not request.url.path.startswith(("/healthz", "/readyz", "/metrics")):
            log.info(
                "request",
                method=request.method,
                path=request.url.path,
                status=response.status_code,
                ms=round(seconds * 1000),
            )
    response.headers["X-Request-Id"] = request.state.request_id
    return response


async def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    listening = bind(config)
    log.info("listening", address=f"http://{settings.host}:{settings.http_port}")
    server = uvicorn.Server(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    await server.serve(sockets=[listening])


def bind(config: uvicorn.Config) -> socket.socket:
    """The socket to serve on. Stops the program when its port is taken."""
    try:
        listening = config.bind_socket()
    except SystemExit:
        stop_start(f"port {config.port} is taken. Stop what listens there, or set ANSWERBEAT_HTTP_PORT to another.")
    # asyncio sets this only where a socket names its protocol, which uvicorn's does not. Without it a body waits for
    # the acknowledgement of its headers: 40 ms on each request but a connection's first. Connections inherit it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(settings: Settings) -> None:
    """Serves until it is told to stop."""
    asyncio.run(serve(settings))
