"""A call to an engine: what it asks, the states it goes through, and what became of a run's calls.

asking → answered | no_overview | failed | unknown
answered, no_overview                     the end: the engine showed its answer, or that it has none to show
failed → asking                           another try, when it may help and is no second bill, or a person asks
unknown → asking                          nobody knows whether the engine answered: only when a person asks for it
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from answerbeat.options import RunOptions
from worker_svc.collectors.collector import Question


class CallStatus(StrEnum):
    """The state of a call, as it is stored."""

    ASKING = "asking"
    ANSWERED = "answered"
    NO_OVERVIEW = "no_overview"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Call:
    """One question for one engine; or, of an answer that is there, its tone."""

    query_id: UUID
    question: str
    topic: str
    locale: str | None
    country: str | None
    collector: str
    sample: int
    city: str | None = None
    is_branded: bool = False
    """The question names the brand."""
    answer_id: UUID | None = None
    """The answer whose tone is to be judged; None for a call that asks the question."""
    asked_before_on: date | None = None
    """The day an earlier attempt counts for."""

    def placed(self, options: RunOptions) -> "Call":
        """The same from where the job asks, if it says so; else from where the question is asked."""
        return replace(
            self,
            locale=options.locale or self.locale,
            country=options.country or self.country,
            city=options.city or self.city,
        )

    @property
    def for_person(self) -> Question:
        """What to ask, and as whom."""
        return Question(self.question, self.locale, self.country, self.city, self.sample)


@dataclass(frozen=True)
class Tally:
    """What became of a run's calls to one engine."""

    collector: str
    calls: int
    answered: int
    no_overview: int
    """Results without an overview: nothing was wrong."""
    failed: int
    unknown: int
    waiting: int
    """In a batch that is with the engine."""
    attempts: int
    cost_micro_usd: int
    """Of the calls whose price is known."""
    unpriced: int
    """Calls of which nobody knows what they cost."""
    copies: int
    """Answers that came out of the engine's cache, and say nothing new."""
    query_ids: list[UUID]
    error_kinds: list[str] | None
    may_help: bool
    """Another attempt may get an answer."""
    error_message: str | None
