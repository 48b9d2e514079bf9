"""The calls of a run: which are missing, and what became of each. An attempt count is a bill.

An answer is stored as it arrives, in the transaction that ends its call.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.ids import new_id
from answerbeat.jsons import JsonObject
from answerbeat.kinds import Surface
from answerbeat.schema import CollectorResult
from worker_svc.call import Call, CallStatus, Tally
from worker_svc.collectors.collector import Answer, Source
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.rates import seconds_until_more
from worker_svc.run import Run
from worker_svc.store import budget, judgements, pauses, rollups_due
from worker_svc.store.acquire import acquire
from worker_svc.store.fence import Fenced

MISSING = text("""
    SELECT query.id AS query_id, query.text AS question, topic.name AS topic, query.locale, query.country,
           collector.name AS collector, sample.number AS sample, call.day AS asked_before_on
    FROM generated_queries AS query
    JOIN topics AS topic ON topic.id = query.topic_id
    CROSS JOIN unnest(CAST(:collectors AS text[])) WITH ORDINALITY AS collector (name, place)
    CROSS JOIN generate_series(1, :samples) AS sample (number)
    LEFT JOIN query_executions AS call
           ON call.job_run_id = :run_id AND call.query_id = query.id AND call.collector = collector.name
              AND call.sample = sample.number AND call.answer_id IS NULL
    WHERE query.brand_id = :brand_id
      AND query.is_active
      AND (call.id IS NULL
           OR call.status = 'failed' AND call.is_retryable
           OR call.status IN ('failed', 'unknown') AND call.finished_at < CAST(:retried_at AS timestamptz))
    ORDER BY sample.number, query.id, collector.place
""")

BEGIN = text("""
    INSERT INTO query_executions
        (id, customer_id, brand_id, job_run_id, query_id, question, topic, locale, country, city, is_branded,
         collector, sample, answer_id, status, attempts, batch_id, asked_at, day)
    VALUES (:id, :customer_id, :brand_id, :run_id, :query_id, :question, :topic, :locale, :country, :city, :is_branded,
            :collector, :sample, :answer_id, 'asking', 1, :batch_id, clock_timestamp(),
            measured_day((SELECT scheduled_for FROM job_runs WHERE id = :run_id), clock_timestamp()))
    ON CONFLICT (job_run_id, query_id, collector, sample, answer_id) DO UPDATE
    SET status = 'asking',
        attempts = query_executions.attempts + 1,
        error_kind = NULL,
        error_message = NULL,
        raw_response = NULL,
        batch_id = excluded.batch_id,
        asked_at = excluded.asked_at,
        day = excluded.day,
        finished_at = NULL
    WHERE query_executions.status IN ('failed', 'unknown')
    RETURNING id
""")

REFUSE = text("""
    INSERT INTO query_executions
        (id, customer_id, brand_id, job_run_id, query_id, question, topic, locale, country, city, is_branded,
         collector, sample, answer_id, status, attempts, asked_at, day, finished_at, error_kind, error_message,
         is_retryable)
    VALUES (:id, :customer_id, :brand_id, :run_id, :query_id, :question, :topic, :locale, :country, :city, :is_branded,
            :collector, :sample, :answer_id, 'failed', 0, clock_timestamp(),
            measured_day((SELECT scheduled_for FROM job_runs WHERE id = :run_id), clock_timestamp()),
            clock_timestamp(), :error_kind, :error_message, :is_retryable)
    ON CONFLICT (job_run_id, query_id, collector, sample, answer_id) DO UPDATE
    SET error_kind = excluded.error_kind,
        error_message = excluded.error_message,
        is_retryable = excluded.is_retryable,
        finished_at = excluded.finished_at
    WHERE query_executions.status = 'failed'
    RETURNING day
""")

END = text("""
    UPDATE query_executions
    SET status = :status,
        latency_ms = :latency_ms,
        -- What is unknown stays so, whatever further attempts cost.
        cost_micro_usd = query_executions.cost_micro_usd + CAST(:cost_micro_usd AS bigint),
        error_kind = :error_kind,
        error_message = :error_message,
        is_retryable = :is_retryable,
        raw_response = :raw_response,
        is_copy = :is_copy,
        finished_at = clock_timestamp()
    -- A write whose commit was not heard is tried again; what it did must not count twice.
    WHERE id = :id AND status = 'asking'
    RETURNING day, EXISTS (
        SELECT FROM engine_pauses AS pause WHERE pause.collector = query_executions.collector AND pause.failures > 0)
        AS was_failing
""")
"""Gives nothing for a call that has ended before."""

ABANDON = text("""
    WITH abandoned AS (
        UPDATE query_executions
        SET status = 'unknown',
            error_message = 'The call was under way when its worker stopped; the engine may have answered.',
            finished_at = clock_timestamp()
        WHERE job_run_id = :run_id
          AND status = 'asking'
          -- A batch that is with the engine goes on without a worker.
          AND NOT EXISTS (SELECT FROM engine_batches WHERE id = batch_id AND reference IS NOT NULL AND ended_at IS NULL)
        RETURNING brand_id, query_id, collector, day, answer_id)
    INSERT INTO rollups_due (brand_id, query_id, collector, day)
    SELECT DISTINCT brand_id, query_id, collector, day FROM abandoned WHERE answer_id IS NULL
