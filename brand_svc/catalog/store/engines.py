"""What the workers that live tell of the engines."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from brand_svc.catalog.engines import NOBODY, ReportedEngine, ReportedEngines

TOLD = text("""
    -- One worker that can ask is enough. What none can ask lacks what a live one says, before one that is gone.
    SELECT DISTINCT ON (collector) collector AS name, title, model, is_base_url_overridden, is_emulated,
           CASE WHEN expires_at > now() THEN missing ELSE :nobody END AS missing
    FROM worker_engines
    ORDER BY collector, expires_at <= now(), missing IS NOT NULL, worker_id
""")


async def engines_of(session: AsyncSession) -> ReportedEngines:
    """The engines, as the workers that live tell of them."""
    rows = await session.execute(TOLD, {"nobody": NOBODY})
    return ReportedEngines.told(ReportedEngine(**row) for row in rows.mappings())
