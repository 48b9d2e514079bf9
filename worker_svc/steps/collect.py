"""Asks each chosen engine the brand's active questions that have no answer yet in this run."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select
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
from answerbeat.options import RunOptions
from answerbeat.schema import Brand, Customer
from worker_svc import calls
from worker_svc.calls import Call, Tally
from worker_svc.collectors import errors
from worker_svc.collectors.collector import Collector, Question
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.engines import Engines
from worker_svc.limits import MAX_PAUSE_SECONDS, AtLimit
from worker_svc.run import Run, StepFailed

log = structlog.get_logger()
T = TypeVar("T")

NAME = "data_collection"
TRIES = 4
"""How often an engine is asked that says it is busy, within one attempt of a run."""
STORE_PAUSE = wait_random(0.2, 1.0)
"""Between two tries to store what was paid for, while the database is away."""
LIMIT_PAUSE = wait_random(0.05, 0.5)
"""Between two looks whether a limit has room again."""
BACKOFF = wait_random_exponential(multiplier=0.5, max=20)


async def collect(run: Run, database: Database, engines: Engines, parallel_calls: int = 8) -> None:
    """A run that is `parallel` makes up to `parallel_calls` calls at once.

    Raises StepFailed when not a single answer is there in the end.
    """
    chosen, is_demo = await _chosen(run, database, engines)
    absent = {name: why for name in chosen if (why := why_not(engines, name, is_demo=is_demo))}
    ready = [name for name in chosen if name not in absent]
    run.complaints += [f"{name}: {why}." for name, why in absent.items()]
    async with database.transaction() as session:
        await calls.abandon(session, run)
        todo = await calls.missing(session, run, ready)
    await _Collecting(run, database, engines, todo, parallel_calls if run.options.parallel else 1).all()
    found = await _when_there(database, lambda session: calls.tallies(session, run))
    run.metrics[NAME] = summarize(found)
    run.complaints += [complaint for tally in found for complaint in _complaints(tally)]
    if not any(tally.answered for tally in found):
        raise StepFailed(_why_nothing(run, chosen, found), retryable=any(tally.may_help for tally in found))


async def _chosen(run: Run, database: Database, engines: Engines) -> tuple[list[str], bool]:
    """The job's collectors, else the brand's own, else all that have a key; and whether it is a demo."""
    wanted = select(Brand.ai_models, Customer.is_demo).join(Customer).where(Brand.id == run.brand_id)
    async with database.transaction() as session:
        own, is_demo = (await session.execute(wanted)).one()
    return chosen_of(run.options, own, engines), is_demo


def chosen_of(options: RunOptions, own: Sequence[str], engines: Engines) -> list[str]:
    """The job's collectors, else the brand's own, else all that have a key."""
    return list(dict.fromkeys(options.collectors or own or engines.ready()))


def why_not(engines: Engines, name: str, *, is_demo: bool) -> str | None:
    """Why an engine is not asked, if it isn't."""
    if (why := engines.missing(name)) is None and is_demo and not engines.all[name].is_emulated:
        return "a demo customer's questions go to emulated engines only, and this one is real"
    return why


class _Collecting:
    """The calls of one step: a few at a time, none of an engine that has refused the key."""

    def __init__(self, run: Run, database: Database, engines: Engines, todo: Sequence[Call], at_once: int) -> None:
        self._run = run
        self._database = database
        self._engines = engines
        self._todo = todo
        self._slots = asyncio.Semaphore(at_once)
        self._refused: set[str] = set()
        self._done = 0

    async def all(self) -> None:
        """Makes the calls. When one raises, those under way are stopped."""
        self._run.advance(NAME, 0, len(self._todo))
        async with asyncio.TaskGroup() as group:
            for call in self._todo:
                await self._slots.acquire()
                if self._run.draining.is_set():
                    break
                group.create_task(self._one(call))
        self._run.stop_if_draining()

    async def _one(self, call: Call) -> None:
        try:
            if call.collector not in self._refused:
                await self._ask(call)
            self._done += 1
            self._run.advance(NAME, self._done, len(self._todo))
        finally:
            self._slots.release()

    async def _ask(self, call: Call) -> None:
        """Asks, a few times while the engine says that it is busy."""
        asking = AsyncRetrying(
            retry=retry_if_result(_is_worth_waiting),
            wait=_pause,
            stop=stop_after_attempt(TRIES),
            retry_error_callback=lambda _: None,
        )
        await asking(self._ask_once, call)

    async def _ask_once(self, call: Call) -> EngineError | None:
        """One call, written down before it is made and when it has ended. Gives what went wrong, if something did."""
        try:
            key = await self._begin(call)
        except EngineError as error:
            await self._not_made(call, error)
            return None  # not to be tried again now: whoever refused it said that waiting does not help
        if key is None:
            return None  # answered, or under way elsewhere, since the list was made
        started = time.monotonic()
        exchange: Exchange | None = None
        try:
            exchange = await _exchange(self._engines[call.collector], self._question(call))
            answer = self._engines[call.collector].read(exchange)
        except EngineError as error:
            await self._failed(call, key, error, exchange, _ms_since(started))
            return error
        latency_ms = _ms_since(started)

        async def store(session: AsyncSession) -> None:
            await calls.answered(session, self._run, call, key, exchange, answer, latency_ms)

        await _when_there(self._database, store)
        log.info("answered", collector=call.collector, ms=latency_ms, question=call.question[:60])
        return None

    def _question(self, call: Call) -> Question:
        options = self._run.options
        return Question(call.question, options.locale or call.locale, options.country or call.country, options.city)

    async def _begin(self, call: Call) -> UUID | None:
        """The call's key, as soon as no limit stands against it. None when it was made already.

        Raises Drained; and EngineError for a call that is not to be made.
        """
        async for attempt in AsyncRetrying(retry=retry_if_exception_type(AtLimit), wait=LIMIT_PAUSE):
            with attempt:
                self._run.stop_if_draining()
                return await _when_there(self._database, lambda session: calls.begin(session, self._run, call))
        raise AssertionError  # pragma: no cover - tenacity returns or raises

    async def _not_made(self, call: Call, error: EngineError) -> None:
        await _when_there(self._database, lambda session: calls.refused(session, self._run, call, error))
        log.warning("not_asked", collector=call.collector, kind=error.kind, reason=error.message)

    async def _failed(
        self, call: Call, key: UUID, error: EngineError, exchange: Exchange | None, latency_ms: int
    ) -> None:
        if error.kind == errors.UNAUTHORIZED:
            self._refused.add(call.collector)

        async def store(session: AsyncSession) -> None:
            await calls.failed(session, self._run, call, key, error, exchange, latency_ms)

        await _when_there(self._database, store)
        log.warning("not_answered", collector=call.collector, kind=error.kind, reason=error.message)


