"""Calls to engines, their answers, and what was read off them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from answerbeat.ids import new_id
from answerbeat.jsons import JsonObject
from answerbeat.schema.base import Base


class QueryExecution(Base):
    """One call to one engine in one run, which asks a question or has an answer's tone judged: the bill."""

    __tablename__ = "query_executions"
    __table_args__ = (
        UniqueConstraint(
            "job_run_id", "query_id", "collector", "sample", "answer_id", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    job_run_id: Mapped[UUID] = mapped_column(ForeignKey("job_runs.id"))
    query_id: Mapped[UUID]
    question: Mapped[str]
    collector: Mapped[str]
    sample: Mapped[int] = mapped_column(SmallInteger, default=1)
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    latency_ms: Mapped[int | None]
    cost_micro_usd: Mapped[int | None] = mapped_column(BigInteger, default=0)
    """None when some attempt has cost nobody knows how much."""
    is_copy: Mapped[bool] = mapped_column(default=False)
    """Its answer came out of the engine's cache."""
    error_kind: Mapped[str | None]
    error_message: Mapped[str | None]
    is_retryable: Mapped[bool] = mapped_column(default=False)
    raw_response: Mapped[str | None]
    topic: Mapped[str] = mapped_column(default="")
    locale: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    is_branded: Mapped[bool] = mapped_column(default=False)
    day: Mapped[date]
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("engine_batches.id"))
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("collector_results.id"))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]


class EngineBatch(Base):
    """Calls that were handed to an engine together."""

    __tablename__ = "engine_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    job_run_id: Mapped[UUID] = mapped_column(ForeignKey("job_runs.id"))
    collector: Mapped[str]
    reference: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CollectorResult(Base):
    """An answer, as a person reads it and as the engine sent it."""

    __tablename__ = "collector_results"
    __table_args__ = (
        UniqueConstraint("job_run_id", "query_id", "collector", "sample"),
        ForeignKeyConstraint(["brand_id", "customer_id"], ["brands.id", "brands.customer_id"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    job_run_id: Mapped[UUID] = mapped_column(ForeignKey("job_runs.id"))
    query_id: Mapped[UUID]
    question: Mapped[str]
    topic: Mapped[str]
    collector: Mapped[str]
    sample: Mapped[int] = mapped_column(SmallInteger, default=1)
    model: Mapped[str]
    answer: Mapped[str]
    engine_citations: Mapped[list[JsonObject]] = mapped_column(default=list)
    search_queries: Mapped[list[str]] = mapped_column(default=list)
    finish_reason: Mapped[str | None]
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_micro_usd: Mapped[int | None] = mapped_column(BigInteger)
    """None when the price is not known."""
    latency_ms: Mapped[int]
    raw_response: Mapped[str]
    locale: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    surface: Mapped[str] = mapped_column(default="api")
    question_hash: Mapped[bytes] = mapped_column(LargeBinary)
    is_branded: Mapped[bool] = mapped_column(default=False)
    day: Mapped[date]
    searched: Mapped[list[JsonObject]] = mapped_column(default=list)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    positions_rules: Mapped[str | None]
    sentiments_rules: Mapped[str | None]


class Spending(Base):
    """What the calls of a brand to an engine have cost in a day of UTC."""

    __tablename__ = "spendings"

    brand_id: Mapped[UUID] = mapped_column(primary_key=True)
    """Perhaps of a brand that is gone."""
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    collector: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    calls: Mapped[int]
    micro_usd: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int] = mapped_column(default=0)
    """How many of the calls have no known price."""


class EnginePause(Base):
    """An engine that is left in peace for a while, by all workers."""

    __tablename__ = "engine_pauses"

    collector: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    failures: Mapped[int]
    reason: Mapped[str]


class WorkerEngine(Base):
    """What one worker told of one engine: whether it can ask it, and what is missing if not. Good until it expires."""

    __tablename__ = "worker_engines"

    worker_id: Mapped[str] = mapped_column(primary_key=True)
    collector: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    model: Mapped[str]
    missing: Mapped[str | None]
    is_base_url_overridden: Mapped[bool]
    is_emulated: Mapped[bool]
    expires_at: Mapped[datetime]


class ExtractedPosition(Base):
    """How often and where an answer names the brand or a competitor."""

    __tablename__ = "extracted_positions"

    collector_result_id: Mapped[UUID] = mapped_column(ForeignKey("collector_results.id"), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    is_brand: Mapped[bool]
    mentions: Mapped[int]
    position: Mapped[int | None]
    version: Mapped[int]


class ExtractedSentiment(Base):
    """In what tone an answer speaks of the brand or a competitor that it names."""

    __tablename__ = "extracted_sentiments"

    collector_result_id: Mapped[UUID] = mapped_column(ForeignKey("collector_results.id"), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    is_brand: Mapped[bool]
    label: Mapped[str]
    score: Mapped[float] = mapped_column(Double)
    sentences: Mapped[list[str]]
    version: Mapped[int]
    judge: Mapped[str | None]


class ToneJudgement(Base):
    """What a model said of the tone of one statement, so that it is not asked again."""

    __tablename__ = "tone_judgements"

    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tone: Mapped[str]
    judged_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class UntrackedName(Base):
    """Who leads an item of an answer's list and is not tracked: a possible competitor."""

    __tablename__ = "untracked_names"

    collector_result_id: Mapped[UUID] = mapped_column(ForeignKey("collector_results.id"), primary_key=True)
    brand_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class SetAside(Base):
    """A run or an answer that is left out of the numbers, until it is taken back."""

    __tablename__ = "set_asides"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"))
    job_run_id: Mapped[UUID | None] = mapped_column(ForeignKey("job_runs.id"))
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("collector_results.id"))
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())
    back_by: Mapped[str | None]
    back_at: Mapped[datetime | None]


class ImportedAnswer(Base):
    """An answer that was got elsewhere, as it was taken in: the line of a file. Its key tells it from all others."""

    __tablename__ = "imported_answers"

    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    customer_id: Mapped[UUID]
    run_id: Mapped[UUID]
    """The run that brings it in; perhaps not made yet."""
    line: Mapped[int]
    query_id: Mapped[UUID]
    question: Mapped[str]
    topic: Mapped[str]
    collector: Mapped[str]
    sample: Mapped[int] = mapped_column(SmallInteger)
    model: Mapped[str]
    surface: Mapped[str]
    locale: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    answered_at: Mapped[datetime]
    day: Mapped[date]
    text: Mapped[str]
    format: Mapped[str]
    sources: Mapped[list[JsonObject]]


class Citation(Base):
    """A page an answer cites, once each, in the answer's order."""

    __tablename__ = "citations"

    collector_result_id: Mapped[UUID] = mapped_column(ForeignKey("collector_results.id"), primary_key=True)
    customer_id: Mapped[UUID]
    brand_id: Mapped[UUID]
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str]
    title: Mapped[str | None]
    domain: Mapped[str]
    owner: Mapped[str | None]
