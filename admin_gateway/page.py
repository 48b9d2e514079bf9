"""Serves the admin page, which is built from ui/ when Answerbeat is set up. Its addresses are its own to read."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

BUILT = Path(__file__).parent / "ui" / "dist"
HEADERS = {
    "Cache-Control": "no-cache",
    # Only the page's own scripts: whatever a name or an answer holds, it can't run. The components style in line.
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NOT_BUILT = "The admin page is not built. Run `make install`, and start Answerbeat again."


class _Assets(StaticFiles):
    """Files whose names change with what they hold."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _html(name: str) -> Response:
    if not (BUILT / name).exists():
        return PlainTextResponse(NOT_BUILT, 503)
    return FileResponse(BUILT / name, headers=HEADERS)


def add_page(app: FastAPI) -> None:
    """Adds the page at /admin, leads / there, and has the API's description to read at /docs."""
    app.mount("/assets", GZipMiddleware(_Assets(directory=BUILT / "assets", check_dir=False)))

    @app.get("/", include_in_schema=False)
    async def root() -> RedirectResponse:
        return RedirectResponse("/admin")

    @app.get("/admin", include_in_schema=False)
    @app.get("/admin/{path:path}", include_in_schema=False)
    async def page() -> Response:
        return _html("index.html")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return _html("docs.html")

    @app.get("/favicon.svg", include_in_schema=False)
    async def icon() -> FileResponse:
        return FileResponse(BUILT / "favicon.svg", headers={"Cache-Control": "public, max-age=86400"})
