"""Waits for runs to begin and to end, woken by the scheduler's own notifications."""

import asyncio
from uuid import UUID

import psycopg

from answerbeat.database import RUNS_CHANGED

LOOK_SECONDS = 0.5
NOTICES = 50
"""Between two looks at the table: looking after each of a thousand notices would be work that is measured too."""
FATES = """
    SELECT count(*) FILTER (WHERE status IN ('completed', 'failed', 'cancelled')),
           count(*) FILTER (WHERE status IN ('failed', 'cancelled')),
           count(*) FILTER (WHERE status = 'processing' AND progress <> '{}')
    FROM job_runs WHERE brand_id = %(brand_id)s OR %(brand_id)s::uuid IS NULL
"""


async def until_ended(url: str, count: int, seconds: float, brand_id: UUID | None = None) -> None:
    """Returns when so many runs have ended, of one brand or of all. Raises when one failed; and TimeoutError."""
    async with asyncio.timeout(seconds):
        await _until(url, brand_id, ended=count)


async def until_advanced(url: str, seconds: float, brand_id: UUID) -> None:
    """Returns when a worker has told of progress with a run of the brand. Raises like until_ended."""
    async with asyncio.timeout(seconds):
        await _until(url, brand_id, advanced=1)


async def is_advanced(url: str, brand_id: UUID) -> bool:
    """Whether a worker is still at a run of the brand."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        return (await _fates(connection, brand_id))[2] > 0


async def _until(url: str, brand_id: UUID | None, ended: int = 0, advanced: int = 0) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {RUNS_CHANGED}")
        while True:
            has_ended, has_failed, has_advanced = await _fates(connection, brand_id)
            if has_failed:
                raise RuntimeError(f"{has_failed} runs failed")
            if has_ended >= ended and has_advanced >= advanced:
                return
            async for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=NOTICES):
                pass


async def _fates(connection: psycopg.AsyncConnection, brand_id: UUID | None) -> tuple[int, int, int]:
    found = await connection.execute(FATES, {"brand_id": brand_id})
    return await found.fetchone() or (0, 0, 0)
