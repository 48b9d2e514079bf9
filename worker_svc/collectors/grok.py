"""Grok: xAI's Responses API, which speaks OpenAI's format, with its searches of the web and of X.

Format: xAI docs, "Responses API", "Web search" and "X search".
"""

from collections.abc import Mapping

from worker_svc.collectors import billing, places, prices, responses
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.collector import Access, Answer, Question, told_apart
from worker_svc.collectors.exchange import Exchange, count, decoded, inner, words
from worker_svc.collectors.structured import StructuredCollector, Task

SEARCHES = ("web_search_call", "x_search_call", "custom_tool_call")


class Grok(StructuredCollector):
    """Grok, searching the web and X."""

    name = "grok"
    title = "Grok"
    variable = "XAI"
    base_url = "https://api.x.ai/v1"
    model = "grok-4.3"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once. The search of the web takes a place, that of X takes none."""
        place = {"user_location": places.approximate(question)} if question.country else {}
        tools = [{"type": "web_search", **place}, {"type": "x_search"}]
        request = {"model": self.access.model, "input": question.text, "tools": tools, "store": False}
        return await responses.create(self._client, request)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, without a search."""
        return await responses.complete(self._client, self.access.model, task)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        charged = cls.bill(body, exchange)
        citations, searched = told_apart(responses.cited(body), responses.found(body), exchange.pages)
        return Answer(
            text=responses.text_of(body),
            model=words(body, "model"),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(filter(None, map(_query, _searches(body))))),
            finish_reason=responses.finish_reason(body),
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost: xAI says so itself; where it does not, tokens and tools."""
        usage, fees = inner(body, "usage"), prices.XAI_TOOL_MICRO_USD * _tools_used(body)
        return billing.billed(exchange, body, words(body, "model"), usage, billing.RESPONSES, fees_micro_usd=fees)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _query(search: Mapping[str, object]) -> str:
    """What a search looked for: in the arguments of the tool, which are JSON in a string, or in its action."""
    given = decoded(words(search, "arguments") or words(search, "input"))
    return words(given, "query") or words(inner(search, "action"), "query")


def _searches(body: Mapping[str, object]) -> list[dict[str, object]]:
    return [item for kind in SEARCHES for item in responses.items(body, kind)]


def _tools_used(body: Mapping[str, object]) -> int:
    told = count(inner(body, "usage"), "num_server_side_tools_used")
    return len(_searches(body)) if told is None else told
