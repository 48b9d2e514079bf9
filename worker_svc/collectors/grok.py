"""Grok: xAI's Responses API, which speaks OpenAI's format, with its searches of the web and of X.

Format: xAI docs, "Responses API", "Web search" and "X search".
"""

from collections.abc import Mapping

from worker_svc.collectors import prices, responses
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
        """Asks once. xAI takes no country: where it matters, the question should say so."""
        tools = [{"type": "web_search"}, {"type": "x_search"}]
        request = {"model": self.access.model, "input": question.text, "tools": tools, "store": False}
        return await responses.create(self._client, request)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, without a search."""
        return await responses.complete(self._client, self.access.model, task)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        model = words(body, "model")
        tokens_in, tokens_out = responses.count(body, "input_tokens"), responses.count(body, "output_tokens")
        searches = [item for kind in SEARCHES for item in responses.items(body, kind)]
        cost = prices.token_cost(model, tokens_in, tokens_out)
        if cost is not None:
            cost += prices.XAI_TOOL_MICRO_USD * _tools_used(body, searches)
        citations, searched = told_apart(responses.cited(body), responses.found(body), exchange.pages)
        return Answer(
            text=responses.text_of(body, cost),
            model=model,
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(filter(None, map(_query, searches)))),
            finish_reason=responses.finish_reason(body),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_micro_usd=cost,
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _query(search: Mapping[str, object]) -> str:
    """What a search looked for: in the arguments of the tool, which are JSON in a string, or in its action."""
    given = decoded(words(search, "arguments") or words(search, "input"))
    return words(given, "query") or words(inner(search, "action"), "query")


def _tools_used(body: Mapping[str, object], searches: list[dict[str, object]]) -> int:
    told = count(inner(body, "usage"), "num_server_side_tools_used")
    return len(searches) if told is None else told
