"""What is to be counted anew, by whoever counts: this service adds to it only."""

from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy import insert

from answerbeat.database import ANSWERS_READ, notify
from answerbeat.schema import RollupDue
from worker_svc.store.fence import Fenced


class Counted(Protocol):
    """A call that asked a question, or its answer."""

    @property
    def query_id(self) -> UUID:
        """The question."""

    @property
    def collector(self) -> str:
        """The engine."""


async def mark(fenced: Fenced, what: Counted, day: date) -> None:
    """Has the day's calls of a question to an engine counted anew."""
    cell = {"brand_id": fenced.run.brand_id, "query_id": what.query_id, "collector": what.collector, "day": day}
    await fenced.session.execute(insert(RollupDue), cell)
    await notify(fenced.session, ANSWERS_READ)
