"""Mistral: its Conversations API with the web search connector.

Format: Mistral's documentation, "Conversations" and "Websearch". A plain chat completion is read too.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worker_svc.collectors import billing, chat, errors, prices, wire
from worker_svc.collectors.billing import Bill, Counts
from worker_svc.collectors.collector import Access, Answer, Question, Source, source_of, sources_in, told_apart
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, decoded, inner, objects, words
from worker_svc.collectors.structured import StructuredCollector, Task

if TYPE_CHECKING:
    from mistralai.client import Mistral as MistralClient

SEARCH = "web_search"
COUNTS = Counts(("prompt_tokens", "connector_tokens"), ("completion_tokens",), "total_tokens")
"""What the search puts before the model is charged for like what was sent."""


class Mistral(StructuredCollector):
    """Mistral, searching the web."""

    name = "mistral"
    title = "Mistral"
    variable = "MISTRAL"
    base_url = "https://api.mistral.ai"
    model = "mistral-medium-latest"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._http = wire.http_client(access.timeout_seconds)

    @cached_property
    def _client(self) -> "MistralClient":
        from mistralai.client import Mistral as MistralClient

        return MistralClient(api_key=self.access.key, server_url=self.access.base_url, async_client=self._http)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        from mistralai.client.models import WebSearchTool

        asking = self._client.beta.conversations.start_async(
            model=self.access.model,
            inputs=question.text,
            tools=[WebSearchTool()],
            store=False,
            retries=None,
            timeout_ms=round(self.access.timeout_seconds * 1_000),
        )
        return await wire.exchanged(asking)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, by a plain chat completion."""
        from mistralai.client.models import JSONSchema, ResponseFormat, SystemMessage, UserMessage

        shape = JSONSchema(name=task.name, schema_definition=task.schema, strict=True)
        messages: Any = [SystemMessage(content=task.instructions), UserMessage(content=task.text)]
        asking = self._client.chat.complete_async(
            model=self.access.model,
            messages=messages,
            response_format=ResponseFormat(type="json_schema", json_schema=shape),
            retries=None,
            timeout_ms=round(self.access.timeout_seconds * 1_000),
        )
        return await wire.exchanged(asking)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a conversation, or a completion."""
        body = errors.load(exchange)
        errors.raise_if_reported(body)
        if isinstance(body.get("choices"), list):
            return chat.read(exchange)
        if not isinstance(body.get("outputs"), list):
            raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `outputs`.")
        outputs = objects(body["outputs"])
        messages = [output for output in outputs if output.get("type") == "message.output"]
        text = "\n\n".join(filter(None, (chat.text_of(message) for message in messages)))
        if not text:
            raise EngineError(ErrorKind.NO_ANSWER, "Mistral gave no text.")
        charged, searches = cls.bill(body, exchange), _searches(outputs)
        cited = [source for message in messages for source in _cited(message)]
        citations, searched = told_apart(cited, sources_in(searches), exchange.pages)
        return Answer(
            text=text,
            model=_model(messages),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(filter(None, map(_query, searches)))),
            finish_reason="completed",
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost: tokens, and searches."""
        if isinstance(body.get("choices"), list):
            return chat.bill(body, exchange)
        outputs = objects(body.get("outputs"))
        fees = len(_searches(outputs)) * prices.MISTRAL_WEB_SEARCH_MICRO_USD
        return billing.billed(exchange, body, _model(outputs), inner(body, "usage"), COUNTS, fees_micro_usd=fees)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()


def _cited(message: Mapping[str, object]) -> Iterator[Source]:
    for part in objects(message.get("content")):
        if part.get("type") in ("tool_reference", "reference"):
            yield source_of(part)


def _searches(outputs: list[dict[str, object]]) -> list[dict[str, object]]:
    return [o for o in outputs if o.get("type") == "tool.execution" and words(o, "name").startswith(SEARCH)]


def _model(outputs: list[dict[str, object]]) -> str:
    return next(filter(None, (words(output, "model") for output in outputs)), "")


def _query(search: Mapping[str, object]) -> str:
    return words(decoded(words(search, "arguments")), "query")
