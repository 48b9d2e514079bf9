"""Leases runs, works on them, keeps their leases, and says how they ended.

A run is the worker's only while its lease lasts. Whatever happens here, the scheduler gives it to
another worker when heartbeats stop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import grpc
import structlog
from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_delay, wait_random_exponential

from answerbeat.database import Database, is_away
from answerbeat.errors import InvalidFields
from answerbeat.options import RunOptions, read_options
from answerbeat.rpc.convert import enum_name, to_datetime, to_dict, to_struct
from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc, run_pb2
from worker_svc import calls
from worker_svc.engines import Engines
from worker_svc.run import Drained, LeaseLost, Run, StepFailed
from worker_svc.steps import batch as batch_step
from worker_svc.steps import collect as collect_step
from worker_svc.steps.score import score

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
"""Between two looks for work while the scheduler is away."""
WAIT_SLACK_SECONDS = 5.0
HANDBACK_SECONDS = 10.0
"""How long a stopping worker tries to hand back what it could not finish. After that the leases end by themselves."""
FINISH_SECONDS = 60.0
"""How long the end of a run is tried to be told. After that its lease ends, and another worker finds nothing left."""
STEPS = {
    "data_collection": ("collect",),
    "scoring": ("score",),
    "data_collection_and_scoring": ("collect", "score"),
}


@dataclass(frozen=True)
class Ending:
    """How an attempt ended."""

    outcome: dispatch_pb2.Outcome.ValueType
    error: str | None = None
    retryable: bool = False


@dataclass
class Held:
    """A run that is worked on."""

    run: Run
    heartbeat_seconds: float
    metadata: dict[str, Any]
    """The run's options as they are stored: what was right then may be wrong now."""
    task: asyncio.Task[None] | None = None
    is_cancelled: bool = False
    """A person cancelled it."""
    is_lost: bool = False
    """It is no longer this worker's."""
    told: dict[str, Any] = field(default_factory=dict)
    """The progress that the scheduler knows."""


