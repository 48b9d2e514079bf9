"""Which fire times become runs, from when, and why: overlap, catching up, dependence, jitter, and backfill.

Nothing here looks at a clock or a table: what is due, the time, and whether runs are open come in as arguments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from answerbeat.errors import Conflict, InvalidField
from answerbeat.kinds import CatchUp, EventKind, OverlapPolicy, RunStatus
from scheduler_svc import cron

GRACE = timedelta(seconds=60)
"""A fire this late is still on time, whatever the catch-up policy."""
MAX_CAUGHT_UP = 1_000
"""At most so many runs are made up for at once; the newest count."""
MAX_BACKFILL = 1_000
"""Runs that one backfill may make."""
RUN_KINDS = (EventKind.FIRED, EventKind.CAUGHT_UP)
"""The decisions that make a run."""
EXCLUSIVE_POLICIES = (OverlapPolicy.QUEUE, OverlapPolicy.CANCEL_RUNNING)
"""Under these, a run waits until those before it have ended."""


class Due(NamedTuple):
    """A schedule whose time has come."""

    id: UUID
    customer_id: UUID
    cron_expression: str
    timezone: str
    overlap_policy: OverlapPolicy
    catch_up: CatchUp
    catchup_window_seconds: int
    jitter_seconds: int
    next_run_at: datetime
    end_at: datetime | None = None
    depends_on: UUID | None = None
    upstream_status: RunStatus | None = None
    """How the latest run of the schedule it depends on ended."""


@dataclass(frozen=True)
class Decision:
    """What becomes of one fire time, or of several that were missed."""

    kind: EventKind
    """Fired, caught up, skipped, missed or paused: the first two make a run."""
    fire: datetime
    reason: str
    is_exclusive: bool = False
    """The run waits until those of its schedule before it have ended."""
    delay: timedelta = timedelta(0)
    """The schedule's jitter, for this fire."""

    @property
    def available_at(self) -> datetime:
        """From when on a worker may have the run."""
        return self.fire + self.delay


@dataclass(frozen=True)
class Plan:
    """What becomes of a due schedule."""

    decisions: Sequence[Decision]
    next_run_at: datetime | None
    """None when the schedule has ended."""
    cancels: bool = False
    """Its open runs are to be cancelled."""


def plan(due: Due, now: datetime, has_open_runs: bool) -> Plan:
    """Decides about a due schedule. `now` is PostgreSQL's time. Raises CronError for what can't be read any more."""
    to_run, missed = _fires_to_run(due, now)
    decisions = [Decision(EventKind.MISSED, missed[-1], _why_missed(due, missed))] if missed else []
    waits_for = _why_not_its_turn(due)
    overlaps = "An earlier run is still open and overlap_policy is skip." if _is_skipping(due, has_open_runs) else None
    for fire in to_run:
        late = now - fire > GRACE
        # Of several that are made up for, each waits for the one before: they don't overlap.
        blocked = waits_for or (None if late and due.catch_up == CatchUp.ALL else overlaps)
        if blocked:
            decisions.append(Decision(EventKind.SKIPPED, fire, blocked))
        else:
            decisions.append(_run_decision(due, fire, now, late))
    runs_something = any(d.kind in RUN_KINDS for d in decisions)
    return Plan(
        decisions=decisions,
        next_run_at=_next_run_at(due, now),
        cancels=due.overlap_policy == OverlapPolicy.CANCEL_RUNNING and has_open_runs and runs_something,
    )


def jitter(schedule_id: UUID, fire: datetime, most_seconds: int) -> timedelta:
    """A delay in [0, most_seconds], the same whenever it is computed for the same schedule and fire time."""
    mixed = (schedule_id.int ^ int(fire.timestamp())) * 0x9E3779B97F4A7C15 >> 32
    return timedelta(seconds=mixed % (most_seconds + 1))


class RunNow(NamedTuple):
    """What becomes of a person's wish to run a schedule now."""

    cancels: bool
    """Its open runs are to be cancelled."""
    is_exclusive: bool
    """The run waits until they have ended."""


