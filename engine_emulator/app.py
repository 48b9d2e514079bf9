"""The emulator's HTTP server.

/openai/v1/responses, /anthropic/v1/messages, ...       the engines, each in its own format
/replay/<recording>/...                                 recorded responses
/emulator/calls, /emulator/faults                       for tests and the curious
"""

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from answerbeat.jsons import JsonObject
from engine_emulator import anthropic, chat, gemini, judge, mistral, openai, perplexity, replay, serpapi, xai
from engine_emulator.answers import MadeUp, make_up
from engine_emulator.batches import Batches, add_batches
from engine_emulator.faults import Fault, Faults
from engine_emulator.journal import Entry, Journal

log = structlog.get_logger()

KEY_PREFIX = "emulated-"
"""Keys that the emulated engines accept. A real key is refused: it should not be sent here."""
PATHS = {
    "ANTHROPIC": "anthropic",
    "DEEPSEEK": "deepseek",
    "GEMINI": "gemini",
    "MISTRAL": "mistral",
    "OPENAI": "openai/v1",
    "OPENAI_COMPATIBLE": "openai_compatible/v1",
    "PERPLEXITY": "perplexity/v1",
    "SERPAPI": "serpapi",
    "XAI": "xai/v1",
}
"""Where the emulator speaks for whom, by what the engine's variables begin with."""
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
        answer: Callable[[MadeUp, str], JsonObject],
        refuse: Callable[[int, str, str], JsonObject],
        *,
        is_slow: bool = True,
        is_shaped: bool = False,
    ) -> Response:
        """One call: `answer` puts what was made up into the engine's format, `refuse` an error.

        One that is shaped asks for the tones of statements, as JSON.
        """
        entry = self.journal.begin(engine, question, key)
        fault = self.faults.next(engine, question)
        if not key.startswith(KEY_PREFIX) or (fault and fault.kind == "unauthorized"):
            return self._refused(entry, 401, refuse(401, "authentication_error", "Incorrect API key provided."))
        if is_slow:
            await self._take_time(engine, question)
        if fault:
            return await self._fail(fault, entry, answer(self._made(entry, is_shaped=is_shaped), key_of(entry)), refuse)
        return self._answered(entry, answer(self._made(entry, is_shaped=is_shaped), key_of(entry)))

    def _made(self, entry: Entry, *, is_shaped: bool) -> MadeUp:
        """The page behind a token is part of the same answer as the search that gave it."""
        if is_shaped:
            return judge.tones(entry.question)
        return make_up(self.emulation.seed, entry.engine.removesuffix(SECOND_FETCH), entry.question)

    async def _take_time(self, engine: str, question: str) -> None:
        """The same for the same question, so that a run takes as long each time."""
        chance = random.Random(f"latency|{self.emulation.seed}|{engine}|{question}")
        await asyncio.sleep(self.emulation.latency_ms / 1000 * chance.uniform(0.5, 1.5))

    def _answered(self, entry: Entry, body: JsonObject) -> Response:
        self.journal.end(entry, "answered")
        log.debug("answered", engine=entry.engine, question=entry.question)
        return JSONResponse(body)

    def _refused(self, entry: Entry, status: int, body: JsonObject, headers: dict[str, str] | None = None) -> Response:
        self.journal.end(entry, "refused")
        log.info("refused", engine=entry.engine, status=status, question=entry.question)
        return JSONResponse(body, status, headers)

    async def _fail(
        self,
        fault: Fault,
        entry: Entry,
        answer: JsonObject,
        refuse: Callable[[int, str, str], JsonObject],
    ) -> Response:
        body = json.dumps(answer)
        match fault.kind:
            case "rate_limit":
                headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
                told = refuse(429, "rate_limit_exceeded", "Rate limit reached. Slow down.")
                return self._refused(entry, 429, told, headers)
            case "gateway_timeout":
                self.journal.end(entry, "answered")  # to a gateway that waited no longer
                return Response("<html>Gateway Timeout", 504, media_type="text/html")
            case "hang":
                self.journal.end(entry, "hung")
                await asyncio.sleep(HANG_SECONDS)
            case "cut":
                self.journal.end(entry, "cut")
                return StreamingResponse(_half(body), media_type="application/json")
            case "not_json":
                self.journal.end(entry, "unreadable")
                return Response(f"<html>{body[:200]}", media_type="text/html")
            case "last_one":
                self.journal.end(entry, "answered")
                reset = {"x-ratelimit-reset-requests": f"{fault.retry_after or 0}s"}
                return JSONResponse(json.loads(body), headers={"x-ratelimit-remaining-requests": "0", **reset})
            case "copy" | "no_overview":
                self.journal.end(entry, "answered")
                return JSONResponse(CHANGED[fault.kind](json.loads(body)))
        return self._refused(entry, 500, refuse(500, "server_error", "The server had an error."))


