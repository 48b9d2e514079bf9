"""Of brands that were deleted, ends what is planned and what runs; brand_svc takes their history away after that.

Until then their rows are there, and are nobody's: whoever reads runs and schedules leaves them out.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from answerbeat.database import Database
from answerbeat.schema import Brand
from answerbeat.wakeup import Wakeup
from scheduler_svc import runs

POLL_SECONDS = 10.0
"""The longest sleep."""
BATCH = 500

SCHEDULES = text("""
    SELECT schedule.id
    FROM brands AS brand
    CROSS JOIN LATERAL (
        SELECT id FROM scheduled_jobs WHERE brand_id = brand.id AND deleted_at IS NULL ORDER BY id LIMIT :batch
    ) AS schedule
    WHERE brand.deleted_at IS NOT NULL
""")

END_SCHEDULE = text("""
    UPDATE scheduled_jobs
    SET deleted_at = clock_timestamp(), is_active = false, next_run_at = NULL, version = version + 1
    WHERE id = :id AND deleted_at IS NULL
""")

OPEN_RUNS = text("""
    -- By customer and status: so the indexes of open runs find them, however long the history.
    SELECT run.id
    FROM brands AS brand
    JOIN job_runs AS run ON run.customer_id = brand.customer_id AND run.brand_id = brand.id AND run.status = 'pending'
    WHERE brand.deleted_at IS NOT NULL
    UNION ALL
    SELECT run.id
    FROM brands AS brand
    JOIN job_runs AS run
      ON run.customer_id = brand.customer_id AND run.brand_id = brand.id AND run.status = 'processing'
     AND run.cancel_requested_at IS NULL
    WHERE brand.deleted_at IS NOT NULL
    LIMIT :batch
""")

HOLD_BRAND = text("""
    -- Whoever deletes it waits until this transaction has ended, and sees what it has made.
    SELECT FROM brands WHERE id = :brand_id AND deleted_at IS NULL FOR SHARE
""")


def of_live_brand(brand_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the brand of a row, by its column, was not deleted. Few are at a time: they are looked up once."""
    return brand_id.not_in(select(Brand.id).where(Brand.deleted_at.is_not(None)))


async def is_live(session: AsyncSession, brand_id: UUID) -> bool:
    """Whether a brand was not deleted."""
    found = await session.scalar(select(Brand.id).where(Brand.id == brand_id, Brand.deleted_at.is_(None)))
    return found is not None


async def hold_brand(session: AsyncSession, brand_id: UUID) -> bool:
    """Whether a brand was not deleted; nor is it until the transaction ends."""
    return (await session.execute(HOLD_BRAND, {"brand_id": brand_id})).first() is not None


class Removals:
    """Ends what goes on of deleted brands, for as long as the service lives."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._wakeup = wakeup

    async def run(self) -> None:
        """Sleeps until a brand is deleted, and ends what it left."""
        while True:
            seen = self._wakeup.now()
            await self.end()
            await self._wakeup.wait(seen, POLL_SECONDS)

    async def end(self) -> None:
        """Ends all that goes on now, one by one: who holds one thing and waits for no other stands in no circle."""
        while schedule_ids := await self._found(SCHEDULES):
            for schedule_id in schedule_ids:
                async with self._database.transaction() as session:
                    await session.execute(END_SCHEDULE, {"id": schedule_id})
        while run_ids := await self._found(OPEN_RUNS):
            for run_id in run_ids:
                async with self._database.transaction() as session:
                    await runs.cancel(session, [run_id])

    async def _found(self, statement: TextClause) -> list[UUID]:
        async with self._database.transaction() as session:
            return list(await session.scalars(statement, {"batch": BATCH}))
