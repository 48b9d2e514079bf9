"""What models have said of the tone of a brand's statements, and which calls for it must not be made again."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.schema import ToneJudgement
from worker_svc.run import Run
from worker_svc.store.fence import Fenced

IN_DOUBT = text("""
    SELECT EXISTS (
        SELECT
        FROM query_executions AS call
        WHERE call.answer_id = :answer_id
          AND (call.status = 'unknown' AND coalesce(call.finished_at >= CAST(:retried_at AS timestamptz), TRUE)
               -- Under way in another run, or left there by a worker that died.
               OR call.status = 'asking' AND call.job_run_id <> :run_id))
""")


async def known(session: AsyncSession, run: Run, digests: Iterable[bytes]) -> dict[bytes, str]:
    """The tones of those statements that were judged before, by digest."""
    query = select(ToneJudgement.digest, ToneJudgement.tone).where(
        ToneJudgement.brand_id == run.brand_id, ToneJudgement.digest.in_(digests)
    )
    return {row.digest: row.tone for row in await session.execute(query)}


async def keep(fenced: Fenced, tones: Mapping[bytes, str]) -> None:
    """Keeps what was judged."""
    rows = [{"brand_id": fenced.run.brand_id, "digest": digest, "tone": tone} for digest, tone in tones.items()]
    await fenced.session.execute(insert(ToneJudgement).on_conflict_do_nothing(), rows)


async def is_in_doubt(session: AsyncSession, run: Run, answer_id: UUID) -> bool:
    """Whether a call to judge the answer may have been paid for without anybody having seen what it said."""
    facts = {"answer_id": answer_id, "run_id": run.id, "retried_at": run.retried_at}
    return bool((await session.execute(IN_DOUBT, facts)).scalar_one())
