"""Asks through the engines' batches: hands questions in, waits, and stores what came back, at half the price.

The wait may take a day. It belongs to the run: a worker that stops leaves its batches with the engine, and whichever
holds the run next goes on waiting for them.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

import structlog
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from worker_svc.call import Call
from worker_svc.collectors.batch import BatchCollector
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange
from worker_svc.context import RunContext
from worker_svc.engines import Engines
from worker_svc.steps.asking import Asking
from worker_svc.steps.paid_call import TRIES, fail, is_worth_waiting, loaded, pause, refuse, sorted_out
from worker_svc.store import batches
from worker_svc.store.batches import Batch

log = structlog.get_logger()

MAX_OPEN = 50
"""Batches of one run that are with engines at a time; Google allows a key 100."""


def takes_batches(engines: Engines, name: str) -> bool:
    """Whether a ready engine has batches."""
    return isinstance(engines[name], BatchCollector)


class Batching:
    """The batches of one step."""

    def __init__(self, context: RunContext, done: Callable[[int], None]) -> None:
        self._context = context
        self._run = context.run
        self._done = done
        """Is told how many more calls have ended."""
        self._open = asyncio.Semaphore(MAX_OPEN)

    async def all(self, resumed: Sequence[Batch], todo: Sequence[Call]) -> None:
        """Waits for batches that were handed in before, and hands in and waits for the rest."""
        async with asyncio.TaskGroup() as group:
            for batch in resumed:
                group.create_task(self._wait(batch))
            by_engine = attrgetter("collector")
            for name, calls in groupby(sorted(todo, key=by_engine), by_engine):
                of_engine, size = list(calls), self._collector(name).batch_size
                for start in range(0, len(of_engine), size):
                    group.create_task(self._hand_in_and_wait(name, of_engine[start : start + size]))

    async def _hand_in_and_wait(self, name: str, todo: Sequence[Call]) -> None:
        async with self._open:
            if self._run.draining.is_set():
                return
            self._run.may_have_open_calls = True
            batch, kept_out = await self._context.write_with_retry(lambda fenced: batches.begin(fenced, name, todo))
            for call, error in kept_out:
                await refuse(self._context, call, error)
            self._done(len(kept_out))
            reference = await self._submit(batch) if batch.calls else None
            if reference is None:
                return
            handed_in = Batch(batch.id, name, batch.calls, reference)
            await self._context.write_with_retry(lambda fenced: batches.handed_in(fenced, handed_in, reference))
            log.info("batch_handed_in", collector=name, batch=reference, questions=len(batch.calls))
            await self._wait(handed_in)

    async def _submit(self, batch: Batch) -> str | None:
        """What the engine calls the batch; None when it does not take it."""
        collector = self._collector(batch.collector)
        questions = {str(key): call.for_person for key, call in batch.calls.items()}
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_busy), wait=pause, stop=stop_after_attempt(TRIES), reraise=True
            ):
                with attempt:
                    await loaded(collector)
                    return await sorted_out(collector, lambda: collector.submit(questions))
        except EngineError as error:
            await self._give_up(batch, error)
        return None

    async def _wait(self, batch: Batch) -> None:
        """Looks again and again whether the batch is answered, until the worker stops.

        It raises nothing then: that would stop calls beside it that are under way and being paid for.
        """
        while (results := await self._fetch(batch)) is None:
            if await self._is_stopped_meanwhile():
                return
        await self._store(batch, results)

    async def _fetch(self, batch: Batch) -> dict[str, Exchange | None] | None:
        collector, reference = self._collector(batch.collector), str(batch.reference)
        try:
            await loaded(collector)
        except EngineError:
            return None  # the engine has the batch, and another worker's client may fetch it
        try:
            return await sorted_out(collector, lambda: collector.fetch(reference, [*map(str, batch.calls)]))
        except EngineError as error:
            log.warning("batch_not_seen", collector=batch.collector, batch=reference, reason=error.message)
            if error.retryable or error.kind == ErrorKind.TIMEOUT or _is_connection(error):
                return None  # asking how it stands costs nothing
            await self._give_up(batch, error)
            return {}

    async def _is_stopped_meanwhile(self) -> bool:
        try:
            async with asyncio.timeout(self._context.batch_poll_seconds):
                return await self._run.draining.wait()
        except TimeoutError:
            return False

    async def _store(self, batch: Batch, results: dict[str, Exchange | None]) -> None:
        """Each answer on its own: what was stored before a crash is not stored again."""
        age = await self._context.read_with_retry(lambda session: batches.age_ms(session, batch))
        collector = self._collector(batch.collector)
        for key, call in batch.calls.items():
            if exchange := results.get(str(key)):
                await Asking(self._context, call, collector).settle(key, exchange, age)
            else:
                error = _not_asked() if str(key) in results else _lost()
                await fail(self._context, call, key, error, latency_ms=age)
            self._done(1)
        await self._context.write_with_retry(lambda fenced: batches.end(fenced, batch))

    async def _give_up(self, batch: Batch, error: EngineError) -> None:
        for key, call in batch.calls.items():
            await fail(self._context, call, key, error)
        self._done(len(batch.calls))
        await self._context.write_with_retry(lambda fenced: batches.end(fenced, batch))
        batch.calls.clear()

    def _collector(self, name: str) -> BatchCollector:
        collector = self._context.engines[name]
        if not isinstance(collector, BatchCollector):
            raise TypeError(f"{name} takes no batches")
        return collector


async def stop(context: RunContext) -> None:
    """Asks the engines to end the batches of a run that was cancelled. What they have answered by then is paid for."""
    engines = context.engines
    async with context.database.transaction() as session:
        found = await batches.under_way(session, context.run)
    for batch in found:
        collector = engines[batch.collector] if engines.missing(batch.collector) is None else None
        if isinstance(collector, BatchCollector):
            try:
                await loaded(collector)
                await sorted_out(collector, partial(collector.cancel, str(batch.reference)))
            except EngineError as error:
                log.warning("batch_not_cancelled", batch=batch.reference, reason=error.message)
        async with context.fenced() as fenced:
            await batches.end(fenced, batch)


def _not_asked() -> EngineError:
    said = "The batch ended before the engine came to this question; it was not charged."
    return EngineError(ErrorKind.NO_ANSWER, said, retryable=True)


def _lost() -> EngineError:
    """Asking again may pay twice."""
    said = "The batch ended with no answer that is surely this question's; it may have been paid for."
    return EngineError(ErrorKind.UNREADABLE, said, retryable=False, is_fate_unknown=True)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, EngineError) and not error.is_fate_unknown and is_worth_waiting(error)


def _is_connection(error: EngineError) -> bool:
    return error.kind == ErrorKind.ENGINE_ERROR and error.is_fate_unknown
