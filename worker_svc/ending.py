"""How an attempt of a run ends, and what is told of it."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

import structlog

from answerbeat.database import is_away
from answerbeat.errors import InvalidFields
from answerbeat.kinds import Outcome
from worker_svc.run import Drained, LeaseLost, Run, StepFailed

log = structlog.get_logger()


class Stop(StrEnum):
    """Why a heartbeat stops a run."""

    CANCELLED = "cancelled"
    """A person cancelled it."""
    LOST = "lost"
    """It is no longer this worker's."""


@dataclass(frozen=True)
class Ending:
    """How an attempt ended."""

    outcome: Outcome
    error: str | None = None
    retryable: bool = False


def completed(run: Run) -> Ending:
    """The end of a run whose steps all did useful work, with what went wrong beside it."""
    return Ending(Outcome.COMPLETED, " ".join(run.complaints) or None)


def of_error(error: BaseException, run: Run, stop: Stop | None) -> Ending | None:
    """The end that an error makes; None when the run is no longer this worker's."""
    match _first(error):
        case LeaseLost():
            return None
        case StepFailed() as failed:
            return Ending(Outcome.FAILED, str(failed), failed.retryable)
        case InvalidFields() as invalid:
            return Ending(Outcome.FAILED, f"The job's options are no longer right: {invalid.message}.")
        case TimeoutError():
            return Ending(Outcome.FAILED, f"Took longer than {run.timeout_seconds} s.", retryable=True)
        case asyncio.CancelledError() if stop == Stop.LOST:
            return None
        case asyncio.CancelledError() if stop == Stop.CANCELLED:
            return Ending(Outcome.CANCELLED, "Cancelled.")
        case asyncio.CancelledError() | Drained():
            return Ending(Outcome.RELEASED)
        case surprise:
            return _surprise(surprise)


def _surprise(error: BaseException) -> Ending:
    if is_away(error):
        return Ending(Outcome.FAILED, "The database went away during the run.", retryable=True)
    log.error("run_broke", exc_info=error)
    message = f"Something went wrong in the worker ({type(error).__name__}); its log says what."
    return Ending(Outcome.FAILED, message, retryable=True)


def _first(error: BaseException) -> BaseException:
    """The first error of a group, however deep; any other as it is."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
