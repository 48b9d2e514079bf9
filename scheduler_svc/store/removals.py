"""What goes on of deleted brands: schedules that are not ended, and runs that are open."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import Session

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


async def schedules(session: Session) -> Sequence[UUID]:
    """Some of the schedules that are to be ended."""
    return list(await session.scalars(SCHEDULES, {"batch": BATCH}))


async def end_schedule(session: Session, schedule_id: UUID) -> None:
    """Ends a schedule, if nobody has."""
    await session.execute(END_SCHEDULE, {"id": schedule_id})


async def open_runs(session: Session) -> Sequence[UUID]:
    """Some of the runs that are to be cancelled."""
    return list(await session.scalars(OPEN_RUNS, {"batch": BATCH}))