""")

SUMMARY = text("""
    SELECT collector,
           count(*) AS calls,
           count(*) FILTER (WHERE status = 'answered') AS answered,
           count(*) FILTER (WHERE status = 'no_overview') AS no_overview,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'unknown') AS unknown,
           count(*) FILTER (WHERE status = 'asking') AS waiting,
           sum(attempts) AS attempts,
           coalesce(sum(cost_micro_usd), 0) AS cost_micro_usd,
           count(*) FILTER (WHERE cost_micro_usd IS NULL) AS unpriced,
           count(*) FILTER (WHERE is_copy) AS copies,
           array_agg(DISTINCT query_id) AS query_ids,
           array_agg(DISTINCT error_kind) FILTER (WHERE status = 'failed') AS error_kinds,
           coalesce(bool_or(is_retryable) FILTER (WHERE status = 'failed'), FALSE) AS may_help,
           min(error_message) FILTER (WHERE status = 'failed') AS error_message
    FROM query_executions
    WHERE job_run_id = :run_id AND (answer_id IS NOT NULL) = :are_judgings
    GROUP BY collector
    ORDER BY collector
""")


ASKED = (
    "query_id", "question", "topic", "locale", "country", "city", "is_branded", "collector", "sample", "answer_id",
)  # fmt: skip
"""What a call's row has of the call."""


@dataclass(frozen=True)
class CallEnd:
    """How a call ended, as END takes it."""

    id: UUID
    status: CallStatus
    latency_ms: int
    cost_micro_usd: int | None
    """Of this attempt; None where the price is not known."""
    error_kind: ErrorKind | None = None
    error_message: str | None = None
    is_retryable: bool = False
    raw_response: str | None = None
    is_copy: bool = False


class Ended(NamedTuple):
    """What END gives of a call that was under way."""

    day: date
    """Which it counts for."""
    was_failing: bool
    """The engine had failed the time before."""


async def missing(session: AsyncSession, run: Run, collectors: Sequence[str]) -> list[Call]:
    """The calls that the run has still to make, question by question."""
    rows = await session.execute(
        MISSING,
        {
            "run_id": run.id,
            "brand_id": run.brand_id,
            "collectors": list(collectors),
            "samples": run.options.samples,
            "retried_at": run.retried_at,
        },
    )
    return [Call(**row) for row in rows.mappings()]


async def begin(fenced: Fenced, call: Call) -> UUID | None:
    """Writes down that a call is about to be made. None when it was made already.

    Raises AtLimit, where waiting helps; and EngineError, where it does not.
    """
    await acquire(fenced, call.collector)
    return await write_down(fenced, call)


async def write_down(fenced: Fenced, call: Call, batch_id: UUID | None = None) -> UUID | None:
    """The key of a call that is under way from now on. None when it was made already."""
    begun = await fenced.session.execute(BEGIN, _facts(fenced.run, call) | {"batch_id": batch_id})
    key: UUID | None = begun.scalar_one_or_none()
    if key and call.asked_before_on:
        await _count_anew(fenced, call, call.asked_before_on)
    return key


async def refused(fenced: Fenced, call: Call, error: EngineError) -> None:
    """Writes down a call that was not made, and why."""
    why = {"error_kind": error.kind, "error_message": storable(error.message), "is_retryable": error.retryable}
    day = (await fenced.session.execute(REFUSE, _facts(fenced.run, call) | why)).scalar_one_or_none()
    if day:
        await _count_anew(fenced, call, day)


async def answered(
    fenced: Fenced, call: Call, key: UUID, exchange: Exchange, answer: Answer, surface: Surface, latency_ms: int
) -> None:
    """Stores an answer and ends its call; again, it changes nothing."""
    run, cost = fenced.run, answer.cost_micro_usd
    ended = await _end(fenced, call, CallEnd(key, CallStatus.ANSWERED, latency_ms, cost, is_copy=answer.is_copy))
    if ended is None:
        return
    await fenced.session.execute(
        insert(CollectorResult).values(
            customer_id=run.customer_id,
            brand_id=run.brand_id,
            job_run_id=run.id,
            query_id=call.query_id,
            question=call.question,
            question_hash=question_hash(call.question),
            topic=call.topic,
            is_branded=call.is_branded,
            locale=call.locale,
            country=call.country,
            city=call.city,
            day=ended.day,
            surface=surface,
            collector=call.collector,
            sample=call.sample,
            model=storable(answer.model),
            answer=storable(answer.text),
            engine_citations=[*map(_page, answer.citations)],
            searched=[*map(_page, answer.searched)],
            search_queries=[storable(query) for query in answer.search_queries],
            finish_reason=answer.finish_reason and storable(answer.finish_reason),
            input_tokens=answer.input_tokens,
            output_tokens=answer.output_tokens,
            cost_micro_usd=answer.cost_micro_usd,
            latency_ms=latency_ms,
            raw_response=storable(exchange.body),
        )
    )
    await _bill(fenced, call, exchange, answer.cost_micro_usd, was_failing=ended.was_failing)


