"""Lines that were imported, and the calls and answers that they become: each once, however often it is tried."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.ids import new_id
from answerbeat.schema import CollectorResult, QueryExecution
from worker_svc.call import CallStatus
from worker_svc.run import Run
from worker_svc.store import rollups_due
from worker_svc.store.calls import question_hash
from worker_svc.store.fence import Fenced


class ImportedLine(NamedTuple):
    """A line that is still to be brought in."""

    query_id: UUID
    question: str
    topic: str
    collector: str
    sample: int
    model: str
    surface: str
    locale: str | None
    country: str | None
    city: str | None
    answered_at: datetime
    day: date
    text: str
    format: str
    sources: list[dict[str, str | None]]


COUNT = text("SELECT count(*) FROM imported_answers WHERE run_id = :run_id AND brand_id = :brand_id")
MISSING = text("""
    SELECT line.query_id, line.question, line.topic, line.collector, line.sample, line.model, line.surface, line.locale,
           line.country, line.city, line.answered_at, line.day, line.text, line.format, line.sources
    FROM imported_answers AS line
    LEFT JOIN collector_results AS answer
           ON answer.job_run_id = line.run_id AND answer.query_id = line.query_id
          AND answer.collector = line.collector AND answer.sample = line.sample
    WHERE line.run_id = :run_id AND line.brand_id = :brand_id AND answer.id IS NULL
    ORDER BY line.line
    LIMIT :most
""")


async def count(session: AsyncSession, run: Run) -> int:
    """How many lines the run is to bring in, those that it has brought in included."""
    return await session.scalar(COUNT, {"run_id": run.id, "brand_id": run.brand_id}) or 0


async def missing(session: AsyncSession, run: Run, most: int) -> list[ImportedLine]:
    """The next lines that have no answer yet, in the file's order."""
    facts = {"run_id": run.id, "brand_id": run.brand_id, "most": most}
    return [*map(ImportedLine._make, await session.execute(MISSING, facts))]


async def keep(fenced: Fenced, lines: Sequence[tuple[ImportedLine, str, bool]]) -> None:
    """Stores lines, each with its Markdown and whether its question names the brand, as answers that cost nothing."""
    calls = [_call(fenced.run, line, is_branded=is_branded) for line, _, is_branded in lines]
    answers = [_answer(fenced.run, line, markdown, is_branded=is_branded) for line, markdown, is_branded in lines]
    await fenced.session.execute(insert(QueryExecution).on_conflict_do_nothing(), calls)
    await fenced.session.execute(insert(CollectorResult).on_conflict_do_nothing(), answers)
    for line, *_ in lines:
        await rollups_due.mark(fenced, line, line.day)


def _asked(run: Run, line: ImportedLine) -> dict[str, object]:
    """What a call and its answer have in common."""
    whose = {"id": new_id(), "customer_id": run.customer_id, "brand_id": run.brand_id, "job_run_id": run.id}
    what = {"query_id": line.query_id, "question": line.question, "topic": line.topic, "collector": line.collector}
    where = {"locale": line.locale, "country": line.country, "city": line.city}
    return {**whose, **what, **where, "sample": line.sample, "day": line.day, "latency_ms": 0, "cost_micro_usd": 0}


def _call(run: Run, line: ImportedLine, *, is_branded: bool) -> dict[str, object]:
    times = {"asked_at": line.answered_at, "finished_at": line.answered_at}
    return {**_asked(run, line), **times, "is_branded": is_branded, "status": CallStatus.ANSWERED, "attempts": 0}


def _answer(run: Run, line: ImportedLine, markdown: str, *, is_branded: bool) -> dict[str, object]:
    return {
        **_asked(run, line),
        "is_branded": is_branded,
        "question_hash": question_hash(line.question),
        "surface": line.surface,
        "model": line.model,
        "answer": markdown,
        "engine_citations": line.sources,
        "raw_response": line.text,
        "created_at": line.answered_at,
    }
