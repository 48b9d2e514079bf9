"""Engines that are left in peace for a while, by all workers: they asked for it, or failed several times in a row.

A circuit breaker: after FAILURES in a row an engine is not asked for a while, which doubles with each further failure.
Then one call is let through every PROBE_SECONDS; the others wait. An answer closes the circuit.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from worker_svc.collectors.errors import EngineError, ErrorKind

FAILURES = 5
OPEN_SECONDS = 15
MAX_OPEN_SECONDS = 600
PROBE_SECONDS = 15
"""How long the others wait for what becomes of the call that is let through."""
COUNTED = (ErrorKind.ENGINE_ERROR, ErrorKind.TIMEOUT)
"""What says that the engine is ill, rather than that the question or the key is."""

PASS = text("""
    SELECT extract(epoch FROM until - clock_timestamp()) AS seconds, failures >= :most AS is_open, reason
    FROM engine_pauses
    WHERE collector = :collector
    FOR UPDATE
""")

PROBE = text("""
    UPDATE engine_pauses
    SET until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE collector = :collector
""")

ASKED_FOR = text("""
    INSERT INTO engine_pauses (collector, until, failures, reason)
    VALUES (:collector, clock_timestamp() + make_interval(secs => :seconds), 0, :reason)
    ON CONFLICT (collector) DO UPDATE
    SET until = greatest(engine_pauses.until, excluded.until), reason = excluded.reason
""")

FAILED = text("""
    INSERT INTO engine_pauses (collector, until, failures, reason)
    VALUES (:collector, clock_timestamp(), 1, :reason)
    ON CONFLICT (collector) DO UPDATE
    SET failures = engine_pauses.failures + 1,
        reason = excluded.reason,
        until = CASE
            WHEN engine_pauses.failures + 1 < :most THEN engine_pauses.until
            -- A longer pause that the engine asked for stays.
            ELSE greatest(engine_pauses.until, clock_timestamp() + make_interval(
                secs => least(:open * power(2, least(engine_pauses.failures + 1 - :most, 16)), :open_most)))
        END
""")

ANSWERED = text("""
    UPDATE engine_pauses
    SET failures = 0,
        -- An answer that was on its way does not end a pause that the engine asked for.
        until = CASE WHEN failures >= :most THEN clock_timestamp() ELSE until END
    WHERE collector = :collector AND failures > 0
""")


async def seconds_left(session: AsyncSession, collector: str) -> tuple[float, str]:
    """How long the engine is still left in peace, and why; 0 when the next call may be made, by the caller."""
    row = (await session.execute(PASS, {"collector": collector, "most": FAILURES})).first()
    if row is None:
        return 0.0, ""
    seconds, is_open, reason = row
    if seconds > 0:
        return float(seconds), str(reason)
    if is_open:
        await session.execute(PROBE, {"collector": collector, "seconds": PROBE_SECONDS})
    return 0.0, ""


async def note_failure(session: AsyncSession, collector: str, error: EngineError) -> None:
    """Remembers a pause that the engine asked for, or that it failed."""
    if error.kind == ErrorKind.RATE_LIMITED and error.retryable and error.retry_after_seconds:
        reason = f"it asked for a pause of {error.retry_after_seconds:g} s"
        facts = {"collector": collector, "seconds": error.retry_after_seconds, "reason": reason}
        await session.execute(ASKED_FOR, facts)
    elif error.kind in COUNTED:
        bounds = {"most": FAILURES, "open": OPEN_SECONDS, "open_most": MAX_OPEN_SECONDS}
        reason = f"it failed several times in a row, last with: {error.message}"
        await session.execute(FAILED, {"collector": collector, "reason": reason, **bounds})


async def note_rate(session: AsyncSession, collector: str, seconds: float) -> None:
    """Remembers that the engine takes no further request for so long, as its headers say."""
    reason = f"its headers say that it takes no further request for {seconds:g} s"
    await session.execute(ASKED_FOR, {"collector": collector, "seconds": seconds, "reason": reason})


async def note_answer(session: AsyncSession, collector: str) -> None:
    """Remembers that the engine is well."""
    await session.execute(ANSWERED, {"collector": collector, "most": FAILURES})
