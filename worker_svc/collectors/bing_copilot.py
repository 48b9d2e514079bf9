"""Bing Copilot, through SerpApi: one paid search a question.

Format: SerpApi's documentation, "Bing Copilot API".
"""

from worker_svc.collectors import errors, prices, serp
from worker_svc.collectors.collector import Access, Answer, Collector, Question, each_once
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange, objects, words


class BingCopilot(Collector):
    """Bing Copilot."""

    name = "bing_copilot"
    title = "Bing Copilot"
    variable = "SERPAPI"
    base_url = "https://serpapi.com"
    model = "bing_copilot"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._serpapi = serp.SerpApi(access)

    async def ask(self, question: Question) -> Exchange:
        """Searches once. It takes no language and no country: where they matter, the question should say so."""
        return await self._serpapi.search({"engine": "bing_copilot", "q": question.text})

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = errors.load(exchange)
        cost = exchange.calls * prices.SERPAPI_SEARCH_MICRO_USD
        blocks = objects(body.get("text_blocks"))
        text = serp.text_of(blocks)
        if not text:
            told = words(body, "error") or "Bing gave no Copilot answer to this question."
            raise EngineError(errors.NO_ANSWER, told, cost_micro_usd=cost)
        if header := words(body, "header"):
            text = f"## {header}\n\n{text}"
        return Answer(
            text=text,
            model="bing-copilot",
            citations=each_once(serp.sources_of(body, blocks)),
            finish_reason="completed",
            cost_micro_usd=cost,
        )
