"""Turns due schedules into runs.

In one transaction: take due schedules, decide about each fire time, insert the runs, move
`next_run_at`, and write down why. Any number of planners may do this at once: a schedule is
locked while it is decided about, and a fire time has at most one run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Database, array, clock, notify
from answerbeat.ids import new_id
from answerbeat.wakeup import Wakeup
from scheduler_svc import cron, runs

log = structlog.get_logger()

GRACE = timedelta(seconds=60)
"""A fire this late is still on time, whatever the catch-up policy."""
MIN_SLEEP_SECONDS = 0.02
"""A due schedule that another planner holds would else be looked at without a pause."""
MAX_BATCH = 1_000
"""So far a batch grows."""
LANES = 2
"""Planners of one process: while PostgreSQL works for one, the other decides."""
LOGGED = 100
"""Decisions of a transaction that the log shows; schedule_events has all."""
MAX_CAUGHT_UP = 1_000
"""At most so many runs are made up for at once; the newest count."""

DUE = text("""
    SELECT schedule.id, schedule.customer_id, schedule.cron_expression, schedule.timezone, schedule.overlap_policy,
           schedule.catch_up, schedule.catchup_window_seconds, schedule.jitter_seconds, schedule.next_run_at,
           schedule.end_at, schedule.depends_on, upstream.last_run_status AS upstream_status
    FROM scheduled_jobs AS schedule
    LEFT JOIN scheduled_jobs AS upstream ON upstream.id = schedule.depends_on
    WHERE schedule.next_run_at <= :now
    ORDER BY schedule.next_run_at
    LIMIT :batch
    FOR UPDATE OF schedule SKIP LOCKED
""")

ADVANCE = text("""
    UPDATE scheduled_jobs AS schedule
    SET next_run_at = planned.next_run_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:next_run_ats AS timestamptz[])) AS planned (id, next_run_at)
    WHERE schedule.id = planned.id
""")

RECORD = text("""
    INSERT INTO schedule_events (id, customer_id, schedule_id, kind, reason, run_id, scheduled_for, actor)
    SELECT id, customer_id, schedule_id, kind, reason, run_id, at, 'scheduler'
    FROM unnest(CAST(:ids AS uuid[]), CAST(:customer_ids AS uuid[]), CAST(:schedule_ids AS uuid[]),
                CAST(:kinds AS text[]), CAST(:reasons AS text[]), CAST(:run_ids AS uuid[]),
                CAST(:instants AS timestamptz[]))
        AS told (id, customer_id, schedule_id, kind, reason, run_id, at)
""")

PAUSE = text("UPDATE scheduled_jobs SET is_active = false, next_run_at = NULL WHERE id = :id")

SECONDS_TO_NEXT = text("SELECT extract(epoch FROM min(next_run_at) - clock_timestamp()) FROM scheduled_jobs")


class Due(NamedTuple):
    """A schedule whose time has come: a row of DUE."""

    id: UUID
    customer_id: UUID
    cron_expression: str
    timezone: str
    overlap_policy: str
    catch_up: str
    catchup_window_seconds: int
    jitter_seconds: int
    next_run_at: datetime
    end_at: datetime | None = None
    depends_on: UUID | None = None
    upstream_status: str | None = None


@dataclass(frozen=True)
class Decision:
    """What becomes of one fire time, or of several that were missed."""

    kind: str
    """fired, caught_up, skipped, missed or paused: the first two make a run."""
    fire: datetime
    reason: str
    is_exclusive: bool = False


@dataclass(frozen=True)
class Plan:
    """What becomes of a due schedule."""

    decisions: Sequence[Decision]
    next_run_at: datetime | None
    """None when the schedule has ended."""
    cancels: bool = False
    """Its open runs are to be cancelled."""


def plan(due: Due, now: datetime, has_open_runs: bool) -> Plan:
    """Decides about a due schedule. `now` is PostgreSQL's time."""
    to_run, missed = _fires_to_run(due, now)
    decisions = [Decision("missed", missed[-1], _why_missed(due, missed))] if missed else []
    waits_for = _why_not_its_turn(due)
    overlaps = "An earlier run is still open and overlap_policy is skip." if _is_skipping(due, has_open_runs) else None
    for fire in to_run:
        late = now - fire > GRACE
        # Of several that are made up for, each waits for the one before: they don't overlap.
        blocked = waits_for or (None if late and due.catch_up == "all" else overlaps)
        if blocked:
            decisions.append(Decision("skipped", fire, blocked))
        else:
            exclusive = due.overlap_policy in ("queue", "cancel_running") or late
            decisions.append(_run_decision(fire, now, late, exclusive))
    runs_something = any(d.kind in ("fired", "caught_up") for d in decisions)
    return Plan(
        decisions=decisions,
        next_run_at=_next_run_at(due, now),
        cancels=due.overlap_policy == "cancel_running" and has_open_runs and runs_something,
    )


async def plan_due(session: AsyncSession, now: datetime, batch: int) -> int:
    """Plans up to `batch` due schedules. Gives how many there were."""
    rows = await session.execute(DUE, {"now": now, "batch": batch})
    dues = [Due._make(row) for row in rows.all()]
    if not dues:
        return 0
    open_runs = await runs.open_runs(session, [due.id for due in dues])
    plans = []
    for due in dues:
        try:
            plans.append((due, plan(due, now, has_open_runs=due.id in open_runs)))
        except cron.CronError as error:
            # One bad row, such as a zone that the tz database dropped, must not stop the others.
            await _pause(session, due, str(error))
    if cancelled := [run_id for due, p in plans if p.cancels for run_id in open_runs[due.id]]:
        await runs.cancel(session, cancelled)
    await _insert(session, plans)
    await session.execute(
        ADVANCE,
        {"ids": array(due.id for due, _ in plans), "next_run_ats": array(p.next_run_at for _, p in plans)},
    )
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return len(dues)


