"""The emulator's HTTP server.

/openai/v1/responses, /perplexity/v1/responses, /serpapi/search.json      the engines
/replay/<recording>/...                                                   recorded responses
/emulator/calls, /emulator/faults                                         for tests and the curious
"""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from engine_emulator import openai, perplexity, replay, serpapi
from engine_emulator.answers import MadeUp, make_up
from engine_emulator.faults import Fault, Faults
from engine_emulator.journal import Entry, Journal

log = structlog.get_logger()

KEY_PREFIX = "emulated-"
"""Keys that the emulated engines accept. A real key is refused: it should not be sent here."""
HANG_SECONDS = 3_600
SECOND_FETCH = "_page"
"""Ends the name under which the fetch of a page token is journalled."""


@dataclass(frozen=True)
class Emulation:
    """How the emulated engines behave."""

    seed: int = 1
    latency_ms: int = 300
    """The mean time an answer takes."""
    recordings: Path | None = None


class Stage:
    """What the calls have in common: the journal, the faults, and the time they take."""

    def __init__(self, emulation: Emulation) -> None:
        self.emulation = emulation
        self.journal = Journal()
        self.faults = Faults()

    async def play(
        self,
        engine: str,
        question: str,
        key: str,
        answer: Callable[[MadeUp, str], dict[str, Any]],
        refuse: Callable[[int, str, str], dict[str, Any]],
    ) -> Response:
        """One call: `answer` puts what was made up into the engine's format, `refuse` an error."""
        entry = self.journal.begin(engine, question, key)
        fault = self.faults.next(engine, question)
        if not key.startswith(KEY_PREFIX) or (fault and fault.kind == "unauthorized"):
            return self._refused(entry, 401, refuse(401, "authentication_error", "Incorrect API key provided."))
        await self._take_time(engine, question)
        if fault:
            return await self._fail(fault, entry, answer, refuse)
        return self._answered(entry, answer(self._made(entry), entry_key(engine, question)))

    def _made(self, entry: Entry) -> MadeUp:
        """The page behind a token is part of the same answer as the search that gave it."""
        return make_up(self.emulation.seed, entry.engine.removesuffix(SECOND_FETCH), entry.question)

    async def _take_time(self, engine: str, question: str) -> None:
        """The same for the same question, so that a run takes as long each time."""
        chance = random.Random(f"latency|{self.emulation.seed}|{engine}|{question}")
        await asyncio.sleep(self.emulation.latency_ms / 1000 * chance.uniform(0.5, 1.5))

    def _answered(self, entry: Entry, body: dict[str, Any]) -> Response:
        self.journal.end(entry, "answered")
        log.debug("answered", engine=entry.engine, question=entry.question)
        return JSONResponse(body)

    def _refused(
        self, entry: Entry, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> Response:
        self.journal.end(entry, "refused")
        log.info("refused", engine=entry.engine, status=status, question=entry.question)
        return JSONResponse(body, status, headers)

    async def _fail(
        self,
        fault: Fault,
        entry: Entry,
        answer: Callable[[MadeUp, str], dict[str, Any]],
        refuse: Callable[[int, str, str], dict[str, Any]],
    ) -> Response:
        body = json.dumps(answer(self._made(entry), entry_key(entry.engine, entry.question)))
        match fault.kind:
            case "rate_limit":
                headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
                told = refuse(429, "rate_limit_exceeded", "Rate limit reached. Slow down.")
                return self._refused(entry, 429, told, headers)
            case "hang":
                self.journal.end(entry, "hung")
                await asyncio.sleep(HANG_SECONDS)
            case "cut":
                self.journal.end(entry, "cut")
                return StreamingResponse(_half(body), media_type="application/json")
            case "not_json":
                self.journal.end(entry, "unreadable")
                return Response(f"<html>{body[:200]}", media_type="text/html")
            case "no_overview":
                self.journal.end(entry, "answered")
                return JSONResponse(_without_overview(json.loads(body)))
        return self._refused(entry, 500, refuse(500, "server_error", "The server had an error."))


def create_app(emulation: Emulation) -> FastAPI:
    """The emulator as an ASGI application."""
    app = FastAPI(title="Answerbeat engine emulator", docs_url=None, redoc_url=None, openapi_url=None)
    stage = Stage(emulation)
    _add_engines(app, stage)
    recordings = replay.load(emulation.recordings) if emulation.recordings else {}

    @app.api_route("/replay/{name}/{path:path}", methods=["GET", "POST"])
    async def replayed(name: str, path: str) -> Response:
        recording = recordings.get(name)
        if recording is None:
            return JSONResponse(openai.error(f"There is no recording {name} for {path}.", "not_found"), 404)
        return JSONResponse(recording.body, recording.status, recording.headers)

    @app.get("/emulator/calls")
    async def calls() -> list[dict[str, Any]]:
        return stage.journal.entries()

    @app.get("/emulator/wait")
    async def wait(count: int, outcome: str, contains: str = "", seconds: float = 30) -> bool:
        """For tests: a signal instead of a sleep."""
        return await stage.journal.wait(count, outcome, contains, seconds)

    @app.delete("/emulator/calls")
    async def forget() -> None:
        stage.journal.clear()

    @app.put("/emulator/faults")
    async def set_faults(faults: list[Fault]) -> list[Fault]:
        stage.faults.set(faults)
        return faults

    return app


def _add_engines(app: FastAPI, stage: Stage) -> None:
    def responses(engine: str, put: Callable[..., dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def create(request: Request) -> Response:
            asked = json.loads(await request.body())
            model = str(asked.get("model") or asked.get("preset") or "")
            return await stage.play(
                engine,
                str(asked.get("input") or ""),
                _bearer(request),
                lambda made, key: put(made, model, key),
                lambda status, kind, message: openai.error(message, kind, kind if status == 429 else None),
            )

        return create

    app.post("/openai/v1/responses")(responses("chatgpt", openai.response))
    perplexed = responses("perplexity", perplexity.response)
    app.post("/perplexity/v1/responses")(perplexed)
    app.post("/perplexity/v1/agent")(perplexed)

    @app.get("/serpapi/search.json")
    async def search(request: Request) -> Response:
        asked = request.query_params
        token = asked.get("page_token", "")
        question = serpapi.question_of(token) if token else asked.get("q", "")
        if not question:
            return JSONResponse(serpapi.error("Missing query `q` parameter."), 400)

        def put(made: MadeUp, key: str) -> dict[str, Any]:
            return serpapi.overview(made, token, key) if token else serpapi.search(made, question, key)

        return await stage.play(
            "google_aio" + (SECOND_FETCH if token else ""),
            question,
            asked.get("api_key", ""),
            put,
            lambda _status, _kind, message: serpapi.error(message),
        )


async def _half(body: str) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2].encode()
    raise ConnectionAbortedError  # the server closes the connection without an end of the body


def _without_overview(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "ai_overview"}


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def entry_key(engine: str, question: str) -> str:
    """An id that is the same for the same engine and question."""
    return hashlib.sha256(f"{engine}|{question}".encode()).hexdigest()[:24]


def serve(emulation: Emulation, host: str, port: int) -> None:
    """Runs the emulator until it is told to stop."""
    config = uvicorn.Config(
        create_app(emulation), host=host, port=port, log_level="critical", timeout_graceful_shutdown=1
    )
    uvicorn.Server(config).run()
