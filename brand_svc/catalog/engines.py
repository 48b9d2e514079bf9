"""Which engines can be asked, as the workers tell it: keys are known to them alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from answerbeat.options import collector_names

NOBODY = "no worker runs that could ask it"


@dataclass(frozen=True)
class ReportedEngine:
    """An engine that a worker can ask, or what keeps all from asking it."""

    name: str
    title: str
    model: str
    is_base_url_overridden: bool
    is_emulated: bool
    missing: str | None
    """None when it can be asked."""


@dataclass(frozen=True)
class EngineHealth:
    """How an engine has been doing lately."""

    collector: str
    typical_micro_usd: int | None
    """What a call costs; None before the first."""
    in_a_day: int
    failed_in_a_day: int
    paused_until: datetime | None
    pause_reason: str | None
    max_concurrent: int | None
    max_per_minute: int | None


@dataclass(frozen=True)
class ReportedEngines:
    """All registered engines, by the names that jobs use, in alphabetical order."""

    all: Mapping[str, ReportedEngine]

    @classmethod
    def told(cls, engines: Iterable[ReportedEngine]) -> Self:
        """The registered ones, as they were told of; those that nobody has told of can't be asked."""
        told = {engine.name: engine for engine in engines}
        return cls(
            {name: told.get(name) or ReportedEngine(name, name, "", False, False, NOBODY) for name in collector_names()}
        )

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