class Planner:
    """Plans whenever a schedule is due, for as long as the service lives."""

    def __init__(self, database: Database, wakeup: Wakeup, poll_ms: int, batch: int) -> None:
        self._database = database
        self._wakeup = wakeup
        self._poll_seconds = poll_ms / 1000
        self._batch = batch

    async def run(self) -> None:
        """Sleeps until the next due time, a change of a schedule, or the poll interval; then plans."""
        while True:
            seen = self._wakeup.now()
            await self.plan_all()
            await self._wakeup.wait(seen, await self._seconds_to_sleep())

    async def plan_all(self) -> int:
        """Plans whatever is due, and gives how many that was.

        The first batch is small, so that its runs begin soon; while there are more, each is greater, so that the last
        of many is not late for the cost of all the transactions before it.
        """
        batch, total = self._batch, 0
        while True:
            async with self._database.transaction() as session:
                planned = await plan_due(session, await clock(session), batch)
            total += planned
            if planned < batch:
                return total
            batch = max(batch, min(2 * batch, MAX_BATCH))

    async def _seconds_to_sleep(self) -> float:
        async with self._database.transaction() as session:
            until = (await session.execute(SECONDS_TO_NEXT)).scalar_one()
        return self._poll_seconds if until is None else min(max(float(until), MIN_SLEEP_SECONDS), self._poll_seconds)


def _next_run_at(due: Due, now: datetime) -> datetime | None:
    fire = _next_fire(due.cron_expression, due.timezone, now)
    return None if due.end_at and fire >= due.end_at else fire


def _fires_to_run(due: Due, now: datetime) -> tuple[Sequence[datetime], Sequence[datetime]]:
    """The fire times up to now that are run, and those that are not."""
    window = max(timedelta(seconds=due.catchup_window_seconds if due.catch_up != "none" else 0), GRACE)
    begin = max(due.next_run_at - cron.MINUTE, now - window - cron.MINUTE)
    last = now if due.end_at is None else min(now, due.end_at - timedelta(microseconds=1))
    passed = _fires_until(due.cron_expression, due.timezone, begin, last)
    within = [fire for fire in passed if now - fire <= window]
    keep = within[-MAX_CAUGHT_UP:] if due.catch_up == "all" else within[-1:]
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
        "latest": "only the latest is made up for",
        "all": f"they are older than {due.catchup_window_seconds} s",
        "none": "none is made up for",
    }[due.catch_up]
    return f"No scheduler was alive at the fire times from {span}; catch_up is {due.catch_up}: {policy}."


def _why_not_its_turn(due: Due) -> str | None:
    """Why the schedule it depends on forbids a run, if it does."""
    if due.depends_on and due.upstream_status != "completed":
        return f"The schedule it depends on last ended {due.upstream_status or 'never'}, not completed."
    return None


def _is_skipping(due: Due, has_open_runs: bool) -> bool:
    return has_open_runs and due.overlap_policy == "skip"


def _run_decision(fire: datetime, now: datetime, late: bool, exclusive: bool) -> Decision:
    if late:
        return Decision("caught_up", fire, f"Made up for {int((now - fire).total_seconds())} s late.", exclusive)
    return Decision("fired", fire, "Due.", exclusive)


async def _pause(session: AsyncSession, due: Due, reason: str) -> None:
    log.error("schedule_paused", schedule_id=str(due.id), reason=reason)
    await session.execute(PAUSE, {"id": due.id})
    await _record(session, [(due, Decision("paused", due.next_run_at, reason), None)])


async def _insert(session: AsyncSession, plans: Sequence[tuple[Due, Plan]]) -> None:
    decided = [(due, d, new_id()) for due, p in plans for d in p.decisions]
    fires = [_fire(due, d, run_id) for due, d, run_id in decided if d.kind in ("fired", "caught_up")]
    made = await runs.insert_fires(session, "schedule", fires)
    told = [
        (due, d, run_id if run_id in made else None)
        for due, d, run_id in decided
        if run_id in made or d.kind in ("skipped", "missed")
    ]
    await _record(session, told)
    for due, d, made_id in told[:LOGGED]:
        log.info(d.kind, schedule_id=str(due.id), run_id=made_id and str(made_id), reason=d.reason)


def _fire(due: Due, decision: Decision, run_id: UUID) -> runs.Fire:
    available_at = decision.fire + runs.jitter(due.id, decision.fire, due.jitter_seconds)
    return runs.Fire(run_id, due.id, decision.fire, available_at, decision.is_exclusive)


async def _record(session: AsyncSession, told: Sequence[tuple[Due, Decision, UUID | None]]) -> None:
    """Writes down what was decided, each with the run that it made, if it made one."""
    await session.execute(
        RECORD,
        {
            "ids": array(new_id() for _ in told),
            "customer_ids": array(due.customer_id for due, _, _ in told),
            "schedule_ids": array(due.id for due, _, _ in told),
            "kinds": [d.kind for _, d, _ in told],
            "reasons": [d.reason for _, d, _ in told],
            "run_ids": array(run_id for _, _, run_id in told),
            "instants": array(d.fire for _, d, _ in told),
        },
    )