def _out_of_the_cache(body: JsonObject) -> JsonObject:
    """A page of SerpApi's that was made half an hour ago."""
    made = (datetime.now(UTC) - timedelta(minutes=30)).strftime("%Y-%m-%d %H:%M:%S UTC")
    return {**body, "search_metadata": {**body.get("search_metadata", {}), "created_at": made}}


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
    async def calls() -> list[JsonObject]:
        return stage.journal.entries()

    @app.get("/emulator/wait")
    async def wait(count: int, outcome: str, contains: str = "", seconds: float = 30) -> bool:
        """For tests: a signal instead of a sleep."""
        return await stage.journal.wait(count, outcome, contains, seconds)

    @app.delete("/emulator/calls")
    async def take() -> list[JsonObject]:
        """Those that have ended; they are not told again."""
        return stage.journal.take()

    @app.put("/emulator/faults")
    async def set_faults(faults: list[Fault]) -> list[Fault]:
        stage.faults.set(faults)
        return faults

    return app


def environment(address: str) -> dict[str, str]:
    """The variables with which a worker asks the emulator at an address, such as http://127.0.0.1:8090."""
    found = {f"{name}_BASE_URL": f"{address}/{path}" for name, path in PATHS.items()}
    found |= {f"{name}_API_KEY": f"{KEY_PREFIX}{name.lower().replace('_', '-')}" for name in PATHS}
    return {**found, "OPENAI_COMPATIBLE_MODEL": "emulated-model"}


Put = Callable[[MadeUp, str, str], JsonObject]
"""What was made up, the model, and the key for ids → the engine's body."""


def _add_engines(app: FastAPI, stage: Stage) -> None:
    _add_openai_like(app, stage)
    _add_chats(app, stage)
    _add_anthropic(app, stage)
    _add_gemini(app, stage)
    _add_mistral(app, stage)
    _add_serpapi(app, stage)
    add_batches(app, Batches(_batched(stage), stage.journal), _bearer)


def _batched(stage: Stage) -> Callable[[str, str, str, str], Awaitable[tuple[int, JsonObject]]]:
    """How one question of a batch is answered: like one that is asked by itself."""
    answers: dict[str, Put] = {
        "chatgpt": openai.response,
        "claude": lambda made, model, key: anthropic.message(made, model, key, is_resumed=made.needs_second_fetch),
        "gemini": gemini.response,
    }
    refusals: dict[str, Callable[[int, str, str], JsonObject]] = {
        "chatgpt": _openai_error,
        "claude": lambda status, _, message: anthropic.error(status, message),
        "gemini": lambda status, _, message: gemini.error(status, message),
    }

    async def answer(engine: str, question: str, key: str, model: str) -> tuple[int, JsonObject]:
        put = answers[engine]
        played = await stage.play(
            engine, question, key, lambda made, name: put(made, model, name), refusals[engine], is_slow=False
        )
        is_json = played.media_type == "application/json"
        return played.status_code, json.loads(bytes(played.body)) if is_json else {}

    return answer


def _openai_error(status: int, kind: str, message: str) -> JsonObject:
    return openai.error(message, kind, kind if status == 429 else None)


def _add_openai_like(app: FastAPI, stage: Stage) -> None:
    def responses(engine: str, put: Put) -> Callable[[Request], Awaitable[Response]]:
        async def create(request: Request) -> Response:
            asked = json.loads(await request.body())
            model = str(asked.get("model") or asked.get("effort") or asked.get("preset") or "")
            question = str(asked.get("input") or "")
            return await stage.play(
                engine,
                question,
                _bearer(request),
                lambda made, key: put(made, model, key),
                _openai_error,
                is_shaped=judge.is_shaped(asked),
            )

        return create

    app.post("/openai/v1/responses")(responses("chatgpt", openai.response))
    app.post("/xai/v1/responses")(responses("grok", xai.response))
    perplexed = responses("perplexity", perplexity.response)
    app.post("/perplexity/v1/responses")(perplexed)
    app.post("/perplexity/v1/agent")(perplexed)


