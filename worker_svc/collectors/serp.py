"""SerpApi: one key for the answers that search engines show on pages of their own.

Format: SerpApi's documentation of `google`, `google_ai_overview`, `google_ai_mode` and `bing_copilot`, whose answers
are made of the same `text_blocks` and `references`.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple

import requests
import serpapi
import urllib3

from answerbeat.kinds import Surface
from reading.addresses import is_search
from worker_svc.collectors import errors, prices
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.blocks import text_of
from worker_svc.collectors.collector import Access, Answer, Collector, Question, Source, each_once, source_of
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import MAX_BODY_BYTES, Exchange, inner, listed, objects, words
from worker_svc.collectors.footnotes import without_footnotes

# Its debug lines hold the address, and that the key.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)

NO_RESULTS = re.compile(r"(?:has not|hasn['’]?t|did not|didn['’]?t) return(?:ed)? any", re.IGNORECASE)
"""How SerpApi says that a search was made and found nothing."""
EXCUSE = re.compile(
    r"(?:can(?:['’]?t|not)|couldn['’]?t|could not|unable to) generate an? (?:ai overview|ai response|answer|response)"
    r"|didn['’]?t get a response|no response (?:is )?available|(?:ai overview|ai mode) is(?:n['’]?t| not) available"
    r"|something went wrong",
    re.IGNORECASE,
)
"""What Google shows in the place of an answer that it could not give."""
MAX_EXCUSE = 300
"""Characters; what is longer is an answer that speaks of such things."""
CREATED = "%Y-%m-%d %H:%M:%S UTC"
"""How SerpApi writes the time at which it made a page."""
COPY_AGE = timedelta(minutes=1)
"""A page that was made so long before it was asked for comes from SerpApi's cache; clocks may differ by less."""


class Shown(NamedTuple):
    """What an answer on a page shows."""

    text: str
    """Markdown; empty where there is none."""
    sources: list[Source]
    is_excuse: bool
    """It says that there is no answer."""


class SerpApi:
    """A client that never tries again by itself: each search is a bill."""

    def __init__(self, access: Access) -> None:
        self._client = serpapi.Client(api_key=access.key, timeout=access.timeout_seconds)
        self._client.BASE_DOMAIN = access.base_url.rstrip("/")

    async def search(self, params: Mapping[str, object]) -> Exchange:
        """Searches once. Raises EngineError when nothing came."""
        try:
            return await _in_thread(lambda: self._request(params))
        except requests.exceptions.ConnectTimeout:
            raise EngineError(ErrorKind.ENGINE_ERROR, "SerpApi can't be reached.") from None
        except requests.exceptions.Timeout:
            raise EngineError(ErrorKind.TIMEOUT, "SerpApi did not answer in time.", is_fate_unknown=True) from None
        except requests.exceptions.RequestException as error:
            # Its text holds the address, and that the key.
            raise _no_response(error) from None

    def _request(self, params: Mapping[str, object]) -> Exchange:
        at = datetime.now(UTC)
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
        return Exchange(b"".join(chunks).decode("utf-8", "replace"), response.status_code, headers, is_cut, at=at)


