"""Batches in the database: which calls were handed in together, and what the engine calls the batch.

    written down → handed in (reference) → ended

A batch that was handed in goes on without a worker: whoever holds its run next waits for it. One of which no reference
was written down may or may not be with the engine; its calls are of unknown fate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.ids import new_id
from worker_svc.call import Call
from worker_svc.collectors.errors import EngineError
from worker_svc.run import Run
from worker_svc.store import calls
from worker_svc.store.acquire import acquire_in_batch
from worker_svc.store.fence import Fenced

OPEN = text("""
    SELECT batch.id, batch.collector, batch.reference
    FROM engine_batches AS batch
    WHERE batch.job_run_id = :run_id AND batch.reference IS NOT NULL AND batch.ended_at IS NULL
    ORDER BY batch.id
""")

CALLS = text("""
    SELECT id AS key, query_id, question, topic, locale, country, city, is_branded, collector, sample
    FROM query_executions
    WHERE batch_id = :batch_id AND status = 'asking'
    ORDER BY id
""")

INSERT = text("""
    INSERT INTO engine_batches (id, customer_id, job_run_id, collector)
    VALUES (:id, :customer_id, :run_id, :collector)
""")

HAND_IN = text("""
    UPDATE engine_batches
    SET reference = :reference, submitted_at = clock_timestamp()
    WHERE id = :id AND reference IS NULL
""")

END = text("UPDATE engine_batches SET ended_at = clock_timestamp() WHERE id = :id AND ended_at IS NULL")

AGE_MS = text("""
    SELECT CAST(extract(epoch FROM clock_timestamp() - submitted_at) * 1000 AS int) FROM engine_batches WHERE id = :id
""")


class OpenBatch(NamedTuple):
    """A batch that is with an engine, as it is stored."""

    id: UUID
    collector: str
    reference: str


@dataclass(frozen=True)
class Batch:
    """Calls that were handed in together."""

    id: UUID
    collector: str
    calls: dict[UUID, Call]
    """Those without an answer so far, by their keys."""
    reference: str | None = None


async def under_way(session: AsyncSession, run: Run) -> list[Batch]:
    """The run's batches that are with an engine."""
    found = [OpenBatch(*row) for row in await session.execute(OPEN, {"run_id": run.id})]
    return [Batch(one.id, one.collector, await _calls_of(session, one.id), one.reference) for one in found]


async def begin(fenced: Fenced, collector: str, todo: Sequence[Call]) -> tuple[Batch, list[tuple[Call, EngineError]]]:
    """Writes down a batch that is about to be handed in, and says which calls a budget keeps out of it."""
    batch_id, taken, kept_out = new_id(), {}, []
    whose = {"customer_id": fenced.run.customer_id, "run_id": fenced.run.id}
    await fenced.session.execute(INSERT, {"id": batch_id, "collector": collector, **whose})
    for call in todo:
        try:
            await acquire_in_batch(fenced, collector)
        except EngineError as error:
            kept_out.append((call, error))
            continue
        if key := await calls.write_down(fenced, call, batch_id):
            taken[key] = call
    return Batch(batch_id, collector, taken), kept_out


async def handed_in(fenced: Fenced, batch: Batch, reference: str) -> None:
    """Remembers what the engine calls the batch."""
    await fenced.session.execute(HAND_IN, {"id": batch.id, "reference": reference})


async def end(fenced: Fenced, batch: Batch) -> None:
    """Forgets a batch of which nothing more is to come."""
    await fenced.session.execute(END, {"id": batch.id})


async def age_ms(session: AsyncSession, batch: Batch) -> int:
    """How long ago the batch was handed in, in milliseconds."""
    return int((await session.execute(AGE_MS, {"id": batch.id})).scalar() or 0)


async def _calls_of(session: AsyncSession, batch_id: UUID) -> dict[UUID, Call]:
    rows = (await session.execute(CALLS, {"batch_id": batch_id})).mappings()
    return {row["key"]: Call(**{name: value for name, value in row.items() if name != "key"}) for row in rows}
