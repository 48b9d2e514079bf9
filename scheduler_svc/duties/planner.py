"""Turns due schedules into runs.

In one transaction: take due schedules, decide about each fire time, insert the runs, move
`next_run_at`, and write down why. Any number of planners may do this at once: a schedule is
locked while it is decided about, and a fire time has at most one run. The decisions are `planning`'s;
the transaction stands here, since they hold only while the schedules are locked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from answerbeat.database import Database, Session, clock
from answerbeat.ids import new_id
from answerbeat.kinds import EventKind, Trigger
from answerbeat.wakeup import Wakeup
from scheduler_svc.cron import CronError
from scheduler_svc.planning import RUN_KINDS, Decision, Due, Plan, plan
from scheduler_svc.store import births, cancels, due, events, runs
from scheduler_svc.store.births import Birth
from scheduler_svc.store.events import SCHEDULER, Event

log = structlog.get_logger()

MIN_SLEEP_SECONDS = 0.02
"""A due schedule that another planner holds would else be looked at without a pause."""
MAX_BATCH = 1_000
"""So far a batch grows."""
LANES = 2
"""Planners of one process: while PostgreSQL works for one, the other decides."""
LOGGED = 100
"""Decisions of a transaction that the log shows; schedule_events has all."""


class Planned(NamedTuple):
    """A due schedule and what becomes of it."""

    due: Due
    plan: Plan


class Decided(NamedTuple):
    """A decision with the key of the run that it makes, if it makes one."""

    due: Due
    decision: Decision
    run_id: UUID | None


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
            until = await due.seconds_to_next(session)
        return self._poll_seconds if until is None else min(max(until, MIN_SLEEP_SECONDS), self._poll_seconds)


async def plan_due(session: Session, now: datetime, batch: int) -> int:
    """Plans up to `batch` due schedules. Gives how many there were."""
    taken = await due.take(session, now, batch)
    if not taken:
        return 0
    open_runs = await runs.open_of_schedules(session, [each.id for each in taken])
    planned = []
    for each in taken:
        try:
            planned.append(Planned(each, plan(each, now, has_open_runs=each.id in open_runs)))
        except CronError as error:
            # One bad row, such as a zone that the tz database dropped, must not stop the others.
            await _pause(session, each, str(error))
    if cancelled := [run_id for p in planned if p.plan.cancels for run_id in open_runs[p.due.id]]:
        await cancels.cancel(session, cancelled)
    await _carry_out(session, planned)
    await due.advance(session, [(p.due.id, p.plan.next_run_at) for p in planned])
    return len(taken)


async def _carry_out(session: Session, planned: Sequence[Planned]) -> None:
    """Makes the runs, and writes down what was decided: of a fire that has its run already, nothing."""
    decided = [Decided(p.due, d, new_id() if d.kind in RUN_KINDS else None) for p in planned for d in p.plan.decisions]
    wanted = [_birth(d.due, d.decision, d.run_id) for d in decided if d.run_id]
    made = await births.of_schedules(session, Trigger.SCHEDULE, wanted)
    told = [d for d in decided if d.run_id is None or d.run_id in made]
    await events.record(session, SCHEDULER, [_event(d) for d in told])
    for d in told[:LOGGED]:
        run_id = d.run_id and str(d.run_id)
        log.info(d.decision.kind, schedule_id=str(d.due.id), run_id=run_id, reason=d.decision.reason)


async def _pause(session: Session, bad: Due, reason: str) -> None:
    log.error("schedule_paused", schedule_id=str(bad.id), reason=reason)
    await due.pause(session, bad.id)
    paused = Decision(EventKind.PAUSED, bad.next_run_at, reason)
    await events.record(session, SCHEDULER, [_event(Decided(bad, paused, None))])


def _birth(of: Due, decision: Decision, run_id: UUID) -> Birth:
    return Birth(run_id, of.id, decision.fire, decision.available_at, decision.is_exclusive)


def _event(decided: Decided) -> Event:
    of, decision, run_id = decided
    return Event(of.customer_id, of.id, decision.kind, decision.reason, run_id, decision.fire)
