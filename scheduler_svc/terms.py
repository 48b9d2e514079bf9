"""The terms of a schedule: what a person sets, what it can't be, and what a change of it means.

Rules about a message by itself stand in the contract; those that need the cron engine or the options' names stand here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from answerbeat.errors import InvalidField, InvalidFields, StaleEtag, Violation
from answerbeat.kinds import CatchUp, EventKind, JobType, OverlapPolicy
from answerbeat.options import read_options
from scheduler_svc import cron, lifecycle


@dataclass(frozen=True)
class Terms:
    """What a person sets of a schedule. Times are aware; `options` are those of a run, as JSON."""

    job_type: JobType
    cron_expression: str
    timezone: str = "UTC"
    is_active: bool = True
    options: dict[str, object] = field(default_factory=dict)
    overlap_policy: OverlapPolicy = OverlapPolicy.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    catchup_window_seconds: int = 86_400
    jitter_seconds: int = 0
    max_attempts: int = lifecycle.MAX_ATTEMPTS
    timeout_seconds: int = lifecycle.TIMEOUT_SECONDS
    depends_on: UUID | None = None
    """Another schedule whose latest run must have succeeded."""
    start_at: datetime | None = None
    """No fire before."""
    end_at: datetime | None = None
    """No fire from then on."""
    pause_after_failures: int = 0
    """Switched off after so many failed runs in a row; 0 is never."""


FIELDS = tuple(each.name for each in fields(Terms))


def check(terms: Terms) -> None:
    """Raises InvalidFields for what a schedule can't be."""
    found = [*_faults_of_timing(terms), *_faults_of_options(terms)]
    if terms.catch_up == CatchUp.ALL and terms.catchup_window_seconds == 0:
        found.append(Violation("catchup_window_seconds", "must be at least 1 when catch_up is all"))
    if terms.cron_expression != terms.cron_expression.strip():
        found.append(Violation("cron_expression", "begins or ends with white space"))
    if terms.start_at and terms.end_at and terms.end_at <= terms.start_at:
        found.append(Violation("end_at", "must be after start_at"))
    if found:
        raise InvalidFields(*found)


def read_timing(expression: str, timezone: str) -> tuple[cron.Cron, ZoneInfo]:
    """An expression and a zone that have been read. Raises InvalidFields, naming the one at fault."""
    try:
        return cron.parse(expression), cron.load_zone(timezone)
    except cron.CronError as error:
        raise InvalidField(error.field, str(error)) from None


def check_upstream(schedule_id: UUID | None, above: Collection[UUID]) -> None:
    """Raises InvalidField where a schedule would wait for itself. `above` are those it would wait for, one by one."""
    if schedule_id in above or len(set(above)) < len(above):
        raise InvalidField("depends_on", "would make a circle: the job would wait for itself")


def next_run_at(terms: Terms, now: datetime) -> datetime | None:
    """The first fire from now on, within start_at and end_at. None when there is none."""
    if not terms.is_active:
        return None
    after = max(now, terms.start_at - timedelta(microseconds=1)) if terms.start_at else now
    fire = cron.next_fire(cron.parse(terms.cron_expression), cron.load_zone(terms.timezone), after)
    return None if terms.end_at and fire >= terms.end_at else fire


def differences(before: Terms, after: Terms) -> list[str]:
    """The names of the fields that differ."""
    return [name for name in FIELDS if getattr(before, name) != getattr(after, name)]


def describe(changed: Collection[str], after: Terms) -> tuple[EventKind, str]:
    """What a change of these fields is, and in words."""
    if set(changed) == {"is_active"}:
        if after.is_active:
            return EventKind.ACTIVATED, "Fires again from now on."
        return EventKind.DEACTIVATED, "Fires no more."
    names = ", ".join("metadata" if name == "options" else name for name in sorted(changed))
    return EventKind.EDITED, f"Changed {names}."


def etag_of(version: int) -> str:
    """Changes with each edit by a person, and only then."""
    return f'"{version}"'


def check_etag(version: int, etag: str | None) -> None:
    """Raises StaleEtag for an etag that was given and is no longer the schedule's."""
    if etag is not None and etag != etag_of(version):
        raise StaleEtag("Somebody else changed this job since you read it. Read it again and repeat your change.")


def _faults_of_timing(terms: Terms) -> Sequence[Violation]:
    found = []
    for read, value in ((cron.parse, terms.cron_expression), (cron.load_zone, terms.timezone)):
        try:
            read(value)
        except cron.CronError as error:
            found.append(Violation(error.field, str(error)))
    return found


def _faults_of_options(terms: Terms) -> Sequence[Violation]:
    try:
        read_options(terms.options)
    except InvalidFields as error:
        return error.violations
    return ()
