"""Batches: many questions handed in at once, answered within a day, at half the price of their tokens.

An engine that has them is a BatchCollector beside being a Collector. What comes back for each question is an exchange
like any other, and is read by the same `parse`.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from worker_svc.collectors import errors
from worker_svc.collectors.collector import Collector, Question
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange

TOKEN_SHARE = 0.5
"""Of the tokens' price; searches cost what they always do. By the batch guides of OpenAI, Anthropic and Google."""


class BatchCollector(Collector):
    """An engine that also takes batches."""

    batch_size: ClassVar[int] = 50
    """Questions in one batch. Engines take far more; what comes back has to fit into one body (MAX_BODY_BYTES)."""

    @abstractmethod
    async def submit(self, questions: Mapping[str, Question]) -> str:
        """Hands in questions, each under a key, and gives the engine's name for the batch.

        Raises EngineError; one whose fate is unknown may have been accepted.
        """

    @abstractmethod
    async def fetch(self, reference: str, keys: Sequence[str]) -> dict[str, Exchange | None] | None:
        """What came back under each of the keys; None while the batch is under way.

        A key with None was not asked and costs nothing: the engine says that the batch expired or was cancelled before
        its turn. Of a key that is missing nobody knows. Raises EngineError.
        """

    @abstractmethod
    async def cancel(self, reference: str) -> None:
        """Asks the engine to stop. Raises EngineError."""


def named(exchange: Exchange, name: str) -> str:
    """A text that a response to a batch must hold, such as its id. Raises EngineError."""
    found = errors.load(exchange).get(name)
    if not isinstance(found, str) or not found:
        raise EngineError(
            ErrorKind.UNREADABLE, f"The response about a batch has no {name}.", retryable=False, is_fate_unknown=True
        )
    return found


def lines(exchange: Exchange) -> list[dict[str, object]]:
    """The objects of a body of JSON Lines; a line that is none is passed over. Raises EngineError."""
    if exchange.status is not None and exchange.status >= 400:
        raise errors.from_status(exchange)
    if exchange.is_cut:
        raise EngineError(ErrorKind.UNREADABLE, "The connection broke before the end of the batch.", retryable=True)
    found = []
    for line in exchange.body.splitlines():
        try:
            item = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(item, dict):
            found.append(item)
    return found


def answer_of(body: object, status: int = 200) -> Exchange:
    """One answer out of a batch, as if it had come by itself."""
    return Exchange(json.dumps(body), status, token_share=TOKEN_SHARE)