async def no_overview(
    fenced: Fenced, call: Call, key: UUID, exchange: Exchange, error: EngineError, latency_ms: int
) -> None:
    """Ends a call whose engine had nothing to show: a result, which was paid for, and is not asked for again."""
    raw = storable(exchange.body)
    ending = CallEnd(key, CallStatus.NO_OVERVIEW, latency_ms, error.cost_micro_usd, raw_response=raw)
    if ended := await _end(fenced, call, ending):
        await _bill(fenced, call, exchange, error.cost_micro_usd, was_failing=ended.was_failing)


async def judged(
    fenced: Fenced,
    call: Call,
    key: UUID,
    exchange: Exchange,
    answer: Answer,
    tones: Mapping[bytes, str],
    latency_ms: int,
) -> None:
    """Keeps what a model said of statements, by their digests, and ends its call."""
    ended = await _end(fenced, call, CallEnd(key, CallStatus.ANSWERED, latency_ms, answer.cost_micro_usd))
    if ended is None:
        return
    await judgements.keep(fenced, tones)
    await _bill(fenced, call, exchange, answer.cost_micro_usd, was_failing=ended.was_failing)


async def _bill(
    fenced: Fenced, call: Call, exchange: Exchange, cost_micro_usd: int | None, *, was_failing: bool
) -> None:
    """Notes what an engine's answer says of the engine, and what it cost."""
    if was_failing:
        await pauses.note_answer(fenced.session, call.collector)
    if seconds := seconds_until_more(exchange.headers):
        await pauses.note_rate(fenced.session, call.collector, seconds)
    # Last, because all calls of the brand to the engine meet at its row.
    await budget.spend(fenced, call.collector, cost_micro_usd)


async def failed(
    fenced: Fenced, call: Call, key: UUID, error: EngineError, exchange: Exchange | None, latency_ms: int
) -> None:
    """Ends a call that gave no answer. A body that could not be read is kept."""
    status = CallStatus.UNKNOWN if error.is_fate_unknown else CallStatus.FAILED
    raw = storable(exchange.body) if exchange else None
    ending = CallEnd(
        key, status, latency_ms, error.cost_micro_usd, error.kind, storable(error.message), error.retryable, raw
    )
    if await _end(fenced, call, ending) is not None:
        await pauses.note_failure(fenced.session, call.collector, error)
        if error.cost_micro_usd != 0:
            await budget.spend(fenced, call.collector, error.cost_micro_usd)


async def abandon(fenced: Fenced) -> None:
    """Marks the calls that an earlier lease, or this one, left under way as of unknown fate."""
    await fenced.session.execute(ABANDON, {"run_id": fenced.run.id})


async def tallies(session: AsyncSession, run: Run, *, are_judgings: bool = False) -> list[Tally]:
    """What became of all calls of the run that ask, or that judge, in whichever attempt, by engine."""
    rows = await session.execute(SUMMARY, {"run_id": run.id, "are_judgings": are_judgings})
    return [Tally(**{**row, "cost_micro_usd": int(row["cost_micro_usd"])}) for row in rows.mappings()]


def question_hash(question: str) -> bytes:
    """SHA-256 of the text: an edited question is another."""
    return hashlib.sha256(question.encode()).digest()


def storable(words: str) -> str:
    """Text as PostgreSQL can keep it: without NUL, and without halves of surrogate pairs."""
    return words.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _facts(run: Run, call: Call) -> dict[str, object]:
    whose = {"customer_id": run.customer_id, "brand_id": run.brand_id, "run_id": run.id}
    return {"id": new_id(), **whose, **{name: getattr(call, name) for name in ASKED}}


def _page(source: Source) -> JsonObject:
    """A source as it is stored, with the redirects that it is told by: they alone tell the body's pages later."""
    redirects = {"redirects": [*map(storable, source.redirects)]} if source.redirects else {}
    return {"url": storable(source.url), "title": source.title and storable(source.title), **redirects}


async def _end(fenced: Fenced, call: Call, ending: CallEnd) -> Ended | None:
    """Has its cell counted anew. None when the call was not under way any more."""
    row = (await fenced.session.execute(END, asdict(ending))).one_or_none()
    if row is None:
        return None
    ended = Ended(*row)
    await _count_anew(fenced, call, ended.day)
    return ended


async def _count_anew(fenced: Fenced, call: Call, day: date) -> None:
    """A call that judges an answer counts nowhere."""
    if call.answer_id is None:
        await rollups_due.mark(fenced, call, day)
