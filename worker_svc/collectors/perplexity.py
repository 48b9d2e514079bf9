"""Perplexity: its Agent API, which speaks OpenAI's Responses format and adds `search_results`.

Format: Perplexity's documentation, "Agent API", and the types of its SDK. The Sonar
chat-completions endpoint ended on 27 September 2026.
"""

import re
from collections.abc import Mapping

from worker_svc.collectors import billing, places, responses
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.collector import Access, Answer, Question, Source, source_of, told_apart
from worker_svc.collectors.exchange import Exchange, inner, listed, objects, words
from worker_svc.collectors.structured import StructuredCollector, Task

EFFORTS = ("fast", "low", "medium", "high", "xhigh")
"""Levels of effort, each a model, its search and its instructions; a release of one is named like fast@2026-10-16.0.

They took the place of presets, whose older names, such as pro-search, are still sent as what they are."""
MARKER = re.compile(r"\[(?:web:)?(\d{1,3})\]")
"""How the text refers to a search result by its id."""


class Perplexity(StructuredCollector):
    """Perplexity, with one of its search presets."""

    name = "perplexity"
    title = "Perplexity"
    variable = "PERPLEXITY"
    base_url = "https://api.perplexity.ai/v1"
    model = "fast"
    """A level of effort; a preset, or a model as provider/model, when set so."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = responses.client_of(access)

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        extra = self._chosen()
        if question.locale and (language := places.language(question.locale)):
            extra["language_preference"] = language
        request: dict[str, object] = {"input": question.text, "extra_body": extra}
        if question.country or "model" in extra:
            location = {"user_location": _location(question)} if question.country else {}
            request["tools"] = [{"type": "web_search", **location}]
        return await responses.create(self._client, request)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done. A preset may search for it nevertheless; a model does not."""
        shape = {"type": "json_schema", "json_schema": {"name": task.name, "schema": task.schema}}
        extra = {**self._chosen(), "response_format": shape}
        told = {"instructions": task.instructions, "input": task.text}
        return await responses.create(self._client, {**told, "extra_body": extra})

    def _chosen(self) -> dict[str, object]:
        """A model is named provider/model, a level of effort by one of five words, and a preset by any other.

        A request takes one of them alone.
        """
        chosen = self.access.model
        if "/" in chosen:
            return {"model": chosen}
        return {"effort" if chosen.partition("@")[0] in EFFORTS else "preset": chosen}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = responses.load(exchange)
        text = responses.text_of(body)
        charged = cls.bill(body, exchange)
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
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost, which Perplexity says itself."""
        return billing.billed(exchange, body, words(body, "model"), inner(body, "usage"), billing.RESPONSES)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()


def _location(question: Question) -> dict[str, str]:
    """Perplexity's `user_location`, which is of no type."""
    return {name: place for name, place in places.approximate(question).items() if name != "type"}


def _referred(text: str, searches: list[dict[str, object]]) -> list[Source]:
    """The results that the text refers to, in its order. When it refers to none, all that were found are cited."""
    found = [result for item in searches for result in objects(item.get("results"))]
    results = {
        str(result.get("id", place)): source_of(result)
        for place, result in enumerate(found, start=1)
        if words(result, "url")
    }
    return [results[number] for number in MARKER.findall(text) if number in results]