async def _when_there(database: Database, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Does a transaction's work as soon as the database is there.

    What an engine sent has been paid for, and one call's error would stop the others that are under way.
    """
    async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=STORE_PAUSE):
        with attempt:
            async with database.transaction() as session:
                return await work(session)
    raise AssertionError  # pragma: no cover - tenacity returns or raises


async def _exchange(collector: Collector, question: Question) -> Exchange:
    """One call. Raises EngineError for an error response, and for whatever else goes wrong."""
    try:
        exchange = await collector.ask(question)
        if exchange.status is not None and exchange.status >= 400:
            raise errors.from_status(exchange)
    except EngineError:
        raise
    except Exception as error:  # of an engine's SDK: the run and the other engines go on
        log.exception("collector_broke", collector=collector.name)
        message = f"The collector broke ({type(error).__name__}); the worker's log says where."
        raise EngineError(errors.ENGINE_ERROR, message, retryable=False, is_fate_unknown=True) from error
    return exchange


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _is_worth_waiting(error: EngineError | None) -> bool:
    return error is not None and error.retryable and (error.retry_after_seconds or 0) <= MAX_PAUSE_SECONDS


def _pause(state: RetryCallState) -> float:
    """At least what the engine asks for, else growing with each try; with jitter, so that workers spread out."""
    error = state.outcome.result() if state.outcome else None
    return float(error.retry_after_seconds or 0 if error else 0) + BACKOFF(state)


def summarize(found: Sequence[Tally]) -> dict[str, object]:
    """The metrics of the step, over all attempts."""
    return {
        "queries_executed": len({query for tally in found for query in tally.query_ids}),
        "successful_executions": sum(tally.answered for tally in found),
        "failed_executions": sum(tally.failed + tally.unknown for tally in found),
        "collector_results": sum(tally.answered for tally in found),
        "cost_usd": sum(tally.cost_micro_usd for tally in found) / 1_000_000,
        "by_collector": {
            tally.collector: {
                "calls": tally.calls,
                "attempts": tally.attempts,
                "successful": tally.answered,
                "failed": tally.failed,
                "unknown": tally.unknown,
                "cost_usd": tally.cost_micro_usd / 1_000_000,
                "is_price_known": tally.cost_micro_usd > 0 or not tally.answered,
            }
            for tally in found
        },
    }


def _complaints(tally: Tally) -> list[str]:
    said = []
    if tally.failed:
        kinds = ", ".join(tally.error_kinds or [])
        said.append(f"{tally.collector}: {tally.failed} of {tally.calls} calls failed ({kinds}): {tally.error_message}")
    if tally.unknown:
        said.append(
            f"{tally.collector}: {tally.unknown} of {tally.calls} calls were under way when contact was lost and may"
            " have been paid for; they are asked again only when the run is retried by hand."
        )
    return said


def _why_nothing(run: Run, chosen: Sequence[str], found: Sequence[Tally]) -> str:
    if run.complaints:
        return " ".join(run.complaints)
    if not chosen:
        return "No collector has a key. Set one, such as OPENAI_API_KEY, for the worker."
    return "No engine gave an answer." if found else "The brand has no active question."
