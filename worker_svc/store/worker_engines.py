"""Which engines each worker can ask, in rows that expire: who lives tells again."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

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


@dataclass(frozen=True)
class EngineStatement:
    """What a worker states of one engine."""

    collector: str
    title: str
    model: str
    missing: str | None
    """What keeps it from being asked; None when it can be."""
    is_base_url_overridden: bool
    is_emulated: bool


async def tell(session: AsyncSession, worker_id: str, statements: Sequence[EngineStatement], seconds: int) -> None:
    """States all at once; good for so long."""
    await session.execute(FORGET)
    await session.execute(
        TELL,
        {
            "worker_id": worker_id,
            "seconds": seconds,
            "collectors": [one.collector for one in statements],
            "titles": [one.title for one in statements],
            "models": [one.model for one in statements],
            "missing": [one.missing for one in statements],
            "overridden": [one.is_base_url_overridden for one in statements],
            "emulated": [one.is_emulated for one in statements],
        },
    )


async def withdraw(session: AsyncSession, worker_id: str) -> None:
    """States that the worker asks nobody any more."""
    await session.execute(WITHDRAW, {"worker_id": worker_id})