def _add_chats(app: FastAPI, stage: Stage) -> None:
    def completions(engine: str) -> Callable[[Request], Awaitable[Response]]:
        async def create(request: Request) -> Response:
            asked = json.loads(await request.body())
            model, question = str(asked.get("model")), str(asked["messages"][-1]["content"])
            return await stage.play(
                engine,
                question,
                _bearer(request),
                lambda made, key: chat.completion(made, model, key),
                _openai_error,
                is_shaped=judge.is_shaped(asked),
            )

        return create

    app.post("/deepseek/chat/completions")(completions("deepseek"))
    app.post("/openai_compatible/v1/chat/completions")(completions("openai_compatible"))


def _add_anthropic(app: FastAPI, stage: Stage) -> None:
    @app.post("/anthropic/v1/messages")
    async def create(request: Request) -> Response:
        asked = json.loads(await request.body())
        is_resumed = asked["messages"][-1]["role"] == "assistant"
        return await stage.play(
            "claude" + (SECOND_FETCH if is_resumed else ""),
            str(asked["messages"][0]["content"]),
            _bearer(request),
            lambda made, key: anthropic.message(made, str(asked.get("model")), key, is_resumed=is_resumed),
            lambda status, _, message: anthropic.error(status, message),
            is_shaped=judge.is_shaped(asked),
        )


def _add_gemini(app: FastAPI, stage: Stage) -> None:
    @app.post("/gemini/v1/models/{model}:generateContent")
    async def generate(model: str, request: Request) -> Response:
        asked = json.loads(await request.body())
        return await stage.play(
            "gemini",
            str(asked["contents"][-1]["parts"][0]["text"]),
            request.headers.get("x-goog-api-key", ""),
            lambda made, key: gemini.response(made, model, key),
            lambda status, _, message: gemini.error(status, message),
            is_shaped=judge.is_shaped(asked),
        )


def _add_mistral(app: FastAPI, stage: Stage) -> None:
    @app.post("/mistral/v1/conversations")
    async def start(request: Request) -> Response:
        asked = json.loads(await request.body())
        given = asked.get("inputs")
        return await stage.play(
            "mistral",
            str(given if isinstance(given, str) else given[-1]["content"]),
            _bearer(request),
            lambda made, key: mistral.conversation(made, str(asked.get("model")), key),
            lambda _, kind, message: mistral.error(message, kind),
        )

    @app.post("/mistral/v1/chat/completions")
    async def complete(request: Request) -> Response:
        asked = json.loads(await request.body())
        return await stage.play(
            "mistral",
            str(asked["messages"][-1]["content"]),
            _bearer(request),
            lambda made, key: chat.completion(made, str(asked.get("model")), key),
            lambda _, kind, message: mistral.error(message, kind),
            is_shaped=judge.is_shaped(asked),
        )


def _add_serpapi(app: FastAPI, stage: Stage) -> None:
    pages: dict[str, Callable[[MadeUp, str, str], JsonObject]] = {
        "google": serpapi.search,
        "google_ai_mode": serpapi.ai_mode,
        "bing_copilot": serpapi.copilot,
    }

    @app.get("/serpapi/search.json")
    async def search(request: Request) -> Response:
        asked = request.query_params
        token, engine = asked.get("page_token", ""), asked.get("engine", "")
        question = serpapi.question_of(token) if token else asked.get("q", "")
        if not question or not (token or engine in pages):
            return JSONResponse(serpapi.error("Missing query `q` parameter, or unsupported `engine`."), 400)

        def put(made: MadeUp, key: str) -> JsonObject:
            return serpapi.overview(made, token, key) if token else pages[engine](made, question, key)

        return await stage.play(
            "google_aio" + (SECOND_FETCH if token else "") if token or engine == "google" else engine,
            question,
            asked.get("api_key", ""),
            put,
            lambda _status, _kind, message: serpapi.error(message),
        )


async def _half(body: str) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2].encode()
    raise ConnectionAbortedError  # the server closes the connection without an end of the body


def _without_overview(body: JsonObject) -> JsonObject:
    return {name: value for name, value in body.items() if name != "ai_overview"}


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def key_of(entry: Entry) -> str:
    """An id that is the same for the same engine and question."""
    return hashlib.sha256(f"{entry.engine}|{entry.question}".encode()).hexdigest()[:24]


def serve(emulation: Emulation, host: str, port: int) -> None:
    """Runs the emulator until it is told to stop."""
    config = uvicorn.Config(
        create_app(emulation), host=host, port=port, log_level="critical", timeout_graceful_shutdown=1
    )
    uvicorn.Server(config).run()


CHANGED = {"copy": _out_of_the_cache, "no_overview": _without_overview}
"""Faults that are answers of another kind."""
