"""A run's life, and what bounds it.

    pending → processing → completed | failed | cancelled
              processing → pending     on another attempt, a lost lease, or a hand-back
    pending → cancelled
    completed | failed | cancelled → pending     when a person has it tried again

Each change of the status is one statement of `store/`, which checks what it needs in the same breath: births, leases,
endings, sweeps, cancels and retries. PostgreSQL's clock decides what is due and what is late; a worker's never does.
"""

from collections.abc import Mapping
from types import MappingProxyType

from answerbeat.kinds import Trigger

PRIORITY: Mapping[Trigger, int] = MappingProxyType(
    {Trigger.MANUAL: 1, Trigger.RETRY: 1, Trigger.SCHEDULE: 5, Trigger.DEPENDENCY: 5, Trigger.BACKFILL: 9}
)
"""Lower goes first: what a person waits for, then what is due, then what is made up for."""
MAX_ATTEMPTS = 3
"""Unless the schedule says otherwise."""
TIMEOUT_SECONDS = 3_600
"""The longest that an attempt may take, unless the schedule says otherwise."""
BACKOFF_SECONDS = 5
"""The usual pause before the second attempt; it doubles with each further one. Half as long or half as long again by
chance, so that runs which failed together do not come back together (`store/endings.py`)."""
BACKOFF_MAX_SECONDS = 600
"""The longest usual pause."""
DEADLINE_GRACE_SECONDS = 15
"""How long after its timeout a run is left to its worker, which should have ended it."""
HEARTBEATS_A_LEASE = 3
MAX_HEARTBEAT_SECONDS = 2.0
"""A cancelled run must stop within seconds, however long leases are."""
PATIENCE_SECONDS = 5.0
"""More than two heartbeats."""


def heartbeat_seconds(lease_seconds: int) -> float:
    """How often a worker should say that it lives."""
    return min(lease_seconds / HEARTBEATS_A_LEASE, MAX_HEARTBEAT_SECONDS)


def patience_seconds(lease_seconds: int) -> float:
    """How long workers are given to say that they live, after a time in which nobody could hear them."""
    return min(float(lease_seconds), PATIENCE_SECONDS)
