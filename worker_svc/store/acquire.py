"""Acquires what a call to an engine needs: room under all limits, which all workers share, and a budget.

A limit that applies is locked while its calls are counted and the next one is written down: two
workers never take the same free place.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.run import Run
from worker_svc.store import budget, pauses
from worker_svc.store.fence import Fenced

MAX_PAUSE_SECONDS = 60.0
"""An engine that wants a longer pause is left to the run's next attempt."""

LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(scope || ':' || key, 7245901340))
    FROM (
        SELECT scope, key
        FROM limits
        WHERE (scope, key) IN (('customer', :customer_id), ('brand', :brand_id), ('collector', :collector))
          AND (scope = 'collector'
               OR num_nonnulls(max_per_minute, max_micro_usd_per_day, max_micro_usd_per_month) > 0)
        -- In one order, so that two workers can't wait for each other.
        ORDER BY scope, key
    ) AS applying
""")

REACHED = text("""
    SELECT bound.scope || ' ' || bound.key
    FROM limits AS bound
    CROSS JOIN (SELECT clock_timestamp() - interval '1 minute' AS begin) AS minute
    CROSS JOIN LATERAL (
        -- Calls without an attempt were made by nobody: refused, or imported, perhaps with a time to come.
        SELECT CASE bound.scope
            WHEN 'customer' THEN (
                SELECT count(*) FROM query_executions
                WHERE customer_id = CAST(CAST(:customer_id AS text) AS uuid) AND asked_at > minute.begin
                  AND batch_id IS NULL AND attempts > 0)
            WHEN 'brand' THEN (
                SELECT count(*) FROM query_executions
                WHERE brand_id = CAST(CAST(:brand_id AS text) AS uuid) AND asked_at > minute.begin
                  AND batch_id IS NULL AND attempts > 0)
            ELSE (
                SELECT count(*) FROM query_executions
                WHERE collector = :collector AND asked_at > minute.begin AND batch_id IS NULL
                  AND attempts > 0)
        END AS in_a_minute
    ) AS begun
    WHERE (bound.scope, bound.key) IN (('customer', :customer_id), ('brand', :brand_id), ('collector', :collector))
      AND (begun.in_a_minute >= bound.max_per_minute
           -- A call that a dead worker left behind counts until its run is taken away.
           OR bound.scope = 'collector' AND bound.max_concurrent <= (
               SELECT count(*)
               FROM query_executions AS call
               JOIN job_runs AS run ON run.id = call.job_run_id AND run.status = 'processing'
               WHERE call.status = 'asking' AND call.batch_id IS NULL AND call.collector = :collector))
    LIMIT 1
""")


CONCERNS = text("""
    SELECT EXISTS (SELECT FROM engine_pauses WHERE collector = :collector AND (failures > 0 OR until > now())),
           EXISTS (SELECT FROM limits WHERE (scope, key) IN (
               ('customer', :customer_id), ('brand', :brand_id), ('collector', :collector)))
""")
"""Whether there is anything to look at more closely: mostly there is not."""


class AtLimit(Exception):
    """No further call may begin now; the text says which limit is reached."""


async def acquire(fenced: Fenced, collector: str) -> None:
    """Makes sure that one more call may begin in this transaction.

    Raises AtLimit where waiting helps, and EngineError where it does not: a budget is used up, or the engine is left in
    peace for longer than a run waits.
    """
    session, facts = fenced.session, _facts(fenced.run, collector)
    is_known, is_limited = (await session.execute(CONCERNS, facts)).one()
    if is_known:
        await _heed_pause(session, collector)
    if not is_limited:
        return
    if not await _lock(session, facts):
        return
    reached = (await session.execute(REACHED, facts)).scalar()
    if reached:
        raise AtLimit(reached)
    if broken := await budget.exceeded(session, fenced.run, collector):
        raise EngineError(ErrorKind.BUDGET, broken)


async def acquire_in_batch(fenced: Fenced, collector: str) -> None:
    """Makes sure that a budget allows one more call of a batch. Raises EngineError where it does not.

    Bounds on calls at once and in a minute are for calls one by one: engines count batches by themselves.
    """
    is_limited = await _lock(fenced.session, _facts(fenced.run, collector))
    if is_limited and (broken := await budget.exceeded(fenced.session, fenced.run, collector)):
        raise EngineError(ErrorKind.BUDGET, broken)


def _facts(run: Run, collector: str) -> dict[str, str]:
    return {"customer_id": str(run.customer_id), "brand_id": str(run.brand_id), "collector": collector}


async def _lock(session: AsyncSession, facts: dict[str, str]) -> bool:
    """Whether limits apply; nobody else looks at them until the transaction ends."""
    return (await session.execute(LOCK, facts)).first() is not None


async def _heed_pause(session: AsyncSession, collector: str) -> None:
    seconds, why = await pauses.seconds_left(session, collector)
    if seconds > MAX_PAUSE_SECONDS:
        raise EngineError(ErrorKind.RATE_LIMITED, f"The engine is not asked for another {seconds:.0f} s: {why}.")
    if seconds:
        raise AtLimit(why)
