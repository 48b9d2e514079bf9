"""What a collector is: it asks one engine one question, and reads what came back.

Asking and reading are apart, so that a body can be read again from where it was stored. To add
an engine, subclass Collector in a file of its own and register it in pyproject.toml.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, final

from answerbeat.kinds import Surface
from reading.addresses import REDIRECT, SITE, is_page, page_of, title_of
from worker_svc.collectors import masking, prices
from worker_svc.collectors.billing import Bill
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import NO_PAGES, Exchange, decoded, words


@dataclass(frozen=True)
class Question:
    """What to ask, and as whom."""

    text: str
    locale: str | None = None
    """BCP 47."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    city: str | None = None
    sample: int = 1
    """Which of several answers to the same question in a run this is to be."""


@dataclass(frozen=True)
class Source:
    """A page the engine cites."""

    url: str
    title: str | None = None
    redirects: tuple[str, ...] = field(default=(), compare=False)
    """The engine's addresses for it that lead there, or that stand for the site while they were not followed."""


@dataclass(frozen=True)
class Answer:
    """An answer as a person would see it."""

    text: str
    """Markdown."""
    model: str
    citations: tuple[Source, ...] = ()
    """In the engine's order, each address once."""
    searched: tuple[Source, ...] = ()
    """What it found and did not cite, where its body tells the two apart."""
    search_queries: tuple[str, ...] = ()
    """What the engine itself searched for."""
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = None
    """In millionths of a US dollar; None when the price is not known."""
    is_copy: bool = False
    """Somebody else's answer to the same question, from a cache: it says nothing new."""


@dataclass(frozen=True)
class Access:
    """How to reach an engine."""

    key: str = field(repr=False)
    base_url: str
    model: str
    timeout_seconds: float = 180

    def __post_init__(self) -> None:
        masking.remember(self.key)


class Collector(ABC):
    """One answer engine."""

    name: ClassVar[str]
    """As jobs name it."""
    title: ClassVar[str]
    """As people know it."""
    variable: ClassVar[str]
    """What its variables begin with: OPENAI for OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL."""
    base_url: ClassVar[str]
    model: ClassVar[str]
    """The model that is asked unless told otherwise."""
    surface: ClassVar[Surface] = Surface.API
    """Where a person would have seen the answer."""
    needs: ClassVar[tuple[str, ...]] = ("API_KEY",)
    """Which of its variables must be set."""

    def __init__(self, access: Access) -> None:
        self.access = access

    def load(self) -> None:
        """Makes the client, imports the engine's SDK for that, and reads prices. Takes a second: called in a thread.

        A collector whose SDK is large keeps its client as a cached property, so that a worker pays for what it asks.
        """
        getattr(self, "_client", None)
        prices.load()

    @abstractmethod
    async def ask(self, question: Question) -> Exchange:
        """Asks once. Raises EngineError when no response came; an error response is returned like any other."""

    @classmethod
    @final
    def read(cls, exchange: Exchange) -> Answer:
        """Reads a response. Raises EngineError when it holds no answer: what it holds instead, and what that cost."""
        try:
            return cls.parse(exchange)
        except EngineError as error:
            error.cost_micro_usd = error.cost_micro_usd or cls._charged_for_nothing(exchange)
            raise
        except Exception as error:  # engines change their formats, and a run must not end for that
            raise EngineError(
                ErrorKind.UNREADABLE,
                f"The answer has an unknown shape ({type(error).__name__}).",
                cost_micro_usd=cls._charged_for_nothing(exchange),
            ) from error

    @classmethod
    @abstractmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response in the engine's format. Raises EngineError when it holds no answer."""

    @classmethod
    def bill(cls, body: Mapping[str, object], exchange: Exchange) -> Bill:  # noqa: ARG003 - for those that charge
        """Reads what a response of any shape says was used and charged; by itself, nothing is known of it."""
        return Bill()

    @classmethod
    def _charged_for_nothing(cls, exchange: Exchange) -> int | None:
        """What a response without an answer cost: a refusal nothing; None when nobody knows."""
        if exchange.status is not None and exchange.status >= 400:
            return 0
        body = decoded(exchange.body)
        if not body:
            return None
        bill = cls.bill(body, exchange)
        is_refused = bool(body.get("error")) and bill == Bill()
        return 0 if is_refused else bill.cost_micro_usd

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Lets go of connections."""


def each_once(sources: Iterable[Source], pages: Mapping[str, str] = NO_PAGES) -> tuple[Source, ...]:
    """The sources as the pages that they are, each once, in order of first appearance, with its fullest title.

    `pages` are the redirects that were followed, with where they led.
    """
    found: dict[str, Source] = {}
    for source in map(partial(_page, pages=pages), sources):
        if source.url:
            known = found.setdefault(source.url, source)
            title = max(known.title, source.title, key=_fullness)
            redirects = tuple(dict.fromkeys((*known.redirects, *source.redirects)))
            found[source.url] = Source(source.url, title, redirects)
    return tuple(found.values())


def told_apart(
    cited: Iterable[Source], found: Iterable[Source], pages: Mapping[str, str] = NO_PAGES
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The sources that are cited, and those that were only found; a title may stand with either mention of a page."""
    cited = each_once(cited, pages)
    every = {source.url: source for source in each_once([*cited, *found], pages)}
    citations = tuple(every.pop(source.url) for source in cited)
    return citations, tuple(every.values())


def source_of(thing: Mapping[str, object], address: str = "url") -> Source:
    """What an object with an address and a title tells of. `each_once` leaves out what has no address."""
    return Source(words(thing, address), words(thing, "title") or None)


def sources_in(value: object) -> Iterator[Source]:
    """All that has an address anywhere within a value, such as the results of a tool, in order."""
    if isinstance(value, list):
        for item in value:
            yield from sources_in(item)
    elif isinstance(value, dict):
        if is_page(value.get("url")):
            yield source_of(value)
        for part in value.values():
            yield from sources_in(part)


def _page(source: Source, pages: Mapping[str, str]) -> Source:
    """A source as the page that it is."""
    url, title = source.url.strip(), title_of(source.title)
    redirects = (url,) if REDIRECT.fullmatch(url) else source.redirects
    return Source(page_of(url, title, pages), title, redirects)


def _fullness(title: str | None) -> tuple[bool, int]:
    """The name of a site, which some engines give for a title, is less than any title."""
    return bool(title) and not SITE.fullmatch(title or ""), len(title or "")
