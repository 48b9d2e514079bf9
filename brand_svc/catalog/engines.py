"""Which engines can be asked, as the workers tell it: keys are known to them alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.options import collector_names

TOLD = text("""
    -- One worker that can ask is enough. What none can ask lacks what a live one says, before one that is gone.
    SELECT DISTINCT ON (collector) collector AS name, title, model, is_base_url_overridden, is_emulated,
           CASE WHEN expires_at > now() THEN missing ELSE :nobody END AS missing
    FROM worker_engines
    ORDER BY collector, expires_at <= now(), missing IS NOT NULL, worker_id
""")
NOBODY = "no worker runs that could ask it"


@dataclass(frozen=True)
class Engine:
    """An engine that a worker can ask, or what keeps all from asking it."""

    name: str
    title: str
    model: str
    is_base_url_overridden: bool
    is_emulated: bool
    missing: str | None
    """None when it can be asked."""


@dataclass(frozen=True)
class Engines:
    """All registered engines, by the names that jobs use, in alphabetical order."""

    all: Mapping[str, Engine]

    def ready(self) -> list[str]:
        """The names of those that can be asked."""
        return [name for name, engine in self.all.items() if engine.missing is None]

    def has_worker(self) -> bool:
        """Whether a worker lives that has told what it can ask."""
        return any(engine.missing != NOBODY for engine in self.all.values())

    def why_not(self, name: str, *, is_demo: bool) -> str | None:
        """Why an engine is not asked for a customer, if it isn't."""
        engine = self.all.get(name)
        if engine is None:
            return f"there is no collector {name} any more"
        if engine.missing is None and is_demo and not engine.is_emulated:
            return "a demo customer's questions go to emulated engines only, and this one is real"
        return engine.missing


async def engines_of(session: AsyncSession) -> Engines:
    """The engines, as the workers that live tell of them."""
    rows = await session.execute(TOLD, {"nobody": NOBODY})
    told = {row["name"]: Engine(**row) for row in rows.mappings()}
    return Engines({name: told.get(name) or Engine(name, name, "", False, False, NOBODY) for name in collector_names()})
