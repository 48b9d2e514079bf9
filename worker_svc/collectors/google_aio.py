"""Google AI Overviews, through SerpApi: its `google` engine, then `google_ai_overview` when that hands a token.

Format: SerpApi's documentation, "Google AI Overview API". Each of the two is one paid search.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

import requests
import serpapi
import urllib3
from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, wait_exponential_jitter

from worker_svc.collectors import errors, prices
from worker_svc.collectors.collector import Access, Answer, Collector, Question, Source, each_once
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import MAX_BODY_BYTES, Exchange, inner, listed, objects, words

TRIES = 4
"""Of the second fetch, whose token is good for a minute."""
REGIONAL = ("zh", "pt")
"""Languages that Google's interface knows by region."""


class GoogleAiOverviews(Collector):
    """The overview that Google puts above its results."""

    name = "google_aio"
    title = "Google AI Overviews"
    variable = "SERPAPI"
    base_url = "https://serpapi.com"
    model = "google"

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._client = serpapi.Client(api_key=access.key, timeout=access.timeout_seconds)
        self._client.BASE_DOMAIN = access.base_url.rstrip("/")

    async def ask(self, question: Question) -> Exchange:
        """Searches once, and once more when the overview stands apart."""
        search: dict[str, Any] = {"engine": "google", "q": question.text}
        if question.locale:
            language = question.locale.partition("-")[0]
            search["hl"] = question.locale.lower() if language in REGIONAL else language
        if question.country:
            search["gl"] = question.country.lower()
        first = await self._search(search)
        token = _page_token(first)
        if token is None:
            return first
        second = await self._second(token)
        return Exchange(second.body, second.status, second.headers, second.is_cut, calls=2)

    async def _second(self, token: str) -> Exchange:
        """The overview itself. The first search was paid for, so a refusal here is not left to ask for both again."""
        fetching = AsyncRetrying(
            retry=retry_if_result(_is_refused),
            wait=wait_exponential_jitter(multiplier=0.5, max=8),
            stop=stop_after_attempt(TRIES),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        second: Exchange = await fetching(self._search, {"engine": "google_ai_overview", "page_token": token})
        if _is_refused(second):
            refused = errors.from_status(second)
            raise EngineError(refused.kind, f"The overview could not be fetched: {refused.message}", retryable=False)
        return second

    async def _search(self, params: dict[str, Any]) -> Exchange:
        try:
            return await _in_thread(lambda: self._request(params))
        except requests.exceptions.ConnectTimeout:
            raise EngineError(errors.ENGINE_ERROR, "SerpApi can't be reached.") from None
        except requests.exceptions.Timeout:
            raise EngineError(errors.TIMEOUT, "SerpApi did not answer in time.", is_fate_unknown=True) from None
        except requests.exceptions.RequestException as error:
            # Its text holds the address, and that the key.
            raise _no_response(error) from None

    def _request(self, params: dict[str, Any]) -> Exchange:
        response = self._client.request("GET", "/search.json", params=params, assert_200=False, stream=True)
        chunks, size, is_cut = [], 0, False
        try:
            for chunk in response.iter_content(65_536):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    is_cut = True
                    break
        except requests.exceptions.RequestException:
            is_cut = True
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Exchange(b"".join(chunks).decode("utf-8", "replace"), response.status_code, headers, is_cut)

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response of either engine."""
        body = errors.load(exchange)
        overview = inner(body, "ai_overview")
        blocks = objects(overview.get("text_blocks"))
        text = "\n\n".join(filter(None, map(_block, blocks)))
        if not text:
            told = words(overview, "error") or words(body, "error")
            raise EngineError(errors.NO_ANSWER, told or "Google showed no AI Overview for this question.")
        query = words(inner(body, "search_parameters"), "q")
        return Answer(
            text=text,
            model="google-ai-overview",
            citations=each_once(_sources(overview, blocks)),
            search_queries=(query,) if query else (),
            finish_reason="completed",
            cost_micro_usd=exchange.calls * prices.SERPAPI_SEARCH_MICRO_USD,
        )


def _is_refused(exchange: Exchange) -> bool:
    return exchange.status is not None and (exchange.status == 429 or exchange.status >= 500)


def _page_token(exchange: Exchange) -> str | None:
    """The token under which the overview is to be fetched, when it is not in the results themselves."""
    try:
        overview = inner(errors.load(exchange), "ai_overview")
    except EngineError:
        return None
    return None if overview.get("text_blocks") else words(overview, "page_token") or None


def _block(block: Mapping[str, Any]) -> str:
    """A block as Markdown."""
    kind = block.get("type")
    if kind == "heading":
        return f"### {words(block, 'snippet')}"
    if kind == "list":
        return "\n".join(_list(block, ""))
    if kind == "table":
        return _table(listed(block.get("table")))
    if kind == "comparison":
        rows = [[row.get("feature", ""), *listed(row.get("values"))] for row in objects(block.get("comparison"))]
        return _table([["", *listed(block.get("product_labels"))], *rows]) if rows else ""
    if "text_blocks" in block:  # expandable
        return "\n\n".join(filter(None, [f"### {words(block, 'title')}", *map(_block, objects(block["text_blocks"]))]))
    return words(block, "snippet")


def _list(block: Mapping[str, Any], indent: str) -> Iterator[str]:
    for item in objects(block.get("list")):
        title = words(item, "title")
        snippet = words(item, "snippet").removeprefix(title).strip()
        yield f"{indent}- {f'**{title}** ' if title else ''}{snippet}".rstrip()
        yield from _list(item, indent + "  ")


def _table(rows: list[Any]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows if isinstance(row, list) and row]
    if not cells:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{'---|' * len(cells[0])}", *lines[1:]])


def _sources(overview: Mapping[str, Any], blocks: list[dict[str, Any]]) -> list[Source]:
    """The references, in the order in which the text refers to them; those it does not refer to come last."""
    listing = [reference for reference in objects(overview.get("references")) if words(reference, "link")]
    by_index = {str(reference.get("index", i)): reference for i, reference in enumerate(listing)}
    referred = [by_index[index] for index in _indexes(blocks) if index in by_index]
    return [Source(words(r, "link"), words(r, "title") or None) for r in (*referred, *listing)]


def _indexes(value: Any) -> Iterator[str]:
    """All `reference_indexes`, wherever they are, in order."""
    if isinstance(value, list):
        for item in value:
            yield from _indexes(item)
    elif isinstance(value, dict):
        yield from map(str, listed(value.get("reference_indexes")))
        for name, within in value.items():
            if name != "reference_indexes":
                yield from _indexes(within)


def _no_response(error: requests.exceptions.RequestException) -> EngineError:
    if isinstance(error, requests.exceptions.SSLError) or any(map(_is_no_connection, _causes(error))):
        return EngineError(errors.ENGINE_ERROR, "SerpApi can't be reached.")
    return EngineError(errors.ENGINE_ERROR, "The connection to SerpApi broke.", retryable=False, is_fate_unknown=True)


def _is_no_connection(cause: object) -> bool:
    return isinstance(cause, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.SSLError))


def _causes(error: BaseException) -> Iterator[object]:
    """An error, and what it was made of: requests and the SDK wrap urllib3's errors as arguments."""
    seen: list[object] = [error]
    while seen:
        cause = seen.pop()
        yield cause
        if isinstance(cause, BaseException):
            seen += [*cause.args, getattr(cause, "reason", None)]


async def _in_thread(work: Callable[[], Exchange]) -> Exchange:
    """Runs blocking work beside the loop. Its thread is left behind on cancellation and never holds up an exit."""
    done: Future[Exchange] = Future()
    done.set_running_or_notify_cancel()  # from here on it can't be cancelled, so that the thread may always answer

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is to have it
            done.set_exception(error)

    threading.Thread(target=run, name="serpapi", daemon=True).start()
    return await asyncio.wrap_future(done)
