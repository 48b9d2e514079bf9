"""ChatGPT: OpenAI's Responses API with its web search tool.

Format: OpenAI API reference, "Responses", "Batch" and the guide "Web search".
"""

import json
from collections.abc import Mapping, Sequence

from worker_svc.collectors import billing, errors, places, prices, responses, wire
from worker_svc.collectors.batch import BatchCollector, answer_of, lines, named
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.collector import Access, Answer, Question, told_apart
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, count, inner, listed, objects, words
from worker_svc.collectors.structured import StructuredCollector, Task

NOT_ASKED = ("batch_expired", "batch_cancelled")
"""Codes of requests that a batch did not come to."""
ENDED = ("completed", "expired", "cancelled", "failed")
"""States in which a batch does no more."""


class ChatGpt(BatchCollector, StructuredCollector):
    """ChatGPT, searching the web."""

    name = "chatgpt"
    title = "ChatGPT"
    variable = "OPENAI"
    base_url = "https://api.openai.com/v1"
    model = "gpt-6.1-sol"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        return await responses.create(self._client, self._request(question))

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, without a search."""
        return await responses.complete(self._client, self.access.model, task)

    async def submit(self, questions: Mapping[str, Question]) -> str:
        """Hands in a file with a line for each question, and a batch of that file."""
        rows = [
            {"custom_id": key, "method": "POST", "url": "/v1/responses", "body": self._request(question)}
            for key, question in questions.items()
        ]
        file = ("questions.jsonl", "\n".join(map(json.dumps, rows)).encode())
        uploaded = await wire.exchanged(self._client.files.create(file=file, purpose="batch"))
        handed_in = await wire.exchanged(
            self._client.batches.create(
                input_file_id=named(uploaded, "id"), endpoint="/v1/responses", completion_window="24h"
            )
        )
        return named(handed_in, "id")

    async def fetch(self, reference: str, keys: Sequence[str]) -> dict[str, Exchange | None] | None:
        """Reads the files of answers and of errors, once the batch has ended."""
        batch = errors.load(await wire.exchanged(self._client.batches.retrieve(reference)))
        if words(batch, "status") not in ENDED:
            return None
        if words(batch, "status") == "failed":
            raise EngineError(ErrorKind.INVALID_REQUEST, _why_failed(batch))
        files = [words(batch, name) for name in ("output_file_id", "error_file_id")]
        got = [await wire.exchanged(self._client.files.content(file)) for file in files if file]
        return {
            key: _answer_in(line)
            for exchange in got
            for line in lines(exchange)
            if (key := words(line, "custom_id")) in keys
            if inner(line, "response") or words(inner(line, "error"), "code") in NOT_ASKED
        }

    async def cancel(self, reference: str) -> None:
        """Asks for an end."""
        errors.load(await wire.exchanged(self._client.batches.cancel(reference)))

    def _request(self, question: Question) -> dict[str, object]:
        # Without a `user_location` OpenAI searches from the United States; one without a country is from nowhere.
        tool = {"type": "web_search", "user_location": places.approximate(question)}
        return {"model": self.access.model, "input": question.text, "tools": [tool], "store": False}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        charged, searches = cls.bill(body, exchange), _searches(body)
        citations, searched = told_apart(responses.cited(body), responses.found(body), exchange.pages)
        return Answer(
            text=responses.text_of(body),
            model=words(body, "model"),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(query for action in searches for query in _queries(action))),
            finish_reason=responses.finish_reason(body),
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost: tokens, and searches."""
        usage, fees = inner(body, "usage"), _paid_searches(_searches(body))
        return billing.billed(exchange, body, words(body, "model"), usage, billing.RESPONSES, fees_micro_usd=fees)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _searches(body: Mapping[str, object]) -> list[dict[str, object]]:
    """What each call of the search tool did."""
    return [inner(item, "action") for item in responses.items(body, "web_search_call")]


def _queries(action: Mapping[str, object]) -> list[str]:
    """What a search looked for: newer responses list `queries` beside `query`."""
    found = listed(action.get("queries")) or [action.get("query")]
    return [query for query in found if isinstance(query, str) and query]


def _paid_searches(actions: list[dict[str, object]]) -> int:
    """Searches are charged for; opening a page or looking into one is not."""
    return prices.OPENAI_WEB_SEARCH_MICRO_USD * len([a for a in actions if a.get("type") == "search"])


def _answer_in(line: Mapping[str, object]) -> Exchange | None:
    response = inner(line, "response")
    return answer_of(response.get("body"), count(response, "status_code") or 200) if response else None


def _why_failed(batch: Mapping[str, object]) -> str:
    faults = objects(inner(batch, "errors").get("data"))
    return f"The batch was refused: {words(faults[0], 'message') if faults else 'the engine does not say why'}"
