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

from worker_svc.collectors import errors, prices
from worker_svc.collectors.collector import (
    MAX_BODY_BYTES,
    Access,
    Answer,
    Collector,
    Exchange,
    Question,
    Source,
    each_once,
)
from worker_svc.collectors.errors import EngineError

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
        second = await self._search({"engine": "google_ai_overview", "page_token": token})
        return Exchange(second.body, second.status, second.headers, second.is_cut, calls=2)

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
    def read(cls, exchange: Exchange) -> Answer:
        """Reads a response of either engine."""
        body = errors.load(exchange)
        overview = body.get("ai_overview")
        if not isinstance(overview, dict):
            told = body.get("error")
            raise EngineError(errors.NO_ANSWER, str(told or "Google showed no AI Overview for this question."))
        blocks = overview.get("text_blocks")
        if not isinstance(blocks, list) or not blocks:
            raise EngineError(errors.NO_ANSWER, str(overview.get("error") or "The AI Overview is empty."))
        parameters = body.get("search_parameters")
        query = parameters.get("q") if isinstance(parameters, dict) else None
        return Answer(
            text="\n\n".join(filter(None, _blocks(blocks))),
            model="google-ai-overview",
            citations=each_once(_sources(overview, blocks)),
            search_queries=(query,) if isinstance(query, str) else (),
            finish_reason="completed",
            cost_micro_usd=exchange.calls * prices.SERPAPI_SEARCH_MICRO_USD,
        )


def _page_token(exchange: Exchange) -> str | None:
    """The token under which the overview is to be fetched, when it is not in the results themselves."""
    try:
        overview = errors.load(exchange).get("ai_overview")
    except EngineError:
        return None
    if not isinstance(overview, dict) or overview.get("text_blocks"):
        return None
    token = overview.get("page_token")
    return token if isinstance(token, str) and token else None


def _blocks(blocks: list[Any]) -> Iterator[str]:
    """The blocks as Markdown."""
    for block in blocks:
        if isinstance(block, dict):
            yield _block(block)


def _block(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind == "heading":
        return f"### {_words(block, 'snippet')}"
    if kind == "list":
        return "\n".join(_list(block.get("list"), ""))
    if kind == "table":
        return _table(block.get("table"))
    if kind == "comparison":
        return _comparison(block)
    if isinstance(block.get("text_blocks"), list):  # expandable
        return "\n\n".join(filter(None, [f"### {_words(block, 'title')}", *_blocks(block["text_blocks"])]))
    return _words(block, "snippet")


def _list(items: Any, indent: str) -> Iterator[str]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            title, snippet = _words(item, "title"), _words(item, "snippet").removeprefix(_words(item, "title")).strip()
            bold = f"**{title}** " if title else ""
            yield f"{indent}- {bold}{snippet}".rstrip()
            yield from _list(item.get("list"), indent + "  ")


def _table(rows: Any) -> str:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows or () if isinstance(row, list)]
    if not cells:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([lines[0], f"|{'---|' * len(cells[0])}", *lines[1:]])


def _comparison(block: Mapping[str, Any]) -> str:
    labels = block.get("product_labels")
    rows = [
        [row.get("feature", ""), *(row.get("values") or ())]
        for row in block.get("comparison") or ()
        if isinstance(row, dict)
    ]
    return _table([["", *(labels if isinstance(labels, list) else [])], *rows])


def _words(block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    return value.strip() if isinstance(value, str) else ""


def _sources(overview: Mapping[str, Any], blocks: list[Any]) -> list[Source]:
    """The references, in the order in which the text refers to them; those it does not refer to come last."""
    listed = [r for r in overview.get("references") or () if isinstance(r, dict) and isinstance(r.get("link"), str)]
    by_index = {reference.get("index", i): reference for i, reference in enumerate(listed)}
    referred = [by_index[index] for index in _indexes(blocks) if index in by_index]
    return [Source(r["link"], _words(r, "title") or None) for r in (*referred, *listed)]


def _indexes(value: Any) -> Iterator[int]:
    """All `reference_indexes`, wherever they are, in order."""
    if isinstance(value, list):
        for item in value:
            yield from _indexes(item)
    elif isinstance(value, dict):
        yield from (i for i in value.get("reference_indexes") or () if isinstance(i, int))
        for name, inner in value.items():
            if name != "reference_indexes":
                yield from _indexes(inner)


def _no_response(error: requests.exceptions.RequestException) -> EngineError:
    was_sent = "NewConnectionError" not in repr(error) and "SSLError" not in repr(error)
    if was_sent:
        return EngineError(
            errors.ENGINE_ERROR, "The connection to SerpApi broke.", retryable=False, is_fate_unknown=True
        )
    return EngineError(errors.ENGINE_ERROR, "SerpApi can't be reached.")


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
