"""Where runs are born: of a schedule's fire times, of a wish to run it now, or for a brand, without a schedule."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Session, array, constraint_of, notify
from answerbeat.errors import NotFound
from answerbeat.ids import new_id
from answerbeat.kinds import JobType, Trigger
from answerbeat.schema import JobRun
from scheduler_svc.lifecycle import MAX_ATTEMPTS, PRIORITY, TIMEOUT_SECONDS

OF_SCHEDULES = text("""
    INSERT INTO job_runs (id, customer_id, brand_id, scheduled_job_id, job_type, trigger, scheduled_for, priority,
                          available_at, is_exclusive, max_attempts, timeout_seconds, metadata, is_test, created_at)
    SELECT birth.id, schedule.customer_id, schedule.brand_id, schedule.id, schedule.job_type, :trigger, birth.at,
           :priority, birth.available_at, birth.is_exclusive, schedule.max_attempts, schedule.timeout_seconds,
           schedule.metadata, birth.is_test, clock_timestamp()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:schedule_ids AS uuid[]), CAST(:instants AS timestamptz[]),
                CAST(:available AS timestamptz[]), CAST(:exclusive AS boolean[]), CAST(:tests AS boolean[]))
        AS birth (id, schedule_id, at, available_at, is_exclusive, is_test)
    JOIN scheduled_jobs AS schedule ON schedule.id = birth.schedule_id
    -- A conflict with a run that is just ending would wait for it, and its end waits for the schedule's row, which the
    -- caller holds. So what exists is left out first; the conflict clause stays as the guarantee. A scalar subquery is
    -- one probe of the index a fire; NOT EXISTS may become a join that reads the history while statistics are young.
    WHERE (SELECT run.id
           FROM job_runs AS run
           WHERE run.scheduled_job_id = birth.schedule_id AND run.scheduled_for = birth.at
             AND run.trigger IN ('schedule', 'backfill')
             -- A run now may stand beside that of a fire time.
             AND CAST(:trigger AS text) IN ('schedule', 'backfill')) IS NULL
    ON CONFLICT (scheduled_job_id, scheduled_for) WHERE trigger IN ('schedule', 'backfill') DO NOTHING
    RETURNING id
""")

FOR_BRAND = text("""
    INSERT INTO job_runs (id, customer_id, brand_id, job_type, trigger, scheduled_for, priority, available_at,
                          max_attempts, timeout_seconds, metadata, is_test, created_at)
    VALUES (:id, :customer_id, :brand_id, :job_type, :trigger, :now, :priority, :now, :max_attempts, :timeout_seconds,
            CAST(:options AS jsonb), :is_test, :now)
    RETURNING *
""")


class Birth(NamedTuple):
    """A run that is to be made of a schedule."""

    run_id: UUID
    schedule_id: UUID
    at: datetime
    """The fire time, or when a person asked."""
    available_at: datetime
    is_exclusive: bool
    is_test: bool = False
    """It is to count nowhere."""


async def of_schedules(session: Session, trigger: Trigger, births: Sequence[Birth]) -> set[UUID]:
    """Makes runs. Gives those that were made: a fire time that has its run already makes no second."""
    if not births:
        return set()
    made = await session.execute(
        OF_SCHEDULES,
        {
            "trigger": trigger,
            "priority": PRIORITY[trigger],
            "ids": array(birth.run_id for birth in births),
            "schedule_ids": array(birth.schedule_id for birth in births),
            "instants": array(birth.at for birth in births),
            "available": array(birth.available_at for birth in births),
            "exclusive": array(birth.is_exclusive for birth in births),
            "tests": array(birth.is_test for birth in births),
        },
    )
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return set(made.scalars())


async def for_brand(
    session: Session,
    brand_id: UUID,
    customer_id: UUID,
    job_type: JobType,
    options: Mapping[str, object],
    now: datetime,
    *,
    is_test: bool = False,
    run_id: UUID | None = None,
) -> JobRun:
    """Makes a run that may begin at once, beside any other of the brand. Raises NotFound for a brand that has gone."""
    facts = {
        "id": run_id or new_id(),
        "customer_id": customer_id,
        "brand_id": brand_id,
        "job_type": job_type,
        "trigger": Trigger.MANUAL,
        "priority": PRIORITY[Trigger.MANUAL],
        "max_attempts": MAX_ATTEMPTS,
        "timeout_seconds": TIMEOUT_SECONDS,
        "options": json.dumps(dict(options)),
        "is_test": is_test,
        "now": now,
    }
    try:
        run: JobRun = (await session.scalars(select(JobRun).from_statement(FOR_BRAND), facts)).one()
    except IntegrityError as error:
        if constraint_of(error) == "fk_job_runs_brand":
            raise NotFound("brand", brand_id) from None
        raise
    await notify(session, RUNS_WAITING, RUNS_CHANGED)
    return run
