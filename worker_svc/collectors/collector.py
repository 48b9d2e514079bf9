"""What a collector is: it asks one engine one question, and reads what came back.

Asking and reading are apart, so that a body can be read again from where it was stored. To add
an engine, subclass Collector in a file of its own and register it in pyproject.toml.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

MAX_BODY_BYTES = 20 * 1024 * 1024
"""Longer bodies are cut off here: no answer is that long."""


@dataclass(frozen=True)
class Question:
    """What to ask, and as whom."""

    text: str
    locale: str | None = None
    """BCP 47."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""


@dataclass(frozen=True)
class Exchange:
    """What an engine sent back."""

    body: str
    status: int | None = None
    """HTTP status; None where it was not kept."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """With names in lower case."""
    is_cut: bool = False
    """The connection broke, or the limit was reached, before the body's end."""
    calls: int = 1
    """Calls that were paid for."""


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

    key: str
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

    def __init__(self, access: Access) -> None:
        self.access = access

    @abstractmethod
    async def ask(self, question: Question) -> Exchange:
        """Asks once. Raises EngineError when no response came; an error response is returned like any other."""

    @classmethod
    @abstractmethod
    def read(cls, exchange: Exchange) -> Answer:
        """Reads a response. Raises EngineError when it holds no answer."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Lets go of connections."""


def each_once(sources: list[Source]) -> tuple[Source, ...]:
    """The sources, each address once, in order of first appearance."""
    return tuple(
        {source.url: source for source in reversed(sources)}[url] for url in dict.fromkeys(s.url for s in sources)
    )