class AnswerPage(Collector):
    """An engine whose answer is a page of its own at SerpApi: one paid search a question."""

    variable = "SERPAPI"
    base_url = "https://serpapi.com"
    surface = Surface.RESULTS_PAGE
    missing: ClassVar[str]
    """What to say of a page without an answer."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._serpapi = SerpApi(access)

    async def ask(self, question: Question) -> Exchange:
        """Searches once."""
        asked = {"engine": self.name, "q": question.text, **self.place(question), **freshness(question)}
        return await self._serpapi.search(asked)

    def place(self, question: Question) -> dict[str, str]:  # noqa: ARG002 - for those that take it
        """How the engine is told where, and in which language; nothing where it takes neither."""
        return {}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a page."""
        body = load(exchange)
        cost = cls.bill(body, exchange).cost_micro_usd
        shown, header = read(body), words(body, "header")
        if shown.is_excuse or not (shown.text or header):
            told = shown.text or words(body, "error") or cls.missing
            raise EngineError(ErrorKind.NO_ANSWER, told, cost_micro_usd=cost)
        return Answer(
            text=f"## {header}\n\n{shown.text}" if header and shown.text else shown.text or header,
            model=cls.model,
            citations=each_once(shown.sources, exchange.pages),
            finish_reason="completed",
            cost_micro_usd=cost,
            is_copy=is_copy(body, exchange),
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost."""
        return bill(body, exchange)


def freshness(question: Question) -> dict[str, str]:
    """Keeps further samples from being copies of the first: for an hour, SerpApi answers the same from its cache."""
    return {"no_cache": "true"} if question.sample > 1 else {}


def is_copy(body: Mapping[str, object], exchange: Exchange) -> bool:
    """Whether a page comes from SerpApi's cache: it says so, or was made before it was asked for."""
    search = inner(body, "search_metadata")
    try:
        made = datetime.strptime(words(search, "created_at"), CREATED).replace(tzinfo=UTC)
    except ValueError:
        made = None
    is_old = exchange.at is not None and made is not None and exchange.at - made > COPY_AGE
    return is_old or words(search, "status") == "Cached"


def bill(body: Mapping[str, object], exchange: Exchange) -> Bill:
    """What a page cost: each search the same, also one that found nothing. A copy and a search that failed are free."""
    searches = exchange.calls if _is_made(body) else exchange.calls - 1
    searches = 0 if is_copy(body, exchange) else searches
    return Bill(cost_micro_usd=searches * prices.SERPAPI_SEARCH_MICRO_USD)


def load(exchange: Exchange) -> dict[str, object]:
    """The page of a search that was made. Raises EngineError; SerpApi charges nothing for a search that failed."""
    body = errors.load(exchange)
    if _is_made(body):
        return body
    status, told = words(inner(body, "search_metadata"), "status"), words(body, "error")
    error = errors.from_body({"message": told or f"The search is {status.lower()}."})
    error.retryable = error.retryable and exchange.calls == 1  # else the search before would be paid for again
    raise error


def _is_made(body: Mapping[str, object]) -> bool:
    status, told = words(inner(body, "search_metadata"), "status"), words(body, "error")
    return status in ("Success", "Cached") or (not status and (not told or bool(NO_RESULTS.search(told))))


def read(answer: Mapping[str, object]) -> Shown:
    """What an answer shows: its blocks, or where it has none the Markdown that SerpApi makes of it."""
    blocks = without_footnotes(objects(answer.get("text_blocks")))
    text, markdown = text_of(blocks), words(answer, "reconstructed_markdown")
    sources = sources_of(answer, blocks)
    is_short = len(text) <= MAX_EXCUSE and len(markdown) <= MAX_EXCUSE and not sources
    return Shown(text or markdown, sources, is_short and bool(EXCUSE.search(f"{text}\n{markdown}")))


def sources_of(answer: Mapping[str, object], blocks: list[dict[str, object]]) -> list[Source]:
    """The pages that the text links and refers to, in its order; references that it does not name come last."""
    listing = [*objects(answer.get("references")), *(r for b in _within(blocks) for r in objects(b.get("references")))]
    by_index = {str(reference.get("index", i)): reference for i, reference in enumerate(listing)}
    named: list[Source] = []
    for thing in _within(blocks):
        named += [
            source_of(by_index[i], "link") for i in map(str, listed(thing.get("reference_indexes"))) if i in by_index
        ]
        link = words(thing, "link")
        if link and not is_search(link) and thing not in listing:
            named.append(Source(link, words(thing, "title") or words(thing, "text") or None))
    return [*named, *(source_of(reference, "link") for reference in listing)]


def _within(value: object) -> Iterator[dict[str, object]]:
    """All objects within a value, from the outside in, in order."""
    if isinstance(value, list):
        for item in value:
            yield from _within(item)
    elif isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _within(part)


def _no_response(error: requests.exceptions.RequestException) -> EngineError:
    if isinstance(error, requests.exceptions.SSLError) or any(map(_is_no_connection, _causes(error))):
        return EngineError(ErrorKind.ENGINE_ERROR, "SerpApi can't be reached.")
    return EngineError(
        ErrorKind.ENGINE_ERROR, "The connection to SerpApi broke.", retryable=False, is_fate_unknown=True
    )


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
