"""One attempt of a run, from its lease to its end: its steps, what they leave behind, and telling how it ended."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from answerbeat.database import Database, is_away
from answerbeat.kinds import Outcome
from answerbeat.options import read_options
from worker_svc import ending as endings
from worker_svc.collectors.redirects import Redirects
from worker_svc.context import RunContext
from worker_svc.duties.completer import Completer, NotTold
from worker_svc.duties.leases import WorkerLease
from worker_svc.ending import Ending
from worker_svc.engines import Engines
from worker_svc.run import LeaseLost
from worker_svc.steps import batch as batch_step
from worker_svc.steps import collect as collect_step
from worker_svc.steps.bring_in import bring_in
from worker_svc.steps.collect import collect
from worker_svc.steps.score import score
from worker_svc.store import calls
from worker_svc.summary import summarize

log = structlog.get_logger()

Step = Callable[[RunContext], Awaitable[None]]
STEPS: dict[str, tuple[Step, ...]] = {
    "data_collection": (collect,),
    "scoring": (score,),
    "data_collection_and_scoring": (collect, score),
    "answer_import": (bring_in, score),
}


@dataclass(frozen=True)
class Attempts:
    """What all attempts of this worker are made with."""

    database: Database
    engines: Engines
    completer: Completer
    parallel_calls: int
    batch_poll_seconds: float
    redirects: Redirects = field(default_factory=Redirects)

    async def work(self, lease: WorkerLease) -> None:
        """One attempt, from its lease to its end."""
        run = lease.run
        structlog.contextvars.bind_contextvars(run_id=str(run.id), lease=str(run.token))
        context = RunContext(
            run, self.database, self.engines, self.parallel_calls, self.batch_poll_seconds, self.redirects
        )
        try:
            log.info("run_started", job_type=run.job_type, attempt=run.attempt, of=run.max_attempts)
            ending = await _ending_of(context, lease)
            lease.is_ending = True
            if ending is None:
                raise LeaseLost
            await _settle(context, ending)
            if not await self.completer.tell(run, ending):
                log.warning("run_lost", reason="its lease ended before its end could be told")
            tell = log.warning if ending.outcome == Outcome.FAILED else log.info
            tell("run_ended", outcome=ending.outcome, error=ending.error)
        except LeaseLost:
            log.warning("run_lost", reason="its lease was given to another worker")
        except (NotTold, asyncio.CancelledError):
            log.warning("end_not_told", reason="the scheduler was away too long; the run's lease ends by itself")

    async def close(self) -> None:
        """Tells nobody anything any more: the way to the scheduler is closed next."""
        await self.completer.close()


async def _ending_of(context: RunContext, lease: WorkerLease) -> Ending | None:
    """Does the run's steps. None when the run is no longer this worker's."""
    run = context.run
    try:
        run.options = read_options(lease.metadata)
        run.may_have_open_calls = collect in STEPS[run.job_type] or run.options.sentiment != "encoder"
        async with asyncio.timeout(run.timeout_seconds):
            for step in STEPS[run.job_type]:
                await step(context)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the run must end and say how
        return endings.of_error(error, run, lease.stop)
    return endings.completed(run)


async def _settle(context: RunContext, ending: Ending) -> None:
    """No call is left as if it were under way, and each is counted; the next lease does it if the database is away.

    Tried once only: a worker that is told to stop must not wait for a database.
    """
    run = context.run
    if not run.may_have_open_calls:
        return
    try:
        if ending.outcome == Outcome.CANCELLED:
            await batch_step.stop(context)
        async with context.fenced() as fenced:
            await calls.abandon(fenced)
            if found := await calls.tallies(fenced.session, run):
                run.metrics[collect_step.NAME] = summarize(found)
    except Exception as error:
        if not is_away(error):
            raise
