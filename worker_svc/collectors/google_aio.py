"""Google AI Overviews, through SerpApi: its `google` engine, then `google_ai_overview` when that hands a token.

Format: SerpApi's documentation, "Google AI Overview API". Each of the two is one paid search.
"""

import re
from collections.abc import Mapping

from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_random_exponential

from answerbeat.kinds import Surface
from worker_svc.collectors import errors, places, prices, serp
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.collector import Access, Answer, Collector, Question, each_once
from worker_svc.collectors.errors import EngineError, ErrorKind, NoOverview
from worker_svc.collectors.exchange import Exchange, inner, words

PAGE = ("search_metadata", "search_parameters", "search_information", "organic_results", "error")
"""What makes a body a page of results; an error in one that was made says that nothing was found."""
NONE_FOR_THIS = re.compile(r"not available for this search", re.IGNORECASE)
"""What Google shows in place of an overview that a question does not get."""
TRIES = 4
"""Of the second fetch, whose token is good for a minute."""


class GoogleAiOverviews(Collector):
    """The overview that Google puts above its results."""

    name = "google_aio"
    title = "Google AI Overviews"
    variable = "SERPAPI"
    base_url = "https://serpapi.com"
    surface = Surface.RESULTS_PAGE
    model = "google"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._serpapi = serp.SerpApi(access)

    async def ask(self, question: Question) -> Exchange:
        """Searches once, and once more when the overview stands apart."""
        search = {"engine": "google", "q": question.text, **places.google(question), **serp.freshness(question)}
        first = await self._serpapi.search(search)
        token = _page_token(first)
        if token is None:
            return first
        second = await self._second(token)
        return Exchange(second.body, second.status, second.headers, second.is_cut, calls=2, at=second.at)

    async def _second(self, token: str) -> Exchange:
        """The overview itself. The first search was paid for, so a refusal here is not left to ask for both again."""
        fetching = AsyncRetrying(
            retry=retry_if_result(_is_refused),
            wait=wait_random_exponential(multiplier=0.5, max=8),
            stop=stop_after_attempt(TRIES),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        second: Exchange = await fetching(self._serpapi.search, {"engine": "google_ai_overview", "page_token": token})
        if second.status is not None and second.status >= 400:
            refused = errors.from_status(second)
            raise EngineError(
                refused.kind,
                f"The overview could not be fetched: {refused.message}",
                retryable=False,
                is_fate_unknown=refused.is_fate_unknown,
                cost_micro_usd=prices.SERPAPI_SEARCH_MICRO_USD,
            )
        return second

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response of either engine."""
        body = serp.load(exchange)
        cost = cls.bill(body, exchange).cost_micro_usd
        overview = inner(body, "ai_overview")
        shown = serp.read(overview)
        if not shown.text or shown.is_excuse:
            raise _missing(body, shown.text or words(overview, "error") or words(body, "error"), cost)
        query = words(inner(body, "search_parameters"), "q")
        return Answer(
            text=shown.text,
            model="google-ai-overview",
            citations=each_once(shown.sources, exchange.pages),
            search_queries=(query,) if query else (),
            finish_reason="completed",
            cost_micro_usd=cost,
            is_copy=serp.is_copy(body, exchange),
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost."""
        return serp.bill(body, exchange)


def _missing(body: Mapping[str, object], told: str, cost_micro_usd: int | None) -> EngineError:
    """Why there is no overview: the page shows none, which is a finding; or Google meant to and could not."""
    parameters = inner(body, "search_parameters")
    is_page = any(name in body for name in PAGE)
    is_announced = bool(inner(body, "ai_overview")) or words(parameters, "engine") == "google_ai_overview"
    if NONE_FOR_THIS.search(told) or (is_page and not is_announced):
        return NoOverview(told or "Google showed no AI Overview for this question.", cost_micro_usd=cost_micro_usd)
    if not is_page and not is_announced:
        return EngineError(ErrorKind.UNREADABLE, "The answer is no page of results.")
    told = told or "Google announced an AI Overview, which was not there."
    return EngineError(ErrorKind.NO_ANSWER, told, cost_micro_usd=cost_micro_usd)


def _is_refused(exchange: Exchange) -> bool:
    """Whether it was refused before any work: no second bill, should it be asked for again."""
    status = exchange.status or 0
    return (status == 429 or status >= 500) and status not in errors.GATEWAY_TIMEOUTS


def _page_token(exchange: Exchange) -> str | None:
    """The token under which the overview is to be fetched, when it is not in the results themselves."""
    try:
        overview = inner(errors.load(exchange), "ai_overview")
    except EngineError:
        return None
    return None if overview.get("text_blocks") else words(overview, "page_token") or None
