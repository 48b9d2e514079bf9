"""OpenAI's Responses format, which Perplexity's Agent API shares: one way to ask, one to read."""

from collections.abc import Iterator, Mapping
from typing import Any

import openai

from reading.addresses import is_page
from worker_svc.collectors import errors, wire
from worker_svc.collectors.collector import Access, Source, source_of, sources_in
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, inner, listed, objects, said, words
from worker_svc.collectors.spoken import spoken
from worker_svc.collectors.structured import Task


def client_of(access: Access) -> openai.AsyncOpenAI:
    """A client that never tries again by itself: each try is a bill, and ours to decide."""
    return openai.AsyncOpenAI(
        api_key=access.key,
        base_url=access.base_url,
        max_retries=0,
        timeout=access.timeout_seconds,
        http_client=wire.http_client(access.timeout_seconds),
    )


async def create(client: openai.AsyncOpenAI, request: Mapping[str, Any]) -> Exchange:
    """Asks once, and keeps what came even when the connection breaks midway. Raises EngineError when nothing came."""
    return await wire.exchanged(client.responses.create(**request))


async def complete(client: openai.AsyncOpenAI, model: str, task: Task) -> Exchange:
    """Has a task done in the shape it asks for."""
    shape = {"type": "json_schema", "name": task.name, "schema": task.schema, "strict": True}
    told = {"instructions": task.instructions, "input": task.text, "text": {"format": shape}}
    return await create(client, {"model": model, **told, "store": False})


def load(received: Exchange) -> dict[str, object]:
    """A response that was completed, or ended early with something to show. Raises EngineError."""
    body = errors.load(received)
    errors.raise_if_reported(body)
    if not isinstance(body.get("output"), list):
        raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `output`.")
    if body.get("status") not in (None, "completed", "incomplete"):
        raise EngineError(ErrorKind.ENGINE_ERROR, f"The response is {body['status']}.", retryable=False)
    return body


def items(body: Mapping[str, object], kind: str) -> Iterator[dict[str, object]]:
    """The output items of one type. Items of unknown types are passed over: engines add some at any time."""
    return (item for item in objects(body.get("output")) if item.get("type") == kind)


def messages(body: Mapping[str, object]) -> list[dict[str, object]]:
    """The messages that are the answer, not what a model remarks on its work meanwhile."""
    return [message for message in items(body, "message") if message.get("phase") != "commentary"]


def text_of(body: Mapping[str, object]) -> str:
    """The text of the answer. Raises EngineError when there is none."""
    texts = [spoken("".join(_words(part) for part in parts(message))) for message in messages(body)]
    text = "\n\n".join(filter(None, texts))
    if not text:
        raise EngineError(ErrorKind.NO_ANSWER, f"The engine gave no text; the response is {finish_reason(body)}.")
    return text


def parts(message: Mapping[str, object]) -> list[dict[str, object]]:
    """The parts of a message."""
    return objects(message.get("content"))


def cited(body: Mapping[str, object]) -> list[Source]:
    """The pages cited in the text, in order; without any, those that xAI lists beside it."""
    annotated = [
        source_of(inner(note, "url_citation") or note)
        for message in messages(body)
        for part in parts(message)
        for note in objects(part.get("annotations"))
    ]
    return [source for source in annotated if source.url] or _listed(body)


def found(body: Mapping[str, object]) -> list[Source]:
    """The pages that tools gave the model or that it opened: results, sources of a search, a page's address."""
    tools = [item for item in objects(body["output"]) if item.get("type") not in ("message", "reasoning")]
    return [*sources_in(tools), *_listed(body)]


def _listed(body: Mapping[str, object]) -> list[Source]:
    return [Source(url) for url in listed(body.get("citations")) if isinstance(url, str) and is_page(url)]


def finish_reason(body: Mapping[str, object]) -> str:
    """completed, or why it ended early, such as max_output_tokens; refusal for an answer that refuses."""
    if any(part.get("type") == "refusal" for message in messages(body) for part in parts(message)):
        return "refusal"
    return words(inner(body, "incomplete_details"), "reason") or words(body, "status") or "completed"


def _words(part: Mapping[str, object]) -> str:
    return said(part, "refusal" if part.get("type") == "refusal" else "text")
