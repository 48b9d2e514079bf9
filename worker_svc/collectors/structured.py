"""An engine whose model also does a task in a given shape: it searches nothing, and gives JSON by a schema.

A collector that can is a StructuredCollector. Its response is read like any other; the answer's text is the JSON.
"""

from abc import abstractmethod
from dataclasses import dataclass

from worker_svc.collectors.collector import Collector
from worker_svc.collectors.exchange import Exchange

MAX_TOKENS = 8_192
"""Of a result, where an engine wants a bound."""


@dataclass(frozen=True)
class Task:
    """What a model is to do with a text, and the shape of what it gives back."""

    name: str
    """Letters and underscores."""
    instructions: str
    text: str
    schema: dict[str, object]
    """JSON Schema, in the part of it that all engines take: objects that allow nothing more, and need all they name."""


class StructuredCollector(Collector):
    """A collector whose engine gives JSON of a given shape."""

    @abstractmethod
    async def complete(self, task: Task) -> Exchange:
        """Has the task done once. Raises EngineError when no response came."""
