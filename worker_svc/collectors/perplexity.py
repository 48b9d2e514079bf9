"""Perplexity: its Agent API, which speaks OpenAI's Responses format and adds `search_results`.

Format: Perplexity's documentation, "Agent API", and the types of its SDK. The Sonar
chat-completions endpoint ended on 27 September 2026.
"""

import re
from collections.abc import Mapping

from worker_svc.collectors import prices, responses
from worker_svc.collectors.collector import Access, Answer, Question, Source, source_of, told_apart
from worker_svc.collectors.exchange import Exchange, inner, listed, objects, words
from worker_svc.collectors.structured import StructuredCollector, Task

MARKER = re.compile(r"\[(?:web:)?(\d{1,3})\]")
"""How the text refers to a search result by its id."""


class Perplexity(StructuredCollector):
    """Perplexity, with one of its search presets."""

    name = "perplexity"
    title = "Perplexity"
    variable = "PERPLEXITY"
    base_url = "https://api.perplexity.ai/v1"
    model = "fast"
    """A preset: a model, its search and its instructions, as Perplexity keeps them."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        extra = self._chosen()
        if question.locale:
            extra["language_preference"] = question.locale.partition("-")[0]
        request: dict[str, object] = {"input": question.text, "extra_body": extra}
        if question.country or "model" in extra:
            location = {"user_location": {"country": question.country}} if question.country else {}
            request["tools"] = [{"type": "web_search", **location}]
        return await responses.create(self._client, request)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done. A preset may search for it nevertheless; a model does not."""
        shape = {"type": "json_schema", "json_schema": {"name": task.name, "schema": task.schema}}
        extra = {**self._chosen(), "response_format": shape}
        told = {"instructions": task.instructions, "input": task.text}
        return await responses.create(self._client, {**told, "extra_body": extra})

    def _chosen(self) -> dict[str, object]:
        """A model is named provider/model, a preset by one word."""
        return {"model" if "/" in self.access.model else "preset": self.access.model}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        text = responses.text_of(body, _cost(body))
        searches = list(responses.items(body, "search_results"))
        queries = [query for item in searches for query in listed(item.get("queries")) if isinstance(query, str)]
        found = responses.found(body)
        cited = [*responses.cited(body), *_referred(text, searches)]
        citations, searched = told_apart(cited or found, found, exchange.pages)
        return Answer(
            text=text,
            model=words(body, "model"),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(queries)),
            finish_reason=responses.finish_reason(body),
            input_tokens=responses.count(body, "input_tokens"),
            output_tokens=responses.count(body, "output_tokens"),
            cost_micro_usd=_cost(body),
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _referred(text: str, searches: list[dict[str, object]]) -> list[Source]:
    """The results that the text refers to, in its order. When it refers to none, all that were found are cited."""
    found = [result for item in searches for result in objects(item.get("results"))]
    results = {
        str(result.get("id", place)): source_of(result)
        for place, result in enumerate(found, start=1)
        if words(result, "url")
    }
    return [results[number] for number in MARKER.findall(text) if number in results]


def _cost(body: Mapping[str, object]) -> int | None:
    """What Perplexity itself says the call cost."""
    return prices.told_cost(inner(inner(body, "usage"), "cost").get("total_cost"))
