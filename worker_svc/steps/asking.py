"""A call that asks an engine one of the brand's questions."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from worker_svc import calls
from worker_svc.collectors.collector import Answer
from worker_svc.collectors.exchange import Exchange
from worker_svc.steps.attempts import Attempt


@dataclass(frozen=True)
class Asking(Attempt[Answer]):
    """Asks it, and keeps the answer."""

    async def ask(self) -> Exchange:
        """Asks once."""
        return await self.collector.ask(self.call.for_person(self.run.options))

    def read(self, exchange: Exchange) -> Answer:
        """The answer, as a person would see it."""
        return self.collector.read(exchange)

    async def store(self, session: AsyncSession, key: UUID, exchange: Exchange, found: Answer, latency_ms: int) -> None:
        """Keeps the answer, as it was read and as it came."""
        await calls.answered(session, self.run, self.call, key, exchange, found, latency_ms)
