"""The words that stand in columns and in the contract, as types: what a run is, what made it, and what a schedule does.

Each is a str of its own, so that it is written and read as the word it is.
"""

from enum import StrEnum


class JobType(StrEnum):
    """What a run does."""

    DATA_COLLECTION = "data_collection"
    SCORING = "scoring"
    DATA_COLLECTION_AND_SCORING = "data_collection_and_scoring"
    ANSWER_IMPORT = "answer_import"
    """Brings in answers that were got elsewhere. Never a schedule's."""


class RunStatus(StrEnum):
    """Where a run stands. The last three are its end."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (RunStatus.PENDING, RunStatus.PROCESSING)
"""The statuses of a run that has not ended."""


class Trigger(StrEnum):
    """What made a run."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    BACKFILL = "backfill"
    RETRY = "retry"
    DEPENDENCY = "dependency"


class Outcome(StrEnum):
    """How a worker says that an attempt ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RELEASED = "released"
    """Handed back unfinished: the attempt is not counted."""


class Surface(StrEnum):
    """Where an answer was shown."""

    API = "api"
    RESULTS_PAGE = "results_page"
    APP = "app"


class OverlapPolicy(StrEnum):
    """What becomes of a fire while an earlier run of the schedule is open."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL_RUNNING = "cancel_running"
    ALLOW = "allow"


class CatchUp(StrEnum):
    """Which of the fires that were missed are made up for."""

    LATEST = "latest"
    ALL = "all"
    NONE = "none"


class EventKind(StrEnum):
    """What was decided about a schedule, or done to it."""

    FIRED = "fired"
    CAUGHT_UP = "caught_up"
    SKIPPED = "skipped"
    MISSED = "missed"
    PAUSED = "paused"
    CREATED = "created"
    EDITED = "edited"
    ACTIVATED = "activated"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"
    TRIGGERED = "triggered"
    BACKFILLED = "backfilled"
    CANCELLED = "cancelled"
    RETRIED = "retried"
