"""What people do with schedules: make, read, change and delete them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.database import Session, clock
from answerbeat.errors import InvalidField, NotFound
from answerbeat.kinds import EventKind
from answerbeat.schema import ScheduledJob, ScheduleEvent
from scheduler_svc import terms as rules
from scheduler_svc.store import brands, cancels, events, runs, schedules
from scheduler_svc.store.events import Event
from scheduler_svc.terms import Terms


async def create(session: Session, who: Caller, customer_id: UUID, brand_id: UUID, terms: Terms) -> ScheduledJob:
    """Makes a schedule. Raises InvalidFields, or NotFound for a brand that is not the customer's."""
    if not who.may_see(customer_id):
        raise NotFound("customer", customer_id, field="customer_id")
    rules.check(terms)
    await _check_upstream(session, None, customer_id, terms)
    if await brands.hold(session, brand_id) != customer_id:
        raise NotFound(f"brand of customer {customer_id} with the id", brand_id, field="brand_id")
    now = await clock(session)
    next_run_at = rules.next_run_at(terms, now)
    job = await schedules.add(session, customer_id, brand_id, terms, next_run_at, by=who.name, now=now)
    reason = f"{terms.cron_expression} in {terms.timezone}, {terms.job_type}."
    await events.record(session, who.name, [Event(customer_id, job.id, EventKind.CREATED, reason)])
    return job


async def get(session: Session, who: Caller, schedule_id: UUID, *, lock: bool = False) -> ScheduledJob:
    """A schedule that is not deleted. Raises NotFound."""
    job = await schedules.find(session, schedule_id, lock=lock)
    if job is None or not who.may_see(job.customer_id) or not await brands.is_live(session, job.brand_id):
        raise NotFound("scheduled job", schedule_id)
    return job


async def update(
    session: Session, who: Caller, schedule_id: UUID, etag: str | None, changes: dict[str, Any]
) -> ScheduledJob:
    """Changes the terms given and computes next_run_at from now, so that nothing missed is fired.

    `changes` are by the names of Terms. Raises InvalidFields, and StaleEtag when `etag` is given and no longer the
    schedule's.
    """
    job = await get(session, who, schedule_id, lock=True)
    rules.check_etag(job.version, etag)
    before = schedules.terms_of(job)
    after = replace(before, **changes)
    rules.check(after)
    changed = rules.differences(before, after)
    if "depends_on" in changed:
        await _check_upstream(session, job.id, job.customer_id, after)
    if changed:
        now = await clock(session)
        await schedules.change(session, job, after, rules.next_run_at(after, now), now)
        await events.record(session, who.name, [Event(job.customer_id, job.id, *rules.describe(changed, after))])
    return job


async def delete(session: Session, who: Caller, schedule_id: UUID, etag: str | None) -> None:
    """Ends a schedule. Its runs and events stay; open runs are cancelled. Raises StaleEtag."""
    job = await get(session, who, schedule_id, lock=True)
    rules.check_etag(job.version, etag)
    await schedules.end(session, job, await clock(session))
    await cancels.cancel(session, await runs.open_of(session, job.id))
    reason = "Its history stays; open runs were cancelled."
    await events.record(session, who.name, [Event(job.customer_id, job.id, EventKind.DELETED, reason)])


async def list_events(
    session: Session, who: Caller, schedule_id: UUID, limit: int, before: UUID | None
) -> tuple[Sequence[ScheduleEvent], ScheduleEvent | None]:
    """A page of a schedule's events, newest first. A deleted schedule still has them. Raises NotFound."""
    whose = await schedules.owner_of(session, schedule_id)
    if whose is None or not who.may_see(whose.customer_id) or not await brands.is_live(session, whose.brand_id):
        raise NotFound("scheduled job", schedule_id)
    return await events.list_events(session, schedule_id, limit, before)


async def _check_upstream(session: Session, schedule_id: UUID | None, customer_id: UUID, terms: Terms) -> None:
    """Raises InvalidField where what a schedule depends on is not its customer's, or the schedule itself."""
    above: list[UUID] = []
    following = terms.depends_on
    while following is not None:
        upstream = await schedules.find(session, following)
        if (
            upstream is None
            or upstream.customer_id != customer_id
            or await brands.hold(session, upstream.brand_id) is None
        ):
            raise InvalidField("depends_on", f"there is no scheduled job {following} of this customer")
        above.append(upstream.id)
        rules.check_upstream(schedule_id, above)
        following = upstream.depends_on
