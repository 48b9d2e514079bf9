"""SerpApi: one key for the answers that search engines show on pages of their own.

Format: SerpApi's documentation of `google`, `google_ai_overview`, `google_ai_mode` and `bing_copilot`, whose answers
are made of the same `text_blocks` and `references`.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import ClassVar

import requests
import serpapi
import urllib3

from answerbeat.kinds import Surface
from worker_svc.collectors import errors, prices
from worker_svc.collectors.collector import Access, Answer, Collector, Question, Source, each_once
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import MAX_BODY_BYTES, Exchange, listed, objects, words

# Its debug lines hold the address, and that the key.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)

REGIONAL = ("zh", "pt")
"""Languages that Google's interface knows by region."""


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
        return await self._serpapi.search({"engine": self.name, "q": question.text, **self.place(question)})

    def place(self, question: Question) -> dict[str, str]:  # noqa: ARG002 - for those that take it
        """How the engine is told where, and in which language; nothing where it takes neither."""
        return {}

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a page."""
        body = errors.load(exchange)
        cost = exchange.calls * prices.SERPAPI_SEARCH_MICRO_USD
        blocks = objects(body.get("text_blocks"))
        text = text_of(blocks)
        if not text:
            raise EngineError(ErrorKind.NO_ANSWER, words(body, "error") or cls.missing, cost_micro_usd=cost)
        header = words(body, "header")
        return Answer(
            text=f"## {header}\n\n{text}" if header else text,
            model=cls.model,
            citations=each_once(sources_of(body, blocks)),
            finish_reason="completed",
            cost_micro_usd=cost,
        )


def google_place(question: Question) -> dict[str, str]:
    """Where and in which language Google is asked: `gl`, `hl` and `location`."""
    place: dict[str, str] = {}
    if question.locale:
        language = question.locale.partition("-")[0]
        place["hl"] = question.locale.lower() if language in REGIONAL else language
    if question.country:
        place["gl"] = question.country.lower()
    if question.city:
        place["location"] = question.city
    return place


def text_of(blocks: list[dict[str, object]]) -> str:
    """The blocks of an answer as Markdown."""
    return "\n\n".join(filter(None, map(_block, blocks)))


def _block(block: Mapping[str, object]) -> str:
    """A block as Markdown."""
    kind = block.get("type")
    if kind == "heading":
        return f"### {words(block, 'snippet')}"
    if kind == "list":
        return "\n".join(_list(block, ""))
    if kind == "table":
        rows, headers = listed(block.get("table")), listed(block.get("headers"))
        return _table([headers, *rows] if headers and rows[:1] != [headers] else rows)
    if kind == "code_block":
        return f"```{words(block, 'language')}\n{block.get('code') or words(block, 'snippet')}\n```"
    if kind == "comparison":
        rows = [[row.get("feature", ""), *listed(row.get("values"))] for row in objects(block.get("comparison"))]
        return _table([["", *listed(block.get("product_labels"))], *rows]) if rows else ""
    if "text_blocks" in block:  # expandable
        return "\n\n".join(filter(None, [f"### {words(block, 'title')}", *map(_block, objects(block["text_blocks"]))]))
    return words(block, "snippet")


def _list(block: Mapping[str, object], indent: str) -> Iterator[str]:
    for item in objects(block.get("list")):
        title = words(item, "title")
        snippet = words(item, "snippet").removeprefix(title).strip()
        yield f"{indent}- {f'**{title}** ' if title else ''}{snippet}".rstrip()
        yield from _list(item, indent + "  ")


def _table(rows: list[object]) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows if isinstance(row, list) and row]
    if not cells:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{'---|' * len(cells[0])}", *lines[1:]])


def sources_of(answer: Mapping[str, object], blocks: list[dict[str, object]]) -> list[Source]:
    """The references, in the order in which the text refers to them; those it does not refer to come last."""
    listing = [reference for reference in objects(answer.get("references")) if words(reference, "link")]
    by_index = {str(reference.get("index", i)): reference for i, reference in enumerate(listing)}
    referred = [by_index[index] for index in _indexes(blocks) if index in by_index]
    return [Source(words(r, "link"), words(r, "title") or None) for r in (*referred, *listing)]


def _indexes(value: object) -> Iterator[str]:
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
