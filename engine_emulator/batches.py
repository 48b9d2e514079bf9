"""Batches, as OpenAI, Anthropic and Google take them: handed in, looked at until they end, and read.

A batch ends when it has been looked at once before, unless all are held (`PUT /emulator/batches`).
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import UploadFile

from answerbeat.jsons import JsonObject
from engine_emulator import anthropic, gemini, openai
from engine_emulator.journal import Journal

Answering = Callable[[str, str, str, str], Awaitable[tuple[int, JsonObject]]]
"""Engine, question, key and model → the status and body of one answer."""


@dataclass
class _Batch:
    requests: list[tuple[str, str, str]]
    """Of each: what its sender knows it by, the question, and the model."""
    key: str
    label: str = ""
    looks: int = 0
    is_cancelled: bool = False
    results: list[tuple[str, int, JsonObject]] | None = None


class Batches:
    """All batches of all engines, by their ids."""

    def __init__(self, answer: Answering, journal: Journal) -> None:
        self._answer = answer
        self._journal = journal
        self._found: dict[str, _Batch] = {}
        self.files: dict[str, str] = {}
        self.are_held = False

    def add(self, prefix: str, batch: _Batch) -> str:
        """Takes a batch, and gives its id."""
        name = f"{prefix}{len(self._found) + 1:08}"
        self._found[name] = batch
        self._note(name, "handed_in")
        return name

    async def look(self, engine: str, name: str) -> _Batch | None:
        """How a batch stands: with results once it has ended."""
        batch = self._found.get(name)
        if batch is None:
            return None
        batch.looks += 1
        self._note(name, "looked")
        if batch.results is None and (batch.is_cancelled or (batch.looks > 1 and not self.are_held)):
            asked = [] if batch.is_cancelled else batch.requests
            batch.results = [
                (custom, *await self._answer(engine, question, batch.key, model)) for custom, question, model in asked
            ]
        return batch

    def cancel(self, name: str) -> bool:
        """Whether there was such a batch to end."""
        if batch := self._found.get(name):
            batch.is_cancelled = True
        return batch is not None

    def _note(self, name: str, what: str) -> None:
        self._journal.end(self._journal.begin("batch", name, ""), what)

    def states(self) -> dict[str, str]:
        """Each batch's state, for tests."""
        return {
            name: "cancelled" if batch.is_cancelled else "ended" if batch.results is not None else "open"
            for name, batch in self._found.items()
        }


def add_batches(app: FastAPI, batches: Batches, bearer: Callable[[Request], str]) -> None:
    """Adds the routes of all engines that take batches, and the emulator's own."""
    _add_openai(app, batches, bearer)
    _add_anthropic(app, batches, bearer)
    _add_gemini(app, batches)

    @app.put("/emulator/batches")
    async def hold(request: Request) -> dict[str, bool]:
        batches.are_held = (await request.json())["held"] is True
        return {"held": batches.are_held}

    @app.get("/emulator/batches")
    async def states() -> dict[str, str]:
        return batches.states()


