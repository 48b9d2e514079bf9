"""A call to an engine: what it asks, the states it goes through, and what became of a run's calls.

asking → answered | failed | unknown      unknown: nobody knows whether the engine answered
failed → asking                           another try, when it may help and is no second bill, or a person asks
unknown → asking                          only when a person asks for it: it may have been paid for
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from answerbeat.options import RunOptions
from worker_svc.collectors.collector import Question


class CallStatus(StrEnum):
    """The state of a call, as it is stored."""

    ASKING = "asking"
    ANSWERED = "answered"
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
    answer_id: UUID | None = None
    """The answer whose tone is to be judged; None for a call that asks the question."""

    def for_person(self, options: RunOptions) -> Question:
        """What to ask, and as whom."""
        locale, country = options.locale or self.locale, options.country or self.country
        return Question(self.question, locale, country, options.city, self.sample)


@dataclass(frozen=True)
class Tally:
    """What became of a run's calls to one engine."""

    collector: str
    calls: int
    answered: int
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
