"""What a collector is: it asks one engine one question, and reads what came back.

Asking and reading are apart, so that a body can be read again from where it was stored. To add
an engine, subclass Collector in a file of its own and register it in pyproject.toml.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, final

from answerbeat.kinds import Surface
from worker_svc.collectors import prices
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange


@dataclass(frozen=True)
class Question:
    """What to ask, and as whom."""

    text: str
    locale: str | None = None
    """BCP 47."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    city: str | None = None


@dataclass(frozen=True)
class Source:
    """A page the engine cites."""

    url: str
    title: str | None = None


@dataclass(frozen=True)
class Answer:
    """An answer as a person would see it."""

    text: str
    """Markdown."""
    model: str
    citations: tuple[Source, ...] = ()
    """In the engine's order, each address once."""
    searched: tuple[Source, ...] = ()
    """What the engine looked at and did not cite, where it tells the two apart."""
    search_queries: tuple[str, ...] = ()
    """What the engine itself searched for."""
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_micro_usd: int | None = None
    """In millionths of a US dollar; None when the price is not known."""


@dataclass(frozen=True)
class Access:
    """How to reach an engine."""

    key: str = field(repr=False)
    base_url: str
    model: str
    timeout_seconds: float = 180


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
        """Reads a response. Raises EngineError when it holds no answer, whatever it holds instead."""
        try:
            return cls.parse(exchange)
        except EngineError:
            raise
        except Exception as error:  # engines change their formats, and a run must not end for that
            raise EngineError(
                ErrorKind.UNREADABLE, f"The answer has an unknown shape ({type(error).__name__})."
            ) from error

    @classmethod
    @abstractmethod
    def parse(cls, exchange: Exchange) -> Answer:
        """Reads a response in the engine's format. Raises EngineError when it holds no answer."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Lets go of connections."""


def each_once(sources: list[Source]) -> tuple[Source, ...]:
    """The sources, each address once, in order of first appearance."""
    found: dict[str, Source] = {}
    for source in sources:
        found.setdefault(source.url, source)
    return tuple(found.values())
