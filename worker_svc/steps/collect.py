"""Asks each chosen engine the brand's active questions that have no answer yet in this run."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import select

from answerbeat.database import Database
from answerbeat.schema import Brand, Customer
from worker_svc import batches, calls
from worker_svc.batches import Batch
from worker_svc.calls import Call, Tally
from worker_svc.collectors import errors
from worker_svc.engines import Engines
from worker_svc.run import Run, StepFailed
from worker_svc.steps.asking import Asking
from worker_svc.steps.attempts import NotAsked, when_there
from worker_svc.steps.batch import Batching, takes_batches

NAME = "data_collection"


async def collect(
    run: Run, database: Database, engines: Engines, parallel_calls: int = 8, batch_poll_seconds: float = 60
) -> None:
    """A run that is `parallel` makes up to `parallel_calls` calls at once; one that is `batch` hands in what it can.

    Raises StepFailed when not a single answer is there in the end.
    """
    chosen, is_demo = await _chosen(run, database, engines)
    absent = {name: why for name in chosen if (why := engines.why_not(name, is_demo=is_demo))}
    ready = [name for name in chosen if name not in absent]
    run.complaints += [f"{name}: {why}." for name, why in absent.items()]
    async with database.transaction() as session:
        await calls.abandon(session, run)
        todo = await calls.missing(session, run, ready)
        before = sum(tally.answered for tally in await calls.tallies(session, run))
        waiting = [batch for batch in await batches.under_way(session, run) if engines.missing(batch.collector) is None]
    collecting = _Collecting(run, database, engines, todo, parallel_calls if run.options.parallel else 1)
    await collecting.all(waiting, batch_poll_seconds, before)
    found = await when_there(database, lambda session: calls.tallies(session, run))
    run.metrics[NAME] = summarize(found)
    run.complaints += [complaint for tally in found for complaint in _complaints(tally)]
    if not any(tally.answered for tally in found):
        raise StepFailed(_why_nothing(run, chosen, found), retryable=any(tally.may_help for tally in found))


async def _chosen(run: Run, database: Database, engines: Engines) -> tuple[list[str], bool]:
    """The job's collectors, else the brand's own, else all that have a key; and whether it is a demo."""
    wanted = select(Brand.ai_models, Customer.is_demo).join(Customer).where(Brand.id == run.brand_id)
    async with database.transaction() as session:
        own, is_demo = (await session.execute(wanted)).one()
    return run.options.chosen(own, engines.ready()), is_demo


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
        self._total = 0

    async def all(self, waiting: Sequence[Batch], poll_seconds: float, before: int) -> None:
        """Makes the calls, and waits for batches handed in before. When one raises, the others are stopped.

        `before` is how many calls earlier attempts had answered: progress is the run's, not the attempt's.
        """
        is_batched = {call.collector: self._is_batched(call.collector) for call in self._todo}
        handed_in = [call for call in self._todo if is_batched[call.collector]]
        one_by_one = [call for call in self._todo if not is_batched[call.collector]]
        self._total = before + len(self._todo) + sum(len(batch.calls) for batch in waiting)
        self._ended(before)
        batching = Batching(self._run, self._database, self._engines, poll_seconds, self._ended)
        async with asyncio.TaskGroup() as group:
            group.create_task(batching.all(waiting, handed_in))
            for call in one_by_one:
                await self._slots.acquire()
                if self._run.draining.is_set():
                    break
                group.create_task(self._one(call))
        self._run.stop_if_draining()

    def _is_batched(self, name: str) -> bool:
        return self._run.options.batch and takes_batches(self._engines, name)

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
            error = await Asking(self._run, self._database, call, self._engines[call.collector]).make()
        except NotAsked:
            return  # the call says why
        if error and error.kind == errors.UNAUTHORIZED:
            self._refused.add(call.collector)


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
                "waiting": tally.waiting,
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
    if tally.waiting:
        said.append(
            f"{tally.collector}: {tally.waiting} of {tally.calls} calls are still with the engine in a batch; retry the"
            " run to go on waiting for them."
        )
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
