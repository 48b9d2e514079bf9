"""Bodies that are made up for tests, and how they are read."""

import json
from typing import Any

import pytest

from worker_svc.collectors import prices
from worker_svc.collectors.collector import Answer, Collector
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange

prices.load()
PAGE = {"search_metadata": {"status": "Success"}}
A, B = "https://a.example/", "https://b.example/"


def read(kind: type[Collector], body: dict[str, Any], status: int = 200, calls: int = 1) -> Answer:
    return kind.read(Exchange(json.dumps(body), status, calls=calls))


def error_of(kind: type[Collector], body: dict[str, Any], status: int = 200, calls: int = 1) -> EngineError:
    with pytest.raises(EngineError) as caught:
        read(kind, body, status, calls)
    return caught.value


def chat(content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"message": {"content": content, **more}, "finish_reason": "stop"}]}


def response(text: str, *items: dict[str, Any], notes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": notes or []}
    return {"status": "completed", "model": "m", "output": [*items, {"type": "message", "content": [part]}]}


def overview(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**PAGE, "ai_overview": {"text_blocks": blocks, **more}}


def cited(answer: Answer) -> list[tuple[str, str | None]]:
    return [(source.url, source.title) for source in answer.citations]
