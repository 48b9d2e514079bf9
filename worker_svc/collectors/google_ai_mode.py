"""Google AI Mode, through SerpApi: one paid search a question.

Format: SerpApi's documentation, "Google AI Mode API".
"""

from worker_svc.collectors import errors, prices, serp
from worker_svc.collectors.collector import Access, Answer, Collector, Question, each_once
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange, objects, words


class GoogleAiMode(Collector):
    """Google AI Mode."""

    name = "google_ai_mode"
    title = "Google AI Mode"
    variable = "SERPAPI"
    base_url = "https://serpapi.com"
    model = "google_ai_mode"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._serpapi = serp.SerpApi(access)

    async def ask(self, question: Question) -> Exchange:
        """Searches once."""
        return await self._serpapi.search(
            {"engine": "google_ai_mode", "q": question.text, **serp.google_place(question)}
        )

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = errors.load(exchange)
        cost = exchange.calls * prices.SERPAPI_SEARCH_MICRO_USD
        blocks = objects(body.get("text_blocks"))
        text = serp.text_of(blocks)
        if not text:
            raise EngineError(
                errors.NO_ANSWER, words(body, "error") or "Google gave no AI Mode answer to this question."
            )
        return Answer(
            text=text,
            model="google-ai-mode",
            citations=each_once(serp.sources_of(body, blocks)),
            finish_reason="completed",
            cost_micro_usd=cost,
        )
