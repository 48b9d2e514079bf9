"""What became of the runs of each day: how many ended how, how long they took, how late they began, what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from answerbeat.database import Session

TRENDS = text("""
    WITH counted AS (
        SELECT CAST(created_at AT TIME ZONE 'UTC' AS date) AS day,
               count(*) FILTER (WHERE status = 'completed') AS completed,
               count(*) FILTER (WHERE status = 'failed') AS failed,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE finished_at IS NULL) AS open,
               percentile_cont(ARRAY[0.5, 0.95])
                   WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at))
                   FILTER (WHERE status IN ('completed', 'failed')) AS seconds,
               percentile_cont(0.95)
                   WITHIN GROUP (ORDER BY extract(epoch FROM started_at - scheduled_for))
                   FILTER (WHERE trigger = 'schedule') AS lateness,
               sum(coalesce(CAST(metrics #>> '{data_collection,cost_usd}' AS numeric), 0)
                   + coalesce(CAST(metrics #>> '{scoring,judge_cost_usd}' AS numeric), 0)) AS cost_usd
        FROM job_runs
        -- From midnight of UTC, whatever the session's own zone.
        WHERE created_at >= CAST(CAST(now() AT TIME ZONE 'UTC' AS date) - :days + 1 AS timestamp) AT TIME ZONE 'UTC'
          AND (CAST(:customer_id AS uuid) IS NULL OR customer_id = CAST(:customer_id AS uuid))
          AND (CAST(:brand_id AS uuid) IS NULL OR brand_id = CAST(:brand_id AS uuid))
          AND (CAST(:schedule_id AS uuid) IS NULL OR scheduled_job_id = CAST(:schedule_id AS uuid))
          AND brand_id NOT IN (SELECT id FROM brands WHERE deleted_at IS NOT NULL)
        GROUP BY 1
    )
    SELECT CAST(each.day AS date) AS day,
           coalesce(completed, 0) AS completed,
           coalesce(failed, 0) AS failed,
           coalesce(cancelled, 0) AS cancelled,
           coalesce(open, 0) AS open,
           CAST(seconds[1] AS double precision) AS median_seconds,
           CAST(seconds[2] AS double precision) AS p95_seconds,
           CAST(lateness AS double precision) AS p95_lateness_seconds,
           CAST(coalesce(cost_usd, 0) * 1000000 AS bigint) AS cost_micro_usd
    FROM generate_series(CAST(now() AT TIME ZONE 'UTC' AS date) - :days + 1,
                         CAST(now() AT TIME ZONE 'UTC' AS date), interval '1 day') AS each (day)
    LEFT JOIN counted ON counted.day = CAST(each.day AS date)
    ORDER BY each.day
""")
"""Every day has a row, so that a day without runs is seen."""


@dataclass(frozen=True)
class Day:
    """The runs that were made on one day of UTC."""

    day: date
    completed: int
    failed: int
    cancelled: int
    open: int
    median_seconds: float | None
    p95_seconds: float | None
    p95_lateness_seconds: float | None
    cost_micro_usd: int


async def trends(
    session: Session, customer_id: UUID | None, brand_id: UUID | None, schedule_id: UUID | None, days: int
) -> Sequence[Day]:
    """The last days, oldest first, today included."""
    facts = {"customer_id": customer_id, "brand_id": brand_id, "schedule_id": schedule_id, "days": days}
    return [Day(**row) for row in (await session.execute(TRENDS, facts)).mappings()]
