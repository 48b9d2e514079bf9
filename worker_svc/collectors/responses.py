"""OpenAI's Responses format, which Perplexity's Agent API shares: one way to ask, one to read."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2
import openai

from worker_svc.collectors import errors
from worker_svc.collectors.collector import Access, Source
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import MAX_BODY_BYTES, Exchange, inner, objects, words

MAX_COUNT = 2**31
"""No call has so many tokens; a larger number is no count."""


def client_of(access: Access) -> openai.AsyncOpenAI:
    """A client that never tries again by itself: each try is a bill, and ours to decide."""
    return openai.AsyncOpenAI(
        api_key=access.key, base_url=access.base_url, timeout=access.timeout_seconds, max_retries=0
    )


async def create(client: openai.AsyncOpenAI, request: Mapping[str, Any]) -> Exchange:
    """Asks once, and keeps what came even when the connection breaks midway. Raises EngineError when nothing came."""
    try:
        async with client.responses.with_streaming_response.create(**request) as response:
            return await _received(response)
    except openai.APIStatusError as error:
        return Exchange(error.response.text, error.response.status_code, dict(error.response.headers))
    except openai.APIConnectionError as error:
        raise _no_response(error) from None


async def _received(response: Any) -> Exchange:
    chunks, size, is_cut = [], 0, False
    try:
        async for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                is_cut = True
                break
    except httpx2.TransportError:
        is_cut = True
    body = b"".join(chunks).decode("utf-8", "replace")
    return Exchange(body, response.status_code, dict(response.headers), is_cut)


def _no_response(error: openai.APIConnectionError) -> EngineError:
    cause = error.__cause__
    if isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)):
        return EngineError(errors.ENGINE_ERROR, f"The engine can't be reached: {cause}")
    if isinstance(error, openai.APITimeoutError):
        return EngineError(errors.TIMEOUT, "The engine did not answer in time.", is_fate_unknown=True)
    return EngineError(errors.ENGINE_ERROR, f"The connection broke: {cause}", retryable=False, is_fate_unknown=True)


def load(exchange: Exchange) -> dict[str, Any]:
    """A response that was completed, or ended early with something to show. Raises EngineError."""
    body = errors.load(exchange)
    if isinstance(body.get("error"), dict):
        raise errors.from_body(body["error"])
    if not isinstance(body.get("output"), list):
        raise EngineError(errors.UNREADABLE, "The answer has no list `output`.")
    if body.get("status") not in (None, "completed", "incomplete"):
        raise EngineError(errors.ENGINE_ERROR, f"The response is {body['status']}.", retryable=False)
    return body


def items(body: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """The output items of one type. Items of unknown types are passed over: engines add some at any time."""
    return (item for item in objects(body["output"]) if item.get("type") == kind)


def text_of(body: Mapping[str, Any]) -> str:
    """The text of all messages. Raises EngineError when there is none."""
    messages = ["".join(_words(part) for part in parts(message)) for message in items(body, "message")]
    text = "\n\n".join(filter(None, (message.strip() for message in messages)))
    if not text:
        reason = finish_reason(body)
        raise EngineError(errors.NO_ANSWER, f"The engine gave no text; the response is {reason}.")
    return text


def parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of a message."""
    return objects(message.get("content"))


def annotations(body: Mapping[str, Any]) -> list[Source]:
    """The pages cited in the text, in order."""
    return [
        Source(words(note, "url"), words(note, "title") or None)
        for message in items(body, "message")
        for part in parts(message)
        for note in objects(part.get("annotations"))
        if words(note, "url")
    ]


def finish_reason(body: Mapping[str, Any]) -> str:
    """completed, or why it ended early, such as max_output_tokens; refusal for an answer that refuses."""
    if any(part.get("type") == "refusal" for message in items(body, "message") for part in parts(message)):
        return "refusal"
    return words(inner(body, "incomplete_details"), "reason") or words(body, "status") or "completed"


def count(body: Mapping[str, Any], name: str) -> int | None:
    """A number of the usage report."""
    value = inner(body, "usage").get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_COUNT else None


def _words(part: Mapping[str, Any]) -> str:
    value = part.get("refusal") if part.get("type") == "refusal" else part.get("text")
    return value if isinstance(value, str) else ""
