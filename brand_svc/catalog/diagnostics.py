"""Why a collection of a brand would do nothing, or less than one expects: what is missing, and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import NamedTuple

from brand_svc.catalog.engines import EngineHealth, ReportedEngines


class Severity(StrEnum):
    """How much is in the way, the worst first."""

    ERROR = "error"
    """Nothing would be collected."""
    WARNING = "warning"
    """Less than one expects."""
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """Something that is in the way, or worth knowing."""

    severity: Severity
    code: str
    message: str


class SpentBudget(NamedTuple):
    """A budget of the brand or its customer that nothing is left of."""

    scope: str
    period: str
    bound_micro_usd: int


class Counts(NamedTuple):
    """What a brand has of its own."""

    questions: int
    active_questions: int
    schedules: int
    active_schedules: int
    open_runs: int


@dataclass(frozen=True)
class Facts:
    """What is known of a brand and of the engines that it would ask."""

    is_demo: bool
    has_choice: bool
    """Its engines were chosen; else all that can be asked are."""
    counts: Counts
    engines: ReportedEngines
    health: Mapping[str, EngineHealth]
    """Of the engines that it would ask."""
    spent: Sequence[SpentBudget]


def findings(facts: Facts) -> list[Finding]:
    """What stands in the way of a collection that is started now, the worst first."""
    found = [*_of_questions(facts), *_of_engines(facts), *_of_money(facts), *_of_schedules(facts)]
    return sorted(found, key=lambda finding: list(Severity).index(finding.severity))


def _of_questions(facts: Facts) -> Iterator[Finding]:
    total = facts.counts.questions
    if not total:
        yield Finding(Severity.ERROR, "no_query", "The brand has no question. Add some, in topics.")
    elif not facts.counts.active_questions:
        message = f"None of the {total} questions is active. Activate some."
        yield Finding(Severity.ERROR, "no_active_query", message)


def _of_engines(facts: Facts) -> Iterator[Finding]:
    engines, health = facts.engines, facts.health
    faults = {name: why for name in health if (why := engines.why_not(name, is_demo=facts.is_demo))}
    if why_none := _why_none(facts, faults):
        yield Finding(Severity.ERROR, "no_engine_ready", why_none)
    for name, why in faults.items():
        yield Finding(Severity.WARNING, "engine_not_ready", f"{name} is not asked: {why}.")
    for name, state in health.items():
        if state.paused_until and name not in faults:
            until = state.paused_until.astimezone(UTC)
            message = f"{name} is left in peace until {until:%H:%M:%S} UTC: {state.pause_reason}."
            yield Finding(Severity.WARNING, "engine_paused", message)


def _why_none(facts: Facts, faults: Mapping[str, str]) -> str | None:
    """Why no engine can be asked, if none can."""
    if not facts.engines.has_worker():
        return "No worker runs that could ask an engine. Start one."
    if not facts.health:
        return "No engine has a key. Set one, such as OPENAI_API_KEY, for the worker."
    if len(faults) == len(facts.health):
        chosen = "of those chosen for the brand " if facts.has_choice else ""
        return f"No engine {chosen}can be asked. Set a key, or choose others."
    return None


def _of_money(facts: Facts) -> Iterator[Finding]:
    for budget in facts.spent:
        dollars = f"${budget.bound_micro_usd / 1e6:,.2f}"
        message = f"The budget of the {budget.scope} for this {budget.period}, {dollars}, is spent."
        yield Finding(Severity.ERROR, "budget_spent", f"{message} Raise it in the settings, or wait.")


def _of_schedules(facts: Facts) -> Iterator[Finding]:
    counts = facts.counts
    if not counts.active_schedules:
        told = "All its schedules are paused" if counts.schedules else "It has no schedule"
        yield Finding(Severity.INFO, "no_schedule", f"{told}: nothing is collected by itself.")
    elif counts.open_runs:
        yield Finding(Severity.INFO, "runs_open", f"{counts.open_runs} of its runs are waiting or under way.")