class Executor:
    """Works on up to `slots` runs at once."""

    def __init__(
        self,
        dispatch: dispatch_pb2_grpc.DispatchServiceStub,
        database: Database,
        engines: Engines,
        worker_id: str,
        slots: int,
        wait_ms: int,
        parallel_calls: int,
        batch_poll_seconds: float,
    ) -> None:
        self._dispatch: Any = dispatch
        self._database = database
        self._engines = engines
        self._worker_id = worker_id
        self._slots = slots
        self._wait_ms = wait_ms
        self._parallel_calls = parallel_calls
        self._batch_poll_seconds = batch_poll_seconds
        self._held: dict[UUID, Held] = {}
        """By lease token: a worker that was frozen may get a run again before its old lease's task has ended."""
        self._changed = asyncio.Event()
        self._draining = asyncio.Event()
        self._takes_no_more = asyncio.Event()

    async def run(self) -> None:
        """Takes runs for as long as the worker lives."""
        try:
            await self._take_runs()
        finally:
            self._takes_no_more.set()

    async def _take_runs(self) -> None:
        was_away = False
        while not self._draining.is_set():
            free = self._slots - len(self._held)
            if free == 0:
                await self._change()
                continue
            try:
                leased = await self._lease(free)
                was_away = False
            except grpc.aio.AioRpcError as error:
                if not was_away:
                    log.warning("scheduler_away", code=error.code().name, reason=error.details())
                was_away = True
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            for run in leased:
                self._start(run)

    async def keep_leases(self) -> None:
        """Sends heartbeats for as long as the worker lives."""
        while True:
            if not self._held:
                await self._change()
                continue
            await asyncio.sleep(min(held.heartbeat_seconds for held in self._held.values()))
            try:
                if self._held:
                    await self._heartbeat()
            except grpc.aio.AioRpcError as error:
                log.warning("heartbeat_failed", code=error.code().name)

    async def drain(self, seconds: float) -> None:
        """Takes no more runs. What is under way is given some time, then handed back."""
        self._draining.set()
        self._changed.set()
        # A lease that is just coming in is handed back with the others.
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SLACK_SECONDS):
                await self._takes_no_more.wait()
        for held in self._held.values():
            held.run.draining.set()
        tasks = [held.task for held in self._held.values() if held.task]
        if tasks:
            log.info("draining", runs=len(tasks), seconds=seconds)
            late = await _cancel_those_late(tasks, seconds)
            stuck = await _cancel_those_late(late, HANDBACK_SECONDS)
            # The way to the scheduler is closed next: nobody may be on it any more.
            await asyncio.gather(*stuck, return_exceptions=True)

    async def _lease(self, capacity: int) -> list[dispatch_pb2.LeasedRun]:
        request = dispatch_pb2.LeaseRunsRequest(worker_id=self._worker_id, capacity=capacity, wait_ms=self._wait_ms)
        call = asyncio.ensure_future(
            self._dispatch.LeaseRuns(request, timeout=self._wait_ms / 1000 + WAIT_SLACK_SECONDS)
        )
        drained = asyncio.ensure_future(self._draining.wait())
        await asyncio.wait([call, drained], return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()
        if not call.done():
            call.cancel()  # a run that was on its way comes back when its lease ends
            return []
        return list(call.result().runs)

    async def _change(self) -> None:
        """Waits until a run begins or ends."""
        self._changed.clear()
        await self._changed.wait()

    def _start(self, leased: dispatch_pb2.LeasedRun) -> None:
        run = Run(
            id=UUID(leased.run_id),
            token=UUID(leased.lease_token),
            customer_id=UUID(leased.customer_id),
            brand_id=UUID(leased.brand_id),
            job_type=enum_name(run_pb2.JobType, leased.job_type),
            options=RunOptions(),
            attempt=leased.attempt,
            max_attempts=leased.max_attempts,
            timeout_seconds=leased.timeout_seconds,
            retried_at=to_datetime(leased.retried_at, "retried_at") if leased.HasField("retried_at") else None,
        )
        held = Held(run, leased.heartbeat_ms / 1000, to_dict(leased.metadata))
        self._held[run.token] = held
        held.task = asyncio.create_task(self._work(held))
        self._changed.set()

    async def _work(self, held: Held) -> None:
        """One attempt of a run, from its lease to its end."""
        run = held.run
        structlog.contextvars.bind_contextvars(run_id=str(run.id), lease=str(run.token))
        try:
            log.info("run_started", job_type=run.job_type, attempt=run.attempt, of=run.max_attempts)
            ending = await self._attempt(held)
            if ending is None:
                log.warning("run_lost", reason="its lease was given to another worker")
                return
            await self._settle(run, ending)
            await self._tell(run, ending)
            tell = log.warning if ending.outcome == dispatch_pb2.OUTCOME_FAILED else log.info
            tell("run_ended", outcome=enum_name(dispatch_pb2.Outcome, ending.outcome), error=ending.error)
        except LeaseLost:
            log.warning("run_lost", reason="its lease was given to another worker")
        except (RetryError, asyncio.CancelledError):
            log.warning("end_not_told", reason="the scheduler was away too long; the run's lease ends by itself")
        finally:
            del self._held[run.token]
            self._changed.set()

    async def _attempt(self, held: Held) -> Ending | None:
        """How it ended; None when the run is no longer ours."""
        run = held.run
        try:
            run.options = read_options(held.metadata)
            async with asyncio.timeout(run.timeout_seconds):
                await self._steps(run)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the run must end and say how
            return self._ending(held, _first(error))
        return Ending(dispatch_pb2.OUTCOME_COMPLETED, " ".join(run.complaints) or None)

    def _ending(self, held: Held, error: BaseException) -> Ending | None:
        match error:
            case LeaseLost():
                return None
            case StepFailed():
                return Ending(dispatch_pb2.OUTCOME_FAILED, str(error), error.retryable)
            case InvalidFields():
                return Ending(dispatch_pb2.OUTCOME_FAILED, f"The job's options are no longer right: {error.message}.")
            case TimeoutError():
                message = f"Took longer than {held.run.timeout_seconds} s."
                return Ending(dispatch_pb2.OUTCOME_FAILED, message, retryable=True)
            case asyncio.CancelledError() if held.is_lost:
                return None
            case asyncio.CancelledError() if held.is_cancelled:
                return Ending(dispatch_pb2.OUTCOME_CANCELLED, "Cancelled.")
            case asyncio.CancelledError() | Drained():
                return Ending(dispatch_pb2.OUTCOME_RELEASED)
        return self._surprise(error)

    async def _steps(self, run: Run) -> None:
        does: dict[str, Callable[[], Awaitable[None]]] = {
            "collect": lambda: collect_step.collect(
                run, self._database, self._engines, self._parallel_calls, self._batch_poll_seconds
            ),
            "score": lambda: score(run, self._database, self._engines, self._parallel_calls),
        }
        for step in STEPS[run.job_type]:
            await does[step]()

    def _surprise(self, error: BaseException) -> Ending:
        if is_away(error):
            return Ending(dispatch_pb2.OUTCOME_FAILED, "The database went away during the run.", retryable=True)
        log.error("run_broke", exc_info=error)
        message = f"Something went wrong in the worker ({type(error).__name__}); its log says what."
        return Ending(dispatch_pb2.OUTCOME_FAILED, message, retryable=True)

    async def _settle(self, run: Run, ending: Ending) -> None:
        """No call is left as if it were under way, and each is counted; the next lease does it if the database is away.

        Tried once only: a worker that is told to stop must not wait for a database.
        """
        try:
            if ending.outcome == dispatch_pb2.OUTCOME_CANCELLED:
                await batch_step.stop(run, self._database, self._engines)
            async with self._database.transaction() as session:
                await calls.abandon(session, run)
                if found := await calls.tallies(session, run):
                    run.metrics[collect_step.NAME] = collect_step.summarize(found)
        except Exception as error:
            if not is_away(error):
                raise

    async def _tell(self, run: Run, ending: Ending) -> None:
        """Tells the scheduler, again while it is away."""
        request = dispatch_pb2.FinishRunsRequest(
            worker_id=self._worker_id,
            runs=[
                dispatch_pb2.FinishedRun(
                    run_id=str(run.id),
                    lease_token=str(run.token),
                    outcome=ending.outcome,
                    metrics=to_struct(run.metrics),
                    progress=to_struct(run.progress),
                    error_message=ending.error,
                    retryable=ending.retryable,
                )
            ],
        )
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(grpc.aio.AioRpcError),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            stop=stop_after_delay(FINISH_SECONDS),
        ):
            with attempt:
                answer = await self._dispatch.FinishRuns(request)
        if answer.stale_lease_tokens:
            log.warning("run_lost", reason="its lease ended before its end could be told")

    async def _heartbeat(self) -> None:
        """Extends the leases, and stops the runs that were cancelled or are lost."""
        request = dispatch_pb2.HeartbeatRequest(
            worker_id=self._worker_id, runs=[_held_message(held) for held in self._held.values()]
        )
        answer = await self._dispatch.Heartbeat(request)
        for token in answer.cancelled_lease_tokens:
            self._stop(UUID(token), is_cancelled=True)
        for token in answer.lost_lease_tokens:
            self._stop(UUID(token), is_lost=True)

    def _stop(self, token: UUID, *, is_cancelled: bool = False, is_lost: bool = False) -> None:
        held = self._held.get(token)
        if held is None or held.task is None or held.is_cancelled or held.is_lost:
            return
        held.is_cancelled, held.is_lost = is_cancelled, is_lost
        held.task.cancel()


def _held_message(held: Held) -> dispatch_pb2.HeldRun:
    """A run for a heartbeat, with its progress when that is news."""
    message = dispatch_pb2.HeldRun(run_id=str(held.run.id), lease_token=str(held.run.token))
    if held.run.progress != held.told:
        held.told = deepcopy(held.run.progress)
        message.progress.CopyFrom(to_struct(held.told))
    return message


async def _cancel_those_late(tasks: Collection[asyncio.Task[None]], seconds: float) -> set[asyncio.Task[None]]:
    """Those that have not ended by then; they are told to."""
    if not tasks:
        return set()
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    return late


def _first(error: BaseException) -> BaseException:
    """The first error of a group, however deep; any other as it is."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
