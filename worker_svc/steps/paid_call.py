"""One call, from its begin to its end: patience with limits, engines and the database, and what became of it.

What a call is for, an answer or a judgement, decides what is asked and how what came is read and kept. That none
is made twice is `store/calls.py`'s.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_random,
    wait_random_exponential,
)

from worker_svc.call import Call
from worker_svc.collectors import errors
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.errors import EngineError, ErrorKind, NoOverview
from worker_svc.collectors.exchange import Exchange
from worker_svc.context import RunContext
from worker_svc.store import calls
from worker_svc.store.acquire import MAX_PAUSE_SECONDS, AtLimit
from worker_svc.store.fence import Fenced

log = structlog.get_logger()
T = TypeVar("T")

TRIES = 4
"""How often an engine is asked that says it is busy, within one attempt of a run."""
BACKOFF = wait_random_exponential(multiplier=0.5, max=20)
LIMIT_PAUSE = wait_random(0.05, 0.5)
"""Between two looks whether a limit has room again."""


class NotAsked(Exception):
    """A call was not made, and was written down so: whoever refused it said that waiting does not help now."""

    def __init__(self, error: EngineError) -> None:
        super().__init__(error.message)
        self.error = error


async def loaded(collector: Collector) -> None:
    """Makes its client, before a call is begun. Raises EngineError when that fails: nothing was asked then."""
    try:
        await asyncio.to_thread(collector.load)  # the loop keeps leases alive meanwhile
    except Exception as error:
        raise _broke(collector, error, is_fate_unknown=False) from error


async def sorted_out(collector: Collector, ask: Callable[[], Awaitable[T]]) -> T:
    """What an engine gave. Raises EngineError for whatever went wrong: the run and the other engines go on."""
    try:
        return await ask()
    except EngineError:
        raise
    except Exception as error:
        raise _broke(collector, error, is_fate_unknown=True) from error


def _broke(collector: Collector, error: Exception, *, is_fate_unknown: bool) -> EngineError:
    log.error("collector_broke", collector=collector.name, exc_info=error)
    message = f"The collector broke ({type(error).__name__}); the worker's log says where."
    return EngineError(ErrorKind.ENGINE_ERROR, message, retryable=False, is_fate_unknown=is_fate_unknown)


async def fail(
    context: RunContext,
    call: Call,
    key: UUID,
    error: EngineError,
    exchange: Exchange | None = None,
    latency_ms: int = 0,
) -> None:
    """Writes down that a call gave no answer."""
    await context.write_with_retry(lambda fenced: calls.failed(fenced, call, key, error, exchange, latency_ms))
    log.warning("not_answered", collector=call.collector, kind=error.kind, reason=error.message)


async def refuse(context: RunContext, call: Call, error: EngineError) -> None:
    """Writes down that a call was not made."""
    await context.write_with_retry(lambda fenced: calls.refused(fenced, call, error))
    log.warning("not_asked", collector=call.collector, kind=error.kind, reason=error.message)


def is_worth_waiting(error: EngineError | None) -> bool:
    """Whether another try may help within this attempt of the run."""
    return error is not None and error.retryable and (error.retry_after_seconds or 0) <= MAX_PAUSE_SECONDS


def pause(state: RetryCallState) -> float:
    """At least what the engine asks for, else growing with each try; with jitter, so that workers spread out."""
    raised = state.outcome.exception() if state.outcome else None
    error = raised if raised or state.outcome is None else state.outcome.result()
    asked_for = error.retry_after_seconds if isinstance(error, EngineError) else None
    return (asked_for or 0.0) + BACKOFF(state)


def ms_since(started: float) -> int:
    """Milliseconds since a moment of time.monotonic()."""
    return round((time.monotonic() - started) * 1000)


@dataclass(frozen=True)
class PaidCall(ABC, Generic[T]):
    """A call that is to be made, and what for."""

    context: RunContext
    call: Call
    collector: Collector

    @abstractmethod
    async def ask(self) -> Exchange:
        """Asks the engine once. Raises EngineError when no response came."""

    @abstractmethod
    def read(self, exchange: Exchange) -> T:
        """What a response says. Raises EngineError when it does not hold what was asked for."""

    @abstractmethod
    async def store(self, fenced: Fenced, key: UUID, exchange: Exchange, found: T, latency_ms: int) -> None:
        """Keeps it, in the transaction that ends the call."""

    async def make(self) -> EngineError | None:
        """Asks, a few times while the engine says that it is busy. Gives what went wrong in the end, if something did.

        Raises Drained; LeaseLost; and NotAsked.
        """
        asking = AsyncRetrying(
            retry=retry_if_result(is_worth_waiting),
            wait=pause,
            stop=stop_after_attempt(TRIES),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        result: EngineError | None = await asking(self._make_once)
        return result

    async def settle(self, key: UUID, exchange: Exchange, latency_ms: int) -> EngineError | None:
        """Reads what came for a call and stores it. Gives what was wrong with it, if something was."""
        try:
            if exchange.status is not None and exchange.status >= 400:
                raise errors.from_status(exchange)
            found = self.read(exchange)
        except NoOverview as error:
            nothing = error
            await self.context.write_with_retry(
                lambda fenced: calls.no_overview(fenced, self.call, key, exchange, nothing, latency_ms)
            )
            log.info("no_overview_shown", collector=self.call.collector, ms=latency_ms)
            return None
        except EngineError as error:
            await fail(self.context, self.call, key, error, exchange, latency_ms)
            return error

        await self.context.write_with_retry(lambda fenced: self.store(fenced, key, exchange, found, latency_ms))
        log.info("answered", collector=self.call.collector, ms=latency_ms, question=self.call.question[:60])
        return None

    async def _make_once(self) -> EngineError | None:
        """One call, written down before it is made and when it has ended."""
        try:
            await loaded(self.collector)
            key = await self._begin()
        except EngineError as error:
            await refuse(self.context, self.call, error)
            raise NotAsked(error) from error
        if key is None:
            return None  # answered, or under way elsewhere, since the list was made
        started = time.monotonic()
        try:
            exchange = await sorted_out(self.collector, self.ask)
        except EngineError as error:
            await fail(self.context, self.call, key, error, latency_ms=ms_since(started))
            return error
        return await self.settle(key, exchange, ms_since(started))

    async def _begin(self) -> UUID | None:
        """The call's key, as soon as no limit stands against it. None when it was made already.

        Raises Drained; and EngineError for a call that is not to be made.
        """
        self.context.run.may_have_open_calls = True
        async for attempt in AsyncRetrying(retry=retry_if_exception_type(AtLimit), wait=LIMIT_PAUSE):
            with attempt:
                self.context.run.stop_if_draining()
                return await self.context.write_with_retry(lambda fenced: calls.begin(fenced, self.call))
        raise AssertionError  # pragma: no cover - tenacity returns or raises
