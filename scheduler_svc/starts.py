"""Runs that a person starts for a brand, without a schedule."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, clock, notify
from answerbeat.errors import NotFound
from answerbeat.options import read_options
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, JobRun
from scheduler_svc import runs
from scheduler_svc.schedules import DEFAULTS


async def start(session: AsyncSession, brand_id: UUID, job_type: str, options: dict[str, Any]) -> JobRun:
    """A run that may begin at once, beside any other of the brand. Raises NotFound and InvalidFields."""
    # Whoever deletes the brand waits until the run is there, and cancels it.
    brand = await session.get(Brand, brand_id, with_for_update={"read": True})
    if brand is None or brand.deleted_at or not caller().may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    read_options(options)
    now = await clock(session)
    run = JobRun(
        customer_id=brand.customer_id, brand_id=brand.id, job_type=job_type, status="pending", trigger="manual",
        scheduled_for=now, available_at=now, priority=runs.PRIORITY["manual"], is_exclusive=False,
        max_attempts=DEFAULTS["max_attempts"], timeout_seconds=DEFAULTS["timeout_seconds"], options=options,
        created_at=now,
    )  # fmt: skip
    session.add(run)
    await session.flush()
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return run
