"""Asks each chosen engine the brand's active questions that have no answer yet in this run."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from reading.branded import names_brand
from worker_svc.call import Call, Tally
from worker_svc.collectors.errors import ErrorKind
from worker_svc.context import RunContext
from worker_svc.run import Run, StepFailed
from worker_svc.steps.asking import Asking
from worker_svc.steps.batch import Batching, takes_batches
from worker_svc.steps.paid_call import NotAsked
from worker_svc.store import batches, brands, calls
from worker_svc.store.batches import Batch
from worker_svc.summary import complaints, summarize

NAME = "data_collection"


async def collect(context: RunContext) -> None:
    """Makes the run's calls: some at once when it is `parallel`; one that is `batch` hands in what it can.

    Raises StepFailed when not a single result is there in the end.
    """
    run, engines = context.run, context.engines
    async with context.database.transaction() as session:
        own, is_demo = await brands.asked(session, run)
    chosen = run.options.chosen(own, engines.ready())
    absent = {name: why for name in chosen if (why := engines.why_not(name, is_demo=is_demo))}
    run.complaints += [f"{name}: {why}." for name, why in absent.items()]
    todo, under_way, before = await _open(context, [name for name in chosen if name not in absent])
    waiting = [batch for batch in under_way if engines.missing(batch.collector) is None]
    await _Collecting(context, todo).all(waiting, sum(tally.answered + tally.no_overview for tally in before))
    found = await context.read_with_retry(lambda session: calls.tallies(session, run))
    run.may_have_open_calls = any(tally.waiting for tally in found)
    run.metrics[NAME] = summarize(found)
    run.complaints += [complaint for tally in found for complaint in complaints(tally)]
    if not any(tally.answered or tally.no_overview for tally in found):
        raise StepFailed(_why_nothing(run, chosen, found), retryable=any(tally.may_help for tally in found))


async def _open(context: RunContext, ready: Sequence[str]) -> tuple[list[Call], list[Batch], list[Tally]]:
    """What is to be asked, which batches are with engines, and what earlier attempts have done.

    What an earlier lease left under way is of unknown fate from then on. Raises LeaseLost.
    """
    run = context.run
    async with context.fenced() as fenced:
        await calls.abandon(fenced)
        names = await brands.tracked_names(fenced.session, run)
        todo = [
            replace(call.placed(run.options), is_branded=names_brand(call.question, names))
            for call in await calls.missing(fenced.session, run, ready)
        ]
        before = await calls.tallies(fenced.session, run)
        under_way = await batches.under_way(fenced.session, run)
    run.may_have_open_calls = bool(under_way)
    if before:
        run.metrics[NAME] = summarize(before)
    return todo, under_way, before


class _Collecting:
    """The calls of one step: a few at a time, none of an engine that has refused the key."""

    def __init__(self, context: RunContext, todo: Sequence[Call]) -> None:
        self._context = context
        self._run = context.run
        self._todo = todo
        self._slots = asyncio.Semaphore(context.at_once)
        self._refused: set[str] = set()
        self._done = 0
        self._total = 0

    async def all(self, waiting: Sequence[Batch], before: int) -> None:
        """Makes the calls, and waits for batches handed in before. When one raises, the others are stopped.

        `before` is how many calls earlier attempts had answered: progress is the run's, not the attempt's.
        """
        is_batched = {call.collector: self._is_batched(call.collector) for call in self._todo}
        handed_in = [call for call in self._todo if is_batched[call.collector]]
        one_by_one = [call for call in self._todo if not is_batched[call.collector]]
        self._total = before + len(self._todo) + sum(len(batch.calls) for batch in waiting)
        self._ended(before)
        batching = Batching(self._context, self._ended)
        async with asyncio.TaskGroup() as group:
            group.create_task(batching.all(waiting, handed_in))
            for call in one_by_one:
                await self._slots.acquire()
                if self._run.draining.is_set():
                    break
                group.create_task(self._one(call))
        self._run.stop_if_draining()

    def _is_batched(self, name: str) -> bool:
        return self._run.options.batch and takes_batches(self._context.engines, name)

    def _ended(self, calls: int) -> None:
        self._done += calls
        self._run.advance(NAME, self._done, self._total)

    async def _one(self, call: Call) -> None:
        try:
            if call.collector not in self._refused:
                await self._ask(call)
            self._ended(1)
        finally:
            self._slots.release()

    async def _ask(self, call: Call) -> None:
        try:
            error = await Asking(self._context, call, self._context.engines[call.collector]).make()
        except NotAsked:
            return  # the call says why
        if error and error.kind == ErrorKind.UNAUTHORIZED:
            self._refused.add(call.collector)


def _why_nothing(run: Run, chosen: Sequence[str], found: Sequence[Tally]) -> str:
    if run.complaints:
        return " ".join(run.complaints)
    if not chosen:
        return "No collector has a key. Set one, such as OPENAI_API_KEY, for the worker."
    return "No engine gave an answer." if found else "The brand has no active question."
