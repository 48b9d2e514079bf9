"""Waits for runs to end, woken by the scheduler's own notifications."""

import asyncio
from uuid import UUID

import psycopg

from answerbeat.database import RUNS_CHANGED

LOOK_SECONDS = 0.5
NOTICES = 50
"""Between two looks at the table: looking after each of a thousand notices would be work that is measured too."""
OPEN_AND_ENDED = """
    SELECT count(*) FILTER (WHERE status IN ('completed', 'failed', 'cancelled')),
           count(*) FILTER (WHERE status IN ('failed', 'cancelled'))
    FROM job_runs WHERE brand_id = %(brand_id)s OR %(brand_id)s::uuid IS NULL
"""


async def until_ended(url: str, count: int, seconds: float, brand_id: UUID | None = None) -> None:
    """Returns when so many runs have ended, of one brand or of all. Raises when one failed; and TimeoutError."""
    async with (
        asyncio.timeout(seconds),
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        await connection.execute(f"LISTEN {RUNS_CHANGED}")
        while True:
            found = await connection.execute(OPEN_AND_ENDED, {"brand_id": brand_id})
            ended, failed = await found.fetchone() or (0, 0)
            if failed:
                raise RuntimeError(f"{failed} runs failed")
            if ended >= count:
                return
            async for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=NOTICES):
                pass