def run_now(policy: OverlapPolicy, open_runs: Sequence[UUID]) -> RunNow:
    """Decides about running a schedule now. Raises Conflict when its policy forbids it."""
    if open_runs and policy == OverlapPolicy.SKIP:
        raise Conflict(f"Run {open_runs[0]} of this job is still open, and its overlap_policy is skip.")
    return RunNow(
        cancels=bool(open_runs) and policy == OverlapPolicy.CANCEL_RUNNING,
        is_exclusive=policy != OverlapPolicy.ALLOW,
    )


def backfill_fires(
    expression: cron.Cron, zone: ZoneInfo, start: datetime, end: datetime, now: datetime
) -> Sequence[datetime]:
    """The fire times in [start, end), in UTC.

    Raises InvalidField for a span that lies in the future, is empty, or holds too many.
    """
    if end <= start:
        raise InvalidField("to", "must be after from")
    if end > now:
        raise InvalidField("to", "must not lie in the future")
    passed = takewhile(lambda fire: fire.utc < end, cron.fires(expression, zone, start - cron.MINUTE))
    fires = [fire.utc for fire in islice(passed, MAX_BACKFILL + 1) if fire.utc >= start]
    if len(fires) > MAX_BACKFILL:
        raise InvalidField("from", f"the span holds more than {MAX_BACKFILL} fire times; take a shorter one")
    return fires


def _next_run_at(due: Due, now: datetime) -> datetime | None:
    fire = _next_fire(due.cron_expression, due.timezone, now)
    return None if due.end_at and fire >= due.end_at else fire


def _fires_to_run(due: Due, now: datetime) -> tuple[Sequence[datetime], Sequence[datetime]]:
    """The fire times up to now that are run, and those that are not."""
    window = max(timedelta(seconds=due.catchup_window_seconds if due.catch_up != CatchUp.NONE else 0), GRACE)
    begin = max(due.next_run_at - cron.MINUTE, now - window - cron.MINUTE)
    last = now if due.end_at is None else min(now, due.end_at - timedelta(microseconds=1))
    passed = _fires_until(due.cron_expression, due.timezone, begin, last)
    within = [fire for fire in passed if now - fire <= window]
    keep = within[-MAX_CAUGHT_UP:] if due.catch_up == CatchUp.ALL else within[-1:]
    before = [due.next_run_at] if due.next_run_at < now - window else []
    return keep, [*before, *passed[: len(passed) - len(keep)]]


# Many schedules share an expression, a zone and a fire time: of a batch, each such group is walked once.
@lru_cache(maxsize=256)
def _fires_until(expression: str, timezone: str, after: datetime, last: datetime) -> Sequence[datetime]:
    return cron.fires_until(cron.parse(expression), cron.load_zone(timezone), after, last)


@lru_cache(maxsize=1_024)
def _next_fire(expression: str, timezone: str, now: datetime) -> datetime:
    return cron.next_fire(cron.parse(expression), cron.load_zone(timezone), now)


def _why_missed(due: Due, missed: Sequence[datetime]) -> str:
    span = f"{missed[0]:%Y-%m-%d %H:%M} to {missed[-1]:%Y-%m-%d %H:%M} UTC"
    policy = {
        CatchUp.LATEST: "only the latest is made up for",
        CatchUp.ALL: f"they are older than {due.catchup_window_seconds} s",
        CatchUp.NONE: "none is made up for",
    }[due.catch_up]
    return f"No scheduler was alive at the fire times from {span}; catch_up is {due.catch_up}: {policy}."


def _why_not_its_turn(due: Due) -> str | None:
    """Why the schedule it depends on forbids a run, if it does."""
    if due.depends_on and due.upstream_status != RunStatus.COMPLETED:
        return f"The schedule it depends on last ended {due.upstream_status or 'never'}, not completed."
    return None


def _is_skipping(due: Due, has_open_runs: bool) -> bool:
    return has_open_runs and due.overlap_policy == OverlapPolicy.SKIP


def _run_decision(due: Due, fire: datetime, now: datetime, late: bool) -> Decision:
    delay = jitter(due.id, fire, due.jitter_seconds)
    if late:
        reason = f"Made up for {int((now - fire).total_seconds())} s late."
        return Decision(EventKind.CAUGHT_UP, fire, reason, is_exclusive=True, delay=delay)
    return Decision(EventKind.FIRED, fire, "Due.", due.overlap_policy in EXCLUSIVE_POLICIES, delay)
