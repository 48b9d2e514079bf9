"""The tables all services share, by area."""

from answerbeat.schema.accounts import ApiToken, Customer, IdempotencyKey
from answerbeat.schema.answers import (
    Citation,
    CollectorResult,
    EngineBatch,
    EnginePause,
    ExtractedPosition,
    ExtractedSentiment,
    ImportedAnswer,
    QueryExecution,
    SetAside,
    Spending,
    ToneJudgement,
    UntrackedName,
    WorkerEngine,
)
from answerbeat.schema.base import Base, KindColumn
from answerbeat.schema.brands import Brand, Competitor, GeneratedQuery, Topic
from answerbeat.schema.pages import CitedPage, KindByHand, PageRollup, Search, SearchRollup
from answerbeat.schema.rollups import Cell, CellRollup, CitationRollup, NameRollup, ReadingRules, RollupDue
from answerbeat.schema.schedules import JobRun, Limit, ScheduledJob, ScheduleEvent

__all__ = [
    "ApiToken",
    "Base",
    "Brand",
    "Cell",
    "CellRollup",
    "Citation",
    "CitationRollup",
    "CitedPage",
    "CollectorResult",
    "Competitor",
    "Customer",
    "EngineBatch",
    "EnginePause",
    "ExtractedPosition",
    "ExtractedSentiment",
    "GeneratedQuery",
    "IdempotencyKey",
    "ImportedAnswer",
    "JobRun",
    "KindByHand",
    "KindColumn",
    "Limit",
    "NameRollup",
    "PageRollup",
    "QueryExecution",
    "ReadingRules",
    "RollupDue",
    "ScheduleEvent",
    "ScheduledJob",
    "Search",
    "SearchRollup",
    "SetAside",
    "Spending",
    "ToneJudgement",
    "Topic",
    "UntrackedName",
    "WorkerEngine",
]