def _line(row: JsonObject) -> str:
    """A line of results; half of it where the answer is none, as a fault has it."""
    line, said = json.dumps(row), row.get("response") or row["result"]
    return line if said.get("body") or said.get("message") or said.get("error") else line[: len(line) // 2]


def _add_openai(app: FastAPI, batches: Batches, bearer: Callable[[Request], str]) -> None:
    def told(name: str, batch: _Batch) -> JsonObject:
        is_over = batch.results is not None
        status = "cancelled" if batch.is_cancelled else "completed" if is_over else "in_progress"
        file = {"output_file_id": f"file-out-{name}"} if batch.results else {}
        return {"id": name, "object": "batch", "endpoint": "/v1/responses", "status": status, **file}

    @app.post("/openai/v1/files")
    async def upload(request: Request) -> JsonObject:
        name = f"file-{len(batches.files) + 1:08}"
        async with request.form() as form:
            file = form["file"]
            batches.files[name] = (await file.read()).decode() if isinstance(file, UploadFile) else str(file)
        return {"id": name, "object": "file", "purpose": "batch"}

    @app.post("/openai/v1/batches")
    async def create(request: Request) -> Response:
        asked = await request.json()
        rows = [json.loads(line) for line in batches.files[asked["input_file_id"]].splitlines()]
        requests = [(row["custom_id"], str(row["body"]["input"]), str(row["body"]["model"])) for row in rows]
        batch = _Batch(requests, bearer(request))
        return JSONResponse(told(batches.add("batch_", batch), batch))

    @app.get("/openai/v1/batches/{name}")
    async def retrieve(name: str) -> Response:
        batch = await batches.look("chatgpt", name)
        missing = openai.error(f"No batch found with id '{name}'.", "invalid_request_error")
        return JSONResponse(told(name, batch)) if batch else JSONResponse(missing, 404)

    @app.post("/openai/v1/batches/{name}/cancel")
    async def cancel(name: str) -> JsonObject:
        batches.cancel(name)
        return {"id": name, "object": "batch", "status": "cancelling"}

    @app.get("/openai/v1/files/file-out-{name}/content")
    async def content(name: str) -> Response:
        batch = await batches.look("chatgpt", name)
        rows = [
            {
                "id": f"batch_req_{number}",
                "custom_id": custom,
                "response": {"status_code": status, "request_id": f"req_{number}", "body": body},
                "error": None,
            }
            for number, (custom, status, body) in enumerate((batch.results if batch else None) or [])
        ]
        return Response("\n".join(map(_line, rows)), media_type="application/octet-stream")


def _add_anthropic(app: FastAPI, batches: Batches, bearer: Callable[[Request], str]) -> None:
    def told(request: Request, name: str, batch: _Batch | None) -> JsonObject:
        is_over = batch is not None and batch.results is not None
        at = "2026-11-24T00:00:00Z"
        address = f"{request.base_url}anthropic/v1/messages/batches/{name}/results"
        return {
            "id": name,
            "type": "message_batch",
            "processing_status": "ended" if is_over else "in_progress",
            "request_counts": {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
            "created_at": at,
            "expires_at": at,
            "results_url": address if is_over else None,
        }

    def result(status: int, body: JsonObject) -> JsonObject:
        is_well = status == 200
        return {"type": "succeeded", "message": body} if is_well else {"type": "errored", "error": body}

    @app.post("/anthropic/v1/messages/batches")
    async def create(request: Request) -> JsonObject:
        asked = (await request.json())["requests"]
        requests = [
            (one["custom_id"], str(one["params"]["messages"][0]["content"]), str(one["params"]["model"]))
            for one in asked
        ]
        batch = _Batch(requests, bearer(request))
        return told(request, batches.add("msgbatch_", batch), batch)

    @app.get("/anthropic/v1/messages/batches/{name}")
    async def retrieve(name: str, request: Request) -> Response:
        batch = await batches.look("claude", name)
        missing = anthropic.error(404, f"There is no batch {name}.")
        return JSONResponse(told(request, name, batch)) if batch else JSONResponse(missing, 404)

    @app.post("/anthropic/v1/messages/batches/{name}/cancel")
    async def cancel(name: str, request: Request) -> JsonObject:
        batches.cancel(name)
        return told(request, name, None)

    @app.get("/anthropic/v1/messages/batches/{name}/results")
    async def results(name: str) -> Response:
        batch = await batches.look("claude", name)
        found = (batch.results if batch else None) or []
        # In an order of their own, as the real ones are.
        rows = [{"custom_id": custom, "result": result(status, body)} for custom, status, body in reversed(found)]
        return Response("\n".join(map(_line, rows)), media_type="application/x-jsonl")


def _add_gemini(app: FastAPI, batches: Batches) -> None:
    def told(name: str, batch: _Batch) -> JsonObject:
        is_over = batch.results is not None
        state = "CANCELLED" if batch.is_cancelled else "SUCCEEDED" if is_over else "RUNNING"
        answers = [body if status != 200 else {"response": body} for _, status, body in batch.results or []]
        output = {"response": {"inlinedResponses": {"inlinedResponses": answers}}} if is_over else {}
        metadata = {"displayName": batch.label, "state": f"BATCH_STATE_{state}"}
        return {"name": f"batches/{name}", "metadata": metadata, "done": is_over, **output}

    @app.post("/gemini/v1/models/{model}:batchGenerateContent")
    async def create(model: str, request: Request) -> JsonObject:
        asked = (await request.json())["batch"]
        rows = [row["request"] for row in asked["inputConfig"]["requests"]["requests"]]
        requests = [("", str(row["contents"][-1]["parts"][0]["text"]), model) for row in rows]
        batch = _Batch(requests, request.headers.get("x-goog-api-key", ""), str(asked.get("displayName") or ""))
        return told(batches.add("g", batch), batch)

    @app.get("/gemini/v1/batches/{name}")
    async def retrieve(name: str) -> Response:
        batch = await batches.look("gemini", name)
        return JSONResponse(told(name, batch)) if batch else JSONResponse(gemini.error(404, "No such batch."), 404)

    @app.post("/gemini/v1/batches/{name}:cancel")
    async def cancel(name: str) -> JsonObject:
        batches.cancel(name)
        return {}
