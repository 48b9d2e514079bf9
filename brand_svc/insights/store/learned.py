"""A brand about which something was learned: its names of today, and its questions."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class Learned:
    """Whose numbers are looked at, in one transaction."""

    session: AsyncSession
    customer_id: UUID
    brand_id: UUID
    brand_name: str

    @property
    def whose(self) -> dict[str, object]:
        """What statements over rollups are told of the brand."""
        return {"customer_id": self.customer_id, "brand_id": self.brand_id}


CUSTOM_PLANS = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""Which plan is good depends on the window: one for all of them reads, of a long history, all of it."""


async def learn(session: AsyncSession, customer_id: UUID, brand_id: UUID, brand_name: str) -> Learned:
    """A brand to look at until the transaction ends."""
    await session.execute(CUSTOM_PLANS)
    return Learned(session, customer_id, brand_id, brand_name)


RIVALS = text("SELECT name FROM competitors WHERE brand_id = :brand_id ORDER BY name")


async def tracked(learned: Learned) -> dict[str, bool]:
    """The names of today, the brand first, and whether each is the brand."""
    rivals = await learned.session.scalars(RIVALS, {"brand_id": learned.brand_id})
    return {learned.brand_name: True} | dict.fromkeys(rivals, False)


class BrandQuestion(NamedTuple):
    """A question of today, and what it is about."""

    id: UUID
    text: str
    topic: str


QUESTIONS = text("""
    SELECT question.id, question.text, topic.name AS topic
    FROM generated_queries AS question
    JOIN topics AS topic ON topic.id = question.topic_id
    WHERE question.brand_id = :brand_id
""")


async def questions(learned: Learned) -> dict[UUID, BrandQuestion]:
    """The brand's questions by their keys."""
    rows = await learned.session.execute(QUESTIONS, {"brand_id": learned.brand_id})
    return {question.id: question for question in map(BrandQuestion._make, rows)}
