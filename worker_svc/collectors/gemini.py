"""Gemini: Google's Gemini API, grounded in Google Search.

Format: Gemini API reference, "GenerateContent" and "Batch API", and the guide "Grounding with Google Search".
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reading.addresses import REDIRECT, page_of
from worker_svc.collectors import billing, errors, prices, wire
from worker_svc.collectors.batch import BatchCollector, answer_of, named
from worker_svc.collectors.billing import Bill, Counts
from worker_svc.collectors.collector import Access, Answer, Question, Source, told_apart
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange, inner, listed, objects, said, words
from worker_svc.collectors.structured import StructuredCollector, Task

if TYPE_CHECKING:
    from google import genai
    from google.genai import types

CHUNKS = ("web", "maps", "retrievedContext", "image")
"""Kinds of pages it is grounded in."""
COUNTS = Counts(
    ("promptTokenCount", "toolUsePromptTokenCount"), ("candidatesTokenCount", "thoughtsTokenCount"), "totalTokenCount"
)
ENDED = ("SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")
"""States in which a batch does no more."""


class Gemini(BatchCollector, StructuredCollector):
    """Gemini, grounded in Google Search."""

    name = "gemini"
    title = "Gemini"
    variable = "GEMINI"
    base_url = "https://generativelanguage.googleapis.com"
    model = "gemini-3.5-flash"
    batch_size = 1
    """Answers of a batch come in any order, and at times without what they were marked with (python-genai, issues 1909
    and 2008): only one that is alone is surely the answer to its question."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._http = wire.http_client(access.timeout_seconds)

    @cached_property
    def _client(self) -> "genai.Client":
        from google import genai
        from google.genai import types

        return genai.Client(
            api_key=self.access.key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=self.access.base_url,
                httpx_async_client=self._http,
                timeout=round(self.access.timeout_seconds * 1_000),
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def ask(self, question: Question) -> Exchange:
        """Asks once."""
        asking = self._client.aio.models.generate_content(
            model=self.access.model, contents=question.text, config=_config()
        )
        return await wire.exchanged(asking)

    async def complete(self, task: Task) -> Exchange:
        """Has a task done, without a search."""
        from google.genai import types

        config = types.GenerateContentConfig(
            system_instruction=task.instructions,
            response_mime_type="application/json",
            response_json_schema=task.schema,
        )
        asking = self._client.aio.models.generate_content(model=self.access.model, contents=task.text, config=config)
        return await wire.exchanged(asking)

    async def submit(self, questions: Mapping[str, Question]) -> str:
        """Hands in the question, under its key as the batch's name."""
        from google.genai import types

        ((key, question),) = questions.items()
        requests: Any = [types.InlinedRequest(contents=question.text, config=_config())]
        told = types.CreateBatchJobConfig(display_name=key)
        handed_in = self._client.aio.batches.create(model=self.access.model, src=requests, config=told)
        return named(await wire.exchanged(handed_in), "name")

    async def fetch(self, reference: str, keys: Sequence[str]) -> dict[str, Exchange | None] | None:
        """Reads the answer in the batch, once it has ended."""
        batch = errors.load(await wire.exchanged(self._client.aio.batches.get(name=reference)))
        state = words(inner(batch, "metadata"), "state").removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_")
        if state not in ENDED:
            return None
        if state == "FAILED":
            raise errors.from_body(inner(batch, "error"), ErrorKind.INVALID_REQUEST)
        output = inner(batch, "response") or inner(inner(batch, "metadata"), "output")
        items = objects(inner(output, "inlinedResponses").get("inlinedResponses"))
        (key,) = keys
        if not items:
            return {key: None} if state in ("CANCELLED", "EXPIRED") else {}
        return {key: answer_of(items[0].get("response") or {"error": items[0].get("error")})}

    async def cancel(self, reference: str) -> None:
        """Asks for an end."""
        errors.load(await wire.exchanged(self._client.aio.batches.cancel(name=reference)))

    @classmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response."""
        body = errors.load(exchange)
        errors.raise_if_reported(body)
        candidate = next(iter(objects(body.get("candidates"))), {})
        reason = words(candidate, "finishReason") or words(inner(body, "promptFeedback"), "blockReason")
        parts = [p for p in objects(inner(candidate, "content").get("parts")) if p.get("thought") is not True]
        text = "".join(said(part, "text") for part in parts).strip()
        if not text and not isinstance(body.get("candidates"), list) and not reason:
            raise EngineError(ErrorKind.UNREADABLE, "The answer has no list `candidates`.")
        grounding = inner(candidate, "groundingMetadata")
        if not text:
            raise EngineError(ErrorKind.NO_ANSWER, f"Gemini gave no text; it finished with {reason or 'no reason'}.")
        charged = cls.bill(body, exchange)
        cited, found = _sources(grounding, exchange.pages)
        citations, searched = told_apart(cited, [*found, *_opened(candidate)], exchange.pages)
        return Answer(
            text=text,
            model=words(body, "modelVersion"),
            citations=citations,
            searched=searched,
            search_queries=tuple(dict.fromkeys(_queries(grounding))),
            finish_reason=reason or None,
            input_tokens=charged.input_tokens,
            output_tokens=charged.output_tokens,
            cost_micro_usd=charged.cost_micro_usd,
        )

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:
        """Reads what it cost: tokens, and searches."""
        model, usage = words(body, "modelVersion"), inner(body, "usageMetadata")
        candidate = next(iter(objects(body.get("candidates"))), {})
        fees = prices.gemini_search_cost(model, len(set(_queries(inner(candidate, "groundingMetadata")))))
        return billing.billed(exchange, body, model, usage, COUNTS, fees_micro_usd=fees)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()


def _config() -> "types.GenerateContentConfig":
    from google.genai import types

    return types.GenerateContentConfig(
        tools=[types.Tool(google_search=types.GoogleSearch())],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def _queries(grounding: Mapping[str, object]) -> list[str]:
    return [query for query in listed(grounding.get("webSearchQueries")) if isinstance(query, str) and query]


def _sources(grounding: Mapping[str, object], pages: Mapping[str, str]) -> tuple[list[Source], list[Source]]:
    """The pages that the text refers to, in its order; and all that were found.

    When it refers to none, the body does not tell the two apart, and all are cited.
    """
    found = [_source(chunk, pages) for chunk in objects(grounding.get("groundingChunks"))]
    referred = [
        found[index]
        for support in objects(grounding.get("groundingSupports"))
        for index in listed(support.get("groundingChunkIndices"))
        if isinstance(index, int) and 0 <= index < len(found)
    ]
    return referred or found, found


def _source(chunk: Mapping[str, object], pages: Mapping[str, str]) -> Source:
    """A page of the web, a place of Google Maps, or a document. Google's redirects have the site's name for a title."""
    place = next(filter(None, (inner(chunk, kind) for kind in CHUNKS)), {})
    url, title = words(place, "uri") or words(place, "sourceUri"), words(place, "title")
    redirects = (url,) if REDIRECT.fullmatch(url) else ()
    return Source(page_of(url, words(place, "domain") or title, pages), title or None, redirects)


def _opened(candidate: Mapping[str, object]) -> list[Source]:
    """The pages that the model opened by their addresses."""
    opened = objects(inner(candidate, "urlContextMetadata").get("urlMetadata"))
    return [Source(words(page, "retrievedUrl")) for page in opened]
