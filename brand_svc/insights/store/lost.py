"""What sums hold of calls that retention has taken: counted anew, it would be lost."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LOST = text("""
    SELECT EXISTS (
        SELECT
        FROM (
            SELECT query_id, collector, day FROM query_executions WHERE job_run_id = :what AND answer_id IS NULL
            UNION
            SELECT query_id, collector, day FROM collector_results WHERE id = :what
            UNION
            SELECT query_id, collector, day FROM imported_answers WHERE run_id = :what
        ) AS due
        WHERE (
            SELECT coalesce(sum(rollup.asked), 0)
            FROM cells AS cell
            JOIN cell_rollups AS rollup
              ON rollup.cell_id = cell.id AND rollup.grain = 'day' AND rollup.starts_on = due.day
            WHERE cell.brand_id = :brand_id AND cell.query_id = due.query_id AND cell.collector = due.collector
        ) > (
            SELECT count(*)
            FROM measured_calls AS call
            WHERE call.brand_id = :brand_id AND call.query_id = due.query_id AND call.collector = due.collector
              AND call.day = due.day
        ))
""")


async def has_lost(session: AsyncSession, brand_id: UUID, what: UUID) -> bool:
    """Whether the sums of the days of a run, an answer or an import, with nothing due, hold calls that are no more."""
    return bool(await session.scalar(LOST, {"brand_id": brand_id, "what": what}))
