"""OpenAI's chat-completions format, which most engines without a search of their own speak.

Format: OpenAI API reference, "Chat completions"; what DeepSeek, Mistral and OpenRouter add to it is in their own pages.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from worker_svc.collectors import errors, prices, responses, wire
from worker_svc.collectors.collector import Access, Answer, Question, Source, each_once
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, count, inner, listed, objects, said, words
from worker_svc.collectors.structured import StructuredCollector, Task


class ChatCollector(StructuredCollector):
    """An engine that is asked by a plain chat completion."""

    takes_schema: ClassVar[bool] = True
    """Otherwise it only promises JSON, and the instructions say its shape."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        message: Any = {"role": "user", "content": question.text}
        return await wire.exchanged(self._client.chat.completions.create(model=self.access.model, messages=[message]))

    async def complete(self, task: Task) -> Exchange:
        """Has a task done."""
        messages: Any = [
            {"role": "system", "content": task.instructions},
            {"role": "user", "content": task.text},
        ]
        schema = {"name": task.name, "schema": task.schema, "strict": True}
        shape: Any = {"type": "json_schema", "json_schema": schema} if self.takes_schema else {"type": "json_object"}
        asking = self._client.chat.completions.create(model=self.access.model, messages=messages, response_format=shape)
        return await wire.exchanged(asking)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a completion."""
        return read(exchange)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def read(exchange: Exchange) -> Answer:
    """Reads a completion. Raises EngineError when it holds no text."""
    body = load(exchange)
    choice = next(iter(objects(body.get("choices"))), {})
    message = inner(choice, "message")
    text = text_of(message)
    reason = words(choice, "finish_reason") or None
    if not text:
        raise EngineError(ErrorKind.NO_ANSWER, f"The engine gave no text; it finished with {reason or 'no reason'}.")
    model = words(body, "model")
    usage = inner(body, "usage")
    tokens_in, tokens_out = count(usage, "prompt_tokens"), count(usage, "completion_tokens")
    told = prices.told_cost(usage.get("cost"))  # OpenRouter says what it charged
    return Answer(
        text=text,
        model=model,
        citations=each_once(_cited(message) + _listed(body)),
        finish_reason="refusal" if words(message, "refusal") else reason,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        cost_micro_usd=prices.token_cost(model, tokens_in, tokens_out) if told is None else told,
    )


def load(exchange: Exchange) -> dict[str, object]:
    """A completion's body. Raises EngineError."""
    body = errors.load(exchange)
    error = body.get("error")
    if isinstance(error, dict):
        raise errors.from_body(error)
    if not isinstance(body.get("choices"), list):
        raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `choices`.")
    return body


def text_of(message: Mapping[str, object]) -> str:
    """A message's text: a string, or parts of which those of type text are shown."""
    content = message.get("content")
    if isinstance(content, str) and content.strip():
        return content.strip()
    parts = [part for part in objects(content) if part.get("type") in (None, "text")]
    spoken = "".join(said(part, "text") for part in parts).strip()
    return spoken or words(message, "refusal")


def _cited(message: Mapping[str, object]) -> list[Source]:
    """What OpenAI and OpenRouter annotate."""
    notes = [inner(note, "url_citation") for note in objects(message.get("annotations"))]
    return [Source(words(note, "url"), words(note, "title") or None) for note in notes if words(note, "url")]


def _listed(body: Mapping[str, object]) -> list[Source]:
    """What others list beside the choices: `citations` as addresses, or `search_results` with titles."""
    results = [
        Source(words(result, "url"), words(result, "title") or None)
        for result in objects(body.get("search_results"))
        if words(result, "url")
    ]
    return results or [Source(url.strip()) for url in listed(body.get("citations")) if isinstance(url, str) and url]
