"""Runs and answers that are left out of the numbers, until they are taken back; each is then counted anew."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import ANSWERS_READ, notify
from answerbeat.ids import new_id
from answerbeat.schema import SetAside

RUN = text("""
    INSERT INTO set_asides (id, customer_id, brand_id, job_run_id, reason, set_by)
    SELECT :id, customer_id, brand_id, id, :reason, :by FROM job_runs WHERE id = :what
    ON CONFLICT (job_run_id) WHERE back_at IS NULL AND job_run_id IS NOT NULL DO NOTHING
    RETURNING id
""")
ANSWER = text("""
    INSERT INTO set_asides (id, customer_id, brand_id, answer_id, reason, set_by)
    SELECT :id, customer_id, brand_id, id, :reason, :by FROM collector_results WHERE id = :what
    ON CONFLICT (answer_id) WHERE back_at IS NULL AND answer_id IS NOT NULL DO NOTHING
    RETURNING id
""")
RUN_BACK = text("""
    UPDATE set_asides SET back_by = :by, back_at = clock_timestamp()
    WHERE job_run_id = :what AND back_at IS NULL
    RETURNING id
""")
ANSWER_BACK = text("""
    UPDATE set_asides SET back_by = :by, back_at = clock_timestamp()
    WHERE answer_id = :what AND back_at IS NULL
    RETURNING id
""")
RUN_DUE = text("""
    INSERT INTO rollups_due (brand_id, query_id, collector, day)
    SELECT DISTINCT brand_id, query_id, collector, day FROM query_executions
    WHERE job_run_id = :what AND answer_id IS NULL
""")
ANSWER_DUE = text("""
    INSERT INTO rollups_due (brand_id, query_id, collector, day)
    SELECT brand_id, query_id, collector, day FROM collector_results WHERE id = :what
""")


async def set_run_aside(session: AsyncSession, run_id: UUID, reason: str, by: str) -> bool:
    """Leaves a run out of the numbers. False when it was left out before, or is not there."""
    done = await session.scalar(RUN, {"id": new_id(), "what": run_id, "reason": reason, "by": by})
    return await _count_anew(session, RUN_DUE, run_id, done)


async def set_answer_aside(session: AsyncSession, answer_id: UUID, reason: str, by: str) -> bool:
    """Leaves an answer out of the numbers. False when it was left out before, or is not there."""
    done = await session.scalar(ANSWER, {"id": new_id(), "what": answer_id, "reason": reason, "by": by})
    return await _count_anew(session, ANSWER_DUE, answer_id, done)


async def take_run_back(session: AsyncSession, run_id: UUID, by: str) -> bool:
    """Lets a run count again. False when it was not left out."""
    return await _count_anew(session, RUN_DUE, run_id, await session.scalar(RUN_BACK, {"what": run_id, "by": by}))


async def take_answer_back(session: AsyncSession, answer_id: UUID, by: str) -> bool:
    """Lets an answer count again. False when it was not left out."""
    done = await session.scalar(ANSWER_BACK, {"what": answer_id, "by": by})
    return await _count_anew(session, ANSWER_DUE, answer_id, done)


async def _count_anew(session: AsyncSession, due: TextClause, what: UUID, done: UUID | None) -> bool:
    if done is None:
        return False
    await session.execute(due, {"what": what})
    await notify(session, ANSWERS_READ)
    return True


async def of_run(session: AsyncSession, run_id: UUID) -> SetAside:
    """Why and since when a run is left out, which it is."""
    wanted = select(SetAside).where(SetAside.job_run_id == run_id, SetAside.back_at.is_(None))
    return (await session.scalars(wanted)).one()


async def of_answer(session: AsyncSession, answer_id: UUID) -> SetAside:
    """Why and since when an answer is left out, which it is."""
    wanted = select(SetAside).where(SetAside.answer_id == answer_id, SetAside.back_at.is_(None))
    return (await session.scalars(wanted)).one()


class Countable(NamedTuple):
    """Whose a run or an answer is that may be left out."""

    customer_id: UUID
    brand_id: UUID


FIND_RUN = text("""
    SELECT run.customer_id, run.brand_id
    FROM job_runs AS run
    JOIN brands AS brand ON brand.id = run.brand_id
    WHERE run.id = :what AND brand.deleted_at IS NULL
""")
FIND_ANSWER = text("""
    SELECT answer.customer_id, answer.brand_id
    FROM collector_results AS answer
    JOIN brands AS brand ON brand.id = answer.brand_id
    WHERE answer.id = :what AND brand.deleted_at IS NULL
""")


async def find_run(session: AsyncSession, run_id: UUID) -> Countable | None:
    """Whose a run is. None when it is not there."""
    row = (await session.execute(FIND_RUN, {"what": run_id})).first()
    return Countable._make(row) if row else None


async def find_answer(session: AsyncSession, answer_id: UUID) -> Countable | None:
    """Whose an answer is. None when it is not there."""
    row = (await session.execute(FIND_ANSWER, {"what": answer_id})).first()
    return Countable._make(row) if row else None
