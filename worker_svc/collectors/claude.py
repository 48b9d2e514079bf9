"""Claude: Anthropic's Messages API with its web search tool.

Format: Anthropic's documentation, "Messages", "Message Batches" and "Web search tool".
"""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reading.addresses import is_page
from worker_svc.collectors import billing, errors, places, prices, wire
from worker_svc.collectors.batch import BatchCollector, answer_of, lines, named
from worker_svc.collectors.billing import Bill, Counts
from worker_svc.collectors.collector import Access, Answer, Question, Source, sources_in, told_apart
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, count, inner, listed, objects, said, words
from worker_svc.collectors.structured import MAX_TOKENS as MAX_TASK_TOKENS
from worker_svc.collectors.structured import StructuredCollector, Task

if TYPE_CHECKING:
    import anthropic

MAX_TOKENS = 4_096
MAX_SEARCHES = 5
NOT_ASKED = ("canceled", "expired")
"""Results of requests that a batch did not come to; they are not charged."""
MAX_TURNS = 5
"""A search that takes long is paused, and continued by a further request; not for ever."""
INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
COUNTS = Counts(INPUT, ("output_tokens",), "total_tokens")


class Claude(BatchCollector, StructuredCollector):
    """Claude, searching the web."""

    name = "claude"
    title = "Claude"
    variable = "ANTHROPIC"
    base_url = "https://api.anthropic.com"
    model = "claude-sonnet-5-5"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._http = wire.http_client(access.timeout_seconds)

    @cached_property
    def _client(self) -> "anthropic.AsyncAnthropic":
        import anthropic

        return anthropic.AsyncAnthropic(
            api_key=self.access.key,
            base_url=self.access.base_url,
            max_retries=0,
            timeout=self.access.timeout_seconds,
            http_client=self._http,
        )

    async def ask(self, question: Question) -> Exchange:
        """Asks, and lets it go on while it pauses. What comes back is one message, with all that was said."""
        request = self._request(question)
        messages: Any = request["messages"]
        turns: list[dict[str, object]] = []
        for _ in range(MAX_TURNS):
            exchange = await wire.exchanged(self._client.messages.create(**{**request, "messages": messages}))
            message = _message(exchange)
            if message is None:
                return exchange if not turns else _broken(turns, exchange)
            turns.append(message)
            if message.get("stop_reason") != "pause_turn":
                break
            messages = [
                messages[0],
                {"role": "assistant", "content": [block for turn in turns for block in listed(turn["content"])]},
            ]
        return exchange if len(turns) == 1 else _joined(turns, exchange)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, without a search."""
        asking = self._client.messages.create(
            model=self.access.model,
            max_tokens=MAX_TASK_TOKENS,
            system=task.instructions,
            messages=[{"role": "user", "content": task.text}],
            output_config={"format": {"type": "json_schema", "schema": task.schema}},
        )
        return await wire.exchanged(asking)

    async def submit(self, questions: Mapping[str, Question]) -> str:
        """Hands in a batch of messages. An answer that pauses is taken as far as it came: a batch has one turn."""
        requests: Any = [{"custom_id": key, "params": self._request(question)} for key, question in questions.items()]
        return named(await wire.exchanged(self._client.messages.batches.create(requests=requests)), "id")

    async def fetch(self, reference: str, keys: Sequence[str]) -> dict[str, Exchange | None] | None:
        """Reads the results, once all requests have ended."""
        batch = errors.load(await wire.exchanged(self._client.messages.batches.retrieve(reference)))
        if words(batch, "processing_status") != "ended":
            return None
        results = await wire.exchanged(self._client.messages.batches.results(reference))
        return {
            key: _result(inner(line, "result"))
            for line in lines(results)
            if (key := words(line, "custom_id")) in keys
            if words(inner(line, "result"), "type") in (*NOT_ASKED, "succeeded", "errored")
        }

    async def cancel(self, reference: str) -> None:
        """Asks for an end."""
        errors.load(await wire.exchanged(self._client.messages.batches.cancel(reference)))

    def _request(self, question: Question) -> dict[str, Any]:
        tool: dict[str, object] = {"type": "web_search_20250305", "name": "web_search", "max_uses": MAX_SEARCHES}
        if question.country:
            tool["user_location"] = places.approximate(question)
        messages = [{"role": "user", "content": question.text}]
        return {"model": self.access.model, "max_tokens": MAX_TOKENS, "messages": messages, "tools": [tool]}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a message."""
        body = errors.load(exchange)
        errors.raise_if_reported(body)
        if not isinstance(body.get("content"), list):
            raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `content`.")
        blocks = objects(body["content"])
        reason = words(body, "stop_reason") or None
        text = _text(blocks)
        if not text:
            raise EngineError(ErrorKind.NO_ANSWER, f"Claude gave no text; it stopped for {reason or 'no reason'}.")
        charged = cls.bill(body, exchange)
        citations, searched = told_apart(_cited(blocks), _found(blocks), exchange.pages)
        return Answer(
            text=text,
            model=words(body, "model"),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(_queries(blocks))),
            finish_reason=reason,
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost: tokens, and searches."""
        usage = inner(body, "usage")
        searches = count(inner(usage, "server_tool_use"), "web_search_requests") or 0
        fees = searches * prices.ANTHROPIC_WEB_SEARCH_MICRO_USD
        return billing.billed(exchange, body, words(body, "model"), usage, COUNTS, fees_micro_usd=fees)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()


def _result(result: Mapping[str, object]) -> Exchange | None:
    """One result of a batch; None for a request that it did not come to."""
    if result["type"] in NOT_ASKED:
        return None
    return answer_of(result.get("message" if result["type"] == "succeeded" else "error"))


def _message(exchange: Exchange) -> dict[str, object] | None:
    """The message of a response; None where it is anything else."""
    try:
        body = errors.load(exchange)
    except EngineError:
        return None
    return body if isinstance(body.get("content"), list) else None


def _blocks(turns: list[dict[str, object]]) -> list[object]:
    return [block for turn in turns for block in listed(turn["content"])]


def _joined(turns: list[dict[str, object]], last: Exchange) -> Exchange:
    """The turns as one message: all their blocks, and their usage together."""
    return Exchange(json.dumps(_message_of(turns)), last.status, last.headers, calls=len(turns), at=last.at)


def _message_of(turns: list[dict[str, object]]) -> dict[str, object]:
    content = [block for turn in turns for block in listed(turn["content"])]
    return {**turns[-1], "content": content, "usage": _usage(turns)}


def _broken(turns: list[dict[str, object]], last: Exchange) -> Exchange:
    """A later turn that failed: the earlier ones were paid for, so that it is not to be tried again from the start."""
    try:
        errors.load(last)
        why = "it has an unknown shape"
    except EngineError as error:
        why = error.message
    raise EngineError(
        ErrorKind.ENGINE_ERROR,
        f"Turn {len(turns) + 1} of a paused answer failed: {why}",
        retryable=False,
        is_fate_unknown=True,
        cost_micro_usd=Claude.bill(_message_of(turns), last).cost_micro_usd,
    )


def _usage(turns: list[dict[str, object]]) -> dict[str, object]:
    usages = [inner(turn, "usage") for turn in turns]
    searches = sum(count(inner(usage, "server_tool_use"), "web_search_requests") or 0 for usage in usages)
    names = (*INPUT, "output_tokens")
    summed: dict[str, object] = {name: sum(count(usage, name) or 0 for usage in usages) for name in names}
    return {**summed, "server_tool_use": {"web_search_requests": searches}}


def _text(blocks: list[dict[str, object]]) -> str:
    """The text blocks: a sentence with a citation is a block of its own, and what tools stand between begins anew."""
    groups = groupby(blocks, lambda block: block.get("type") == "text")
    parts = ["".join(said(block, "text") for block in group) for is_text, group in groups if is_text]
    return "\n\n".join(filter(None, (part.strip() for part in parts)))


def _cited(blocks: list[dict[str, object]]) -> list[Source]:
    """Of the web; of a fetched page, whose citation names its title alone; and of search results of one's own."""
    fetched = {source.title: source.url for source in _fetched(blocks)}
    notes = [n for block in blocks if block.get("type") == "text" for n in objects(block.get("citations"))]
    return [
        Source(url.strip(), words(note, "title") or words(note, "document_title") or None)
        for note in notes
        if is_page(url := words(note, "url") or words(note, "source") or fetched.get(words(note, "document_title"), ""))
    ]


def _fetched(blocks: list[dict[str, object]]) -> list[Source]:
    results = [inner(block, "content") for block in blocks if block.get("type") == "web_fetch_tool_result"]
    return [Source(words(result, "url"), words(inner(result, "content"), "title") or None) for result in results]


def _found(blocks: list[dict[str, object]]) -> list[Source]:
    """What its searches gave, and the pages that it opened."""
    results = [block.get("content") for block in blocks if block.get("type") == "web_search_tool_result"]
    return [*sources_in(results), *_fetched(blocks)]


def _queries(blocks: list[dict[str, object]]) -> list[str]:
    searches = [b for b in blocks if b.get("type") == "server_tool_use" and b.get("name") == "web_search"]
    return [query for search in searches if (query := words(inner(search, "input"), "query"))]
