"""What runs of a brand would ask of whom, and what that costs, by what such calls have cost lately."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from brand_svc.catalog.engines import EngineHealth, ReportedEngines


@dataclass(frozen=True)
class EngineForecast:
    """What runs would ask of one engine."""

    collector: str
    calls: int
    micro_usd: int | None
    """None before the engine's first call."""
    missing: str | None
    """Why it would not be asked."""


def forecast(
    names: Sequence[str], calls: int, engines: ReportedEngines, health: Mapping[str, EngineHealth], *, is_demo: bool
) -> Iterator[EngineForecast]:
    """For each engine that runs would ask, so many calls each of those that can be asked."""
    for name in names:
        missing = engines.why_not(name, is_demo=is_demo)
        made = 0 if missing else calls
        typical = health[name].typical_micro_usd
        yield EngineForecast(name, made, None if typical is None else int(typical * made), missing)
