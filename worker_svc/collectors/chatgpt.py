"""ChatGPT: OpenAI's Responses API with its web search tool.

Format: OpenAI API reference, "Responses" and the guide "Web search".
"""

from collections.abc import Mapping
from typing import Any

from worker_svc.collectors import prices, responses
from worker_svc.collectors.collector import Access, Answer, Collector, Question, each_once
from worker_svc.collectors.exchange import Exchange, inner, listed, words


class ChatGpt(Collector):
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
        tool: dict[str, Any] = {"type": "web_search"}
        if question.country:
            tool["user_location"] = {"type": "approximate", "country": question.country}
            if question.city:
                tool["user_location"]["city"] = question.city
        request = {"model": self.access.model, "input": question.text, "tools": [tool], "store": False}
        return await responses.create(self._client, request)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        model = words(body, "model")
        tokens_in, tokens_out = responses.count(body, "input_tokens"), responses.count(body, "output_tokens")
        searches = [inner(item, "action") for item in responses.items(body, "web_search_call")]
        cost = prices.token_cost(model, tokens_in, tokens_out)
        return Answer(
            text=responses.text_of(body),
            model=model,
            citations=each_once(responses.annotations(body)),
            search_queries=tuple(dict.fromkeys(query for action in searches for query in _queries(action))),
            finish_reason=responses.finish_reason(body),
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            cost_micro_usd=None if cost is None else cost + _paid_searches(searches),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _queries(action: Mapping[str, Any]) -> list[str]:
    """What a search looked for: newer responses list `queries` beside `query`."""
    found = listed(action.get("queries")) or [action.get("query")]
    return [query for query in found if isinstance(query, str) and query]


def _paid_searches(actions: list[dict[str, Any]]) -> int:
    """Searches are charged for; opening a page or looking into one is not."""
    return prices.OPENAI_WEB_SEARCH_MICRO_USD * len([a for a in actions if a.get("type") == "search"])
