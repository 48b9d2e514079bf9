"""A call that asks an engine one of the brand's questions."""

from dataclasses import dataclass
from uuid import UUID

from worker_svc.collectors.collector import Answer
from worker_svc.collectors.errors import EngineError
from worker_svc.collectors.exchange import Exchange
from worker_svc.steps.paid_call import PaidCall
from worker_svc.store import calls
from worker_svc.store.fence import Fenced


@dataclass(frozen=True)
class Asking(PaidCall[Answer]):
    """Asks it, and keeps the answer."""

    async def ask(self) -> Exchange:
        """Asks once."""
        return await self.collector.ask(self.call.for_person)

    async def settle(self, key: UUID, exchange: Exchange, latency_ms: int) -> EngineError | None:
        """Finds the pages behind redirects first, while these lead anywhere; an emulated engine's lead nowhere."""
        if not self.context.engines.all[self.call.collector].is_emulated:
            exchange = await self.context.redirects.followed(exchange)
        return await super().settle(key, exchange, latency_ms)

    def read(self, exchange: Exchange) -> Answer:
        """The answer, as a person would see it."""
        return self.collector.read(exchange)

    async def store(self, fenced: Fenced, key: UUID, exchange: Exchange, found: Answer, latency_ms: int) -> None:
        """Keeps the answer, as it was read and as it came."""
        await calls.answered(fenced, self.call, key, exchange, found, self.collector.surface, latency_ms)
