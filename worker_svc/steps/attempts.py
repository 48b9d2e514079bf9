"""What the ways of asking have in common: patience with engines and with the database, and what became of a call."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random, wait_random_exponential

from answerbeat.database import Database, is_away
from worker_svc import calls
from worker_svc.calls import Call
from worker_svc.collectors import errors
from worker_svc.collectors.collector import Collector
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.limits import MAX_PAUSE_SECONDS
from worker_svc.run import Run

log = structlog.get_logger()
T = TypeVar("T")

TRIES = 4
"""How often an engine is asked that says it is busy, within one attempt of a run."""
STORE_PAUSE = wait_random(0.2, 1.0)
"""Between two tries to store what was paid for, while the database is away."""
BACKOFF = wait_random_exponential(multiplier=0.5, max=20)


async def when_there(database: Database, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Does a transaction's work as soon as the database is there.

    What an engine sent has been paid for, and one call's error would stop the others that are under way.
    """
    async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=STORE_PAUSE):
        with attempt:
            async with database.transaction() as session:
                return await work(session)
    raise AssertionError  # pragma: no cover - tenacity returns or raises


async def sorted_out(collector: Collector, asking: Awaitable[T]) -> T:
    """What an engine gave. Raises EngineError for whatever went wrong: the run and the other engines go on."""
    try:
        return await asking
    except EngineError:
        raise
    except Exception as error:
        log.exception("collector_broke", collector=collector.name)
        message = f"The collector broke ({type(error).__name__}); the worker's log says where."
        raise EngineError(errors.ENGINE_ERROR, message, retryable=False, is_fate_unknown=True) from error


async def settle(
    run: Run, database: Database, call: Call, key: UUID, collector: Collector, exchange: Exchange, latency_ms: int
) -> EngineError | None:
    """Reads what came for a call and stores it. Gives what was wrong with it, if something was."""
    try:
        if exchange.status is not None and exchange.status >= 400:
            raise errors.from_status(exchange)
        answer = collector.read(exchange)
    except EngineError as error:
        await fail(run, database, call, key, error, exchange, latency_ms)
        return error

    async def store(session: AsyncSession) -> None:
        await calls.answered(session, run, call, key, exchange, answer, latency_ms)

    await when_there(database, store)
    log.info("answered", collector=call.collector, ms=latency_ms, question=call.question[:60])
    return None


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
