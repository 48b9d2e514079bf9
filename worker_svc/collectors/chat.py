"""OpenAI's chat-completions format, which most engines without a search of their own speak.

Format: OpenAI API reference, "Chat completions"; what DeepSeek, Mistral and OpenRouter add to it is in their own pages.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from reading.addresses import is_page
from worker_svc.collectors import billing, errors, responses, wire
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.collector import Access, Answer, Question, Source, source_of, sources_in, told_apart
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, decoded, inner, listed, objects, said, words
from worker_svc.collectors.spoken import spoken
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

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost."""
        return bill(body, exchange)

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
    charged = bill(body, exchange)
    _raise_if_broken(choice, text, is_paid=bool(charged.cost_micro_usd))
    if not text:
        raise EngineError(ErrorKind.NO_ANSWER, f"The engine gave no text; it finished with {reason or 'no reason'}.")
    tools = objects(message.get("executed_tools"))
    citations, searched = _sources(body, message, tools, exchange)
    return Answer(
        text=text,
        model=words(body, "model"),
        citations=citations,
        searched=searched,
        search_queries=tuple(dict.fromkeys(filter(None, map(_query, tools)))),
        finish_reason="refusal" if words(message, "refusal") else reason,
        input_tokens=charged.input_tokens,
        output_tokens=charged.output_tokens,
        cost_micro_usd=charged.cost_micro_usd,
    )


def bill(body: Mapping[str, object], exchange: Exchange) -> Bill:
    """What a completion cost."""
    return billing.billed(exchange, body, words(body, "model"), inner(body, "usage"), billing.CHAT)


def load(exchange: Exchange) -> dict[str, object]:
    """A completion's body. Raises EngineError."""
    body = errors.load(exchange)
    errors.raise_if_reported(body)
    if not isinstance(body.get("choices"), list):
        raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `choices`.")
    return body


def text_of(message: Mapping[str, object]) -> str:
    """A message's text: a string, or parts of which those of type text are shown."""
    content = message.get("content")
    parts = [part for part in objects(content) if part.get("type") in (None, "text", "output_text")]
    whole = content if isinstance(content, str) else "".join(said(part, "text") for part in parts)
    return spoken(whole) or words(message, "refusal")


def _raise_if_broken(choice: Mapping[str, object], text: str, *, is_paid: bool) -> None:
    """Raises the error within a choice: OpenRouter and Mistral end one so when the model behind it fails midway.

    Half an answer is none. It was worked on, so that another call may be a second bill. Whatever its code, the key was
    taken and the question asked.
    """
    if not isinstance(choice.get("error"), dict) and choice.get("finish_reason") != "error":
        return
    told = errors.from_body(inner(choice, "error"))
    may_help = told.retryable and not text and not is_paid
    raise EngineError(ErrorKind.ENGINE_ERROR, told.message, retryable=may_help)


def _sources(
    body: Mapping[str, object], message: Mapping[str, object], tools: list[dict[str, object]], exchange: Exchange
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """What is cited: as annotated, else as listed, else all that was found; and what was found beside it."""
    results = [*sources_in(body.get("search_results")), *sources_in(tools)]
    cited = _annotated(message) or _listed(body.get("citations")) or _listed(message.get("citations"))
    return told_apart(cited or results, results, exchange.pages)


def _annotated(message: Mapping[str, object]) -> list[Source]:
    """What OpenAI and OpenRouter annotate."""
    notes = [inner(note, "url_citation") or note for note in objects(message.get("annotations"))]
    return [source_of(note) for note in notes if words(note, "url")]


def _listed(citations: object) -> list[Source]:
    """What Perplexity and others list: addresses, or objects with titles."""
    found = [source_of(item) if isinstance(item, dict) else Source(str(item)) for item in listed(citations)]
    return [source for source in found if is_page(source.url)]


def _query(tool: Mapping[str, object]) -> str:
    """What a tool of Groq's searched for: its arguments are JSON in a string."""
    return words(decoded(words(tool, "arguments")), "query")
