"""What every step of one attempt works with: the run, the database, the engines, and how patient it is to be."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, retry_if_exception, wait_random

from answerbeat.database import Database, is_away
from worker_svc.collectors.redirects import Redirects
from worker_svc.engines import Engines
from worker_svc.run import Run
from worker_svc.store.fence import Fenced, fence

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

DATABASE_PAUSE = wait_random(0.2, 1.0)
"""Between two tries while the database is away."""


@dataclass(frozen=True)
class RunContext:
    """One attempt of a run, and what it is made with."""

    run: Run
    database: Database
    engines: Engines
    parallel_calls: int = 8
    """Calls at once, of a run that is `parallel`."""
    batch_poll_seconds: float = 60
    """Between two looks whether an engine has answered a batch."""
    redirects: Redirects = field(default_factory=Redirects)

    @property
    def at_once(self) -> int:
        """Calls that may be under way at a time."""
        return self.parallel_calls if self.run.options.parallel else 1

    def fenced(self) -> AbstractAsyncContextManager[Fenced]:
        """A transaction that may write about the run. Raises LeaseLost."""
        return fence(self.database, self.run)

    async def write_with_retry(self, work: Callable[[Fenced], Awaitable[T]]) -> T:
        """Does a fenced transaction's work, again as soon as the database is back. Raises LeaseLost.

        What an engine sent has been paid for, and one call's error would stop the others that are under way.
        """

        async def once() -> T:
            async with self.fenced() as fenced:
                return await work(fenced)

        return await with_retry(once)

    async def read_with_retry(self, work: Callable[["AsyncSession"], Awaitable[T]]) -> T:
        """Reads in a transaction, again as soon as the database is back."""

        async def once() -> T:
            async with self.database.transaction() as session:
                return await work(session)

        return await with_retry(once)


async def with_retry(transaction: Callable[[], Awaitable[T]]) -> T:
    """Tries a transaction until the database is there."""
    async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=DATABASE_PAUSE):
        with attempt:
            return await transaction()
    raise AssertionError  # pragma: no cover - tenacity returns or raises
