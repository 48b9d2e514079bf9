"""Tells the scheduler how attempts ended: those that end while one rpc is under way go together in the next.

A single ending waits for nothing, and a burst of them costs few calls and few transactions.
"""

import asyncio
from dataclasses import dataclass, field

import grpc
from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from answerbeat.rpc.convert import to_struct
from answerbeat.v1 import dispatch_pb2
from worker_svc.duties.scheduler import Dispatch
from worker_svc.ending import Ending
from worker_svc.run import Run

FINISH_SECONDS = 60.0
"""How long the end of a run is tried to be told. After that its lease ends, and another worker finds nothing left."""
BACKOFF = wait_random_exponential(multiplier=0.2, max=5)
MAX_RUNS = 1000
"""In one rpc, by the contract."""


class NotTold(Exception):
    """The scheduler was away too long."""


@dataclass(frozen=True)
class _Waiting:
    """An ending that is to be told."""

    message: dispatch_pb2.FinishedRun
    was_held: asyncio.Future[bool] = field(default_factory=asyncio.Future)


class Completer:
    """One worker's."""

    def __init__(self, dispatch: Dispatch, worker_id: str) -> None:
        self._dispatch = dispatch
        self._worker_id = worker_id
        self._waiting: list[_Waiting] = []
        self._telling: asyncio.Task[None] | None = None
        self._at_most = MAX_RUNS

    async def tell(self, run: Run, ending: Ending) -> bool:
        """Whether the run was still this worker's: nothing was written otherwise. Raises NotTold."""
        mine = _Waiting(_message(run, ending))
        self._waiting.append(mine)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all())
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                return await mine.was_held
        except TimeoutError:
            raise NotTold from None

    async def close(self) -> None:
        """Stops telling."""
        if self._telling:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell_all(self) -> None:
        """Tells whatever is there, and then what has come meanwhile; again while the scheduler is away."""
        while self._waiting:
            async for attempt in AsyncRetrying(retry=retry_if_exception_type(grpc.aio.AioRpcError), wait=BACKOFF):
                with attempt:
                    await self._tell_those_there()

    async def _tell_those_there(self) -> None:
        """After a refusal one goes alone, then two, and so on: one that can't be told must keep no other back."""
        self._waiting = [waiting for waiting in self._waiting if not waiting.was_held.done()]  # the rest gave up
        now, self._waiting = self._waiting[: self._at_most], self._waiting[self._at_most :]
        if not now:
            return
        request = dispatch_pb2.FinishRunsRequest(worker_id=self._worker_id, runs=[waiting.message for waiting in now])
        try:
            answer = await self._dispatch.FinishRuns(request)
        except BaseException:
            self._waiting += now
            self._at_most = 1
            raise
        self._at_most = min(2 * self._at_most, MAX_RUNS)
        for waiting in now:
            if not waiting.was_held.done():
                waiting.was_held.set_result(waiting.message.lease_token not in answer.stale_lease_tokens)


def _message(run: Run, ending: Ending) -> dispatch_pb2.FinishedRun:
    return dispatch_pb2.FinishedRun(
        run_id=str(run.id),
        lease_token=str(run.token),
        outcome=dispatch_pb2.Outcome.Value(f"OUTCOME_{ending.outcome.name}"),
        metrics=to_struct(run.metrics),
        progress=to_struct(run.progress),
        error_message=ending.error,
        retryable=ending.retryable,
    )
