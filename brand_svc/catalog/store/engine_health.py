"""How the engines have been doing lately: what calls cost, how many failed, and who is left in peace."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.catalog.engines import EngineHealth

HEALTH = text("""
    SELECT engine.name AS collector, cost.typical_micro_usd, calls.in_a_day, calls.failed_in_a_day,
           pause.until AS paused_until, pause.reason AS pause_reason, bound.max_concurrent, bound.max_per_minute
    FROM unnest(CAST(:names AS text[])) AS engine (name)
    CROSS JOIN LATERAL (
        SELECT sum(micro_usd) / nullif(sum(spendings.calls - unpriced), 0) AS typical_micro_usd
        FROM spendings
        WHERE collector = engine.name AND day > CAST(now() AT TIME ZONE 'UTC' AS date) - 30
    ) AS cost
    CROSS JOIN LATERAL (
        SELECT count(*) AS in_a_day, count(*) FILTER (WHERE status IN ('failed', 'unknown')) AS failed_in_a_day
        FROM query_executions
        WHERE collector = engine.name AND asked_at > now() - interval '1 day'
          -- What was imported was asked elsewhere.
          AND NOT (status = 'answered' AND attempts = 0)
    ) AS calls
    LEFT JOIN engine_pauses AS pause ON pause.collector = engine.name AND pause.until > clock_timestamp()
    LEFT JOIN limits AS bound ON bound.scope = 'collector' AND bound.key = engine.name
""")


async def health_of(session: AsyncSession, names: Sequence[str]) -> dict[str, EngineHealth]:
    """Each engine's, by its name."""
    rows = await session.execute(HEALTH, {"names": list(names)})
    return {row["collector"]: EngineHealth(**row) for row in rows.mappings()}
