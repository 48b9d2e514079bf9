"""The tables all services share, by area."""

from answerbeat.schema.accounts import ApiToken, Customer, IdempotencyKey
from answerbeat.schema.answers import (
    Citation,
    CitationRollup,
    CollectorResult,
    EngineBatch,
    EnginePause,
    ExtractedPosition,
    ExtractedSentiment,
    NameRollup,
    QueryExecution,
    RollupDue,
    Spending,
    ToneJudgement,
    UntrackedName,
    WorkerEngine,
)
from answerbeat.schema.base import Base, KindColumn
from answerbeat.schema.brands import Brand, Competitor, GeneratedQuery, Topic
from answerbeat.schema.schedules import JobRun, Limit, ScheduledJob, ScheduleEvent

__all__ = [
    "ApiToken",
    "Base",
    "Brand",
    "Citation",
    "CitationRollup",
    "CollectorResult",
    "Competitor",
    "Customer",
    "EngineBatch",
    "EnginePause",
    "ExtractedPosition",
    "ExtractedSentiment",
    "GeneratedQuery",
    "IdempotencyKey",
    "JobRun",
    "KindColumn",
    "Limit",
    "NameRollup",
    "QueryExecution",
    "RollupDue",
    "ScheduleEvent",
    "ScheduledJob",
    "Spending",
    "ToneJudgement",
    "Topic",
    "UntrackedName",
    "WorkerEngine",
]
