"""Tells everybody which engines this worker can ask, into a table whose rows expire: keys are known here alone."""

import asyncio

from sqlalchemy import text
from tenacity import AsyncRetrying, retry_if_exception, wait_fixed

from answerbeat.database import Database, is_away
from worker_svc.engines import Engines

TOLD_SECONDS = 10.0
"""Between two reports."""
GOOD_SECONDS = 35
"""How long a report is good: three may be missed before the worker is taken for gone."""

TELL = text("""
    INSERT INTO worker_engines
        (worker_id, collector, title, model, missing, is_base_url_overridden, is_emulated, expires_at)
    SELECT :worker_id, engine.*, now() + make_interval(secs => :seconds)
    FROM unnest(CAST(:collectors AS text[]), CAST(:titles AS text[]), CAST(:models AS text[]),
                CAST(:missing AS text[]), CAST(:overridden AS boolean[]), CAST(:emulated AS boolean[])) AS engine
    ON CONFLICT (worker_id, collector) DO UPDATE
    SET title = excluded.title, model = excluded.model, missing = excluded.missing,
        is_base_url_overridden = excluded.is_base_url_overridden, is_emulated = excluded.is_emulated,
        expires_at = excluded.expires_at
""")
FORGET = text("DELETE FROM worker_engines WHERE expires_at < now() - interval '1 day'")
"""Until then it is known how the engines are called that nobody can ask any more."""
WITHDRAW = text("UPDATE worker_engines SET expires_at = now() WHERE worker_id = :worker_id")


class Readiness:
    """What one worker tells of its engines."""

    def __init__(self, database: Database, engines: Engines, worker_id: str) -> None:
        self._database = database
        self._worker_id = worker_id
        told = engines.all.items()
        self._facts = {
            "worker_id": worker_id,
            "seconds": GOOD_SECONDS,
            "collectors": [name for name, _ in told],
            "titles": [engine.kind.title for _, engine in told],
            "models": [engine.model for _, engine in told],
            "missing": [engine.missing for _, engine in told],
            "overridden": [engine.is_base_url_overridden for _, engine in told],
            "emulated": [engine.is_emulated for _, engine in told],
        }

    async def until_told(self) -> None:
        """Tells of all engines, as soon as the database takes it."""
        async for attempt in AsyncRetrying(retry=retry_if_exception(is_away), wait=wait_fixed(1)):
            with attempt:
                await self._tell()

    async def keep_telling(self) -> None:
        """Tells again and again, for as long as the worker lives."""
        while True:
            await asyncio.sleep(TOLD_SECONDS)
            await self._tell()

    async def withdraw(self) -> None:
        """Tells that this worker asks nobody any more. Where the database is away, its report expires by itself."""
        try:
            async with self._database.transaction() as session:
                await session.execute(WITHDRAW, {"worker_id": self._worker_id})
        except Exception as error:
            if not is_away(error):
                raise

    async def _tell(self) -> None:
        async with self._database.transaction() as session:
            await session.execute(FORGET)
            await session.execute(TELL, self._facts)
