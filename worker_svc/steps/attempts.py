"""One call, from its begin to its end: patience with limits, engines and the database, and what became of it.

What a call is for, an answer or a judgement, decides what is asked and how what came is read and kept.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    wait_random,
    wait_random_exponential,
)

from answerbeat.database import Database, is_away
from worker_svc import calls
from worker_svc.calls import Call
from worker_svc.collectors import errors
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.limits import MAX_PAUSE_SECONDS, AtLimit
from worker_svc.run import Run

log = structlog.get_logger()
T = TypeVar("T")

TRIES = 4
"""How often an engine is asked that says it is busy, within one attempt of a run."""
STORE_PAUSE = wait_random(0.2, 1.0)
"""Between two tries to store what was paid for, while the database is away."""
BACKOFF = wait_random_exponential(multiplier=0.5, max=20)
LIMIT_PAUSE = wait_random(0.05, 0.5)
"""Between two looks whether a limit has room again."""


class NotAsked(Exception):
    """A call was not made, and was written down so: whoever refused it said that waiting does not help now."""

    def __init__(self, error: EngineError) -> None:
        super().__init__(error.message)
        self.error = error


async def when_there(database: Database, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Does a transaction's work as soon as the database is there.

    What an engine sent has been paid for, and one call's error would stop the others that are under way.
    """
    async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=STORE_PAUSE):
        with attempt:
            async with database.transaction() as session:
                return await work(session)
    raise AssertionError  # pragma: no cover - tenacity returns or raises


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
    return EngineError(errors.ENGINE_ERROR, message, retryable=False, is_fate_unknown=is_fate_unknown)


async def fail(
    run: Run,
    database: Database,
    call: Call,
    key: UUID,
    error: EngineError,
    exchange: Exchange | None = None,
    latency_ms: int = 0,
) -> None:
    """Writes down that a call gave no answer."""

    async def store(session: AsyncSession) -> None:
        await calls.failed(session, run, call, key, error, exchange, latency_ms)

    await when_there(database, store)
    log.warning("not_answered", collector=call.collector, kind=error.kind, reason=error.message)


async def refuse(run: Run, database: Database, call: Call, error: EngineError) -> None:
    """Writes down that a call was not made."""
    await when_there(database, lambda session: calls.refused(session, run, call, error))
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
class Attempt(ABC, Generic[T]):
    """A call that is to be made, and what for."""

    run: Run
    database: Database
    call: Call
    collector: Collector

    @abstractmethod
    async def ask(self) -> Exchange:
        """Asks the engine once. Raises EngineError when no response came."""

    @abstractmethod
    def read(self, exchange: Exchange) -> T:
        """What a response says. Raises EngineError when it does not hold what was asked for."""

    @abstractmethod
    async def store(self, session: AsyncSession, key: UUID, exchange: Exchange, found: T, latency_ms: int) -> None:
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
        except EngineError as error:
            await fail(self.run, self.database, self.call, key, error, exchange, latency_ms)
            return error

        async def store(session: AsyncSession) -> None:
            await self.store(session, key, exchange, found, latency_ms)

        await when_there(self.database, store)
        log.info("answered", collector=self.call.collector, ms=latency_ms, question=self.call.question[:60])
        return None

    async def _make_once(self) -> EngineError | None:
        """One call, written down before it is made and when it has ended."""
        try:
            await loaded(self.collector)
            key = await self._begin()
        except EngineError as error:
            await refuse(self.run, self.database, self.call, error)
            raise NotAsked(error) from error
        if key is None:
            return None  # answered, or under way elsewhere, since the list was made
        started = time.monotonic()
        try:
            exchange = await sorted_out(self.collector, self.ask)
        except EngineError as error:
            await fail(self.run, self.database, self.call, key, error, latency_ms=ms_since(started))
            return error
        return await self.settle(key, exchange, ms_since(started))

    async def _begin(self) -> UUID | None:
        """The call's key, as soon as no limit stands against it. None when it was made already.

        Raises Drained; and EngineError for a call that is not to be made.
        """
        async for attempt in AsyncRetrying(retry=retry_if_exception_type(AtLimit), wait=LIMIT_PAUSE):
            with attempt:
                self.run.stop_if_draining()
                return await when_there(self.database, lambda session: calls.begin(session, self.run, self.call))
        raise AssertionError  # pragma: no cover - tenacity returns or raises
