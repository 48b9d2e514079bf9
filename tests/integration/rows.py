"""Rows that tests of the scheduler and the worker begin with."""

import asyncio
import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from answerbeat.database import Database
from answerbeat.ids import new_id
from answerbeat.kinds import JobType
from answerbeat.schema import (
    Base,
    Brand,
    CollectorResult,
    Competitor,
    Customer,
    GeneratedQuery,
    JobRun,
    QueryExecution,
    ScheduledJob,
    Topic,
)
from answerbeat.wakeup import Wakeup
from scheduler_svc.terms import Terms


class Watched(Wakeup):
    """A wakeup that tells when somebody has looked, found nothing, and begun to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waited = asyncio.Event()

    async def wait(self, seen: int, seconds: float) -> None:
        self.waited.set()
        await super().wait(seen, seconds)


async def brand_of(database: Database, name: str = "Ledgerly", questions: tuple[str, ...] = ()) -> Brand:
    async with database.transaction() as session:
        customer = Customer(name=f"Customer of {name}")
        session.add(customer)
        await session.flush()
        brand = Brand(customer_id=customer.id, name=name, domains=[f"{name.lower()}.example"])
        session.add(brand)
        await session.flush()
        whose = {"customer_id": customer.id, "brand_id": brand.id}
        session.add(Competitor(name="Countwise", domains=["countwise.example"], **whose))
        topic = Topic(name="Topic", **whose)
        session.add(topic)
        await session.flush()
        for question in questions:
            session.add(GeneratedQuery(topic_id=topic.id, text=question, **whose))
    return brand


async def job_of(database: Database, brand: Brand, **fields: Any) -> ScheduledJob:
    values = asdict(Terms(JobType.SCORING, "0 * * * *")) | fields
    async with database.transaction() as session:
        job = ScheduledJob(customer_id=brand.customer_id, brand_id=brand.id, created_by="test", **values)
        session.add(job)
    return job


async def run_of(database: Database, brand: Brand, **fields: Any) -> JobRun:
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "job_type": "data_collection",
        "trigger": "manual",
        "scheduled_for": now,
        "available_at": now.replace(year=2020),
        "max_attempts": 3,
        "timeout_seconds": 600,
        **fields,
    }
    async with database.transaction() as session:
        run = JobRun(customer_id=brand.customer_id, brand_id=brand.id, **values)
        session.add(run)
    return run


CALLED = ("query_id", "question", "topic", "collector", "sample", "locale", "country", "city", "is_branded", "day")


def answer_rows(brand: Brand, run_id: UUID, at: datetime | None = None, **fields: Any) -> list[Base]:
    """A call that was answered at a moment, on whose day it counts, and its answer."""
    at = at or datetime.now(UTC)
    values: dict[str, Any] = {
        "query_id": new_id(),
        "question": "Question?",
        "topic": "Topic",
        "collector": "chatgpt",
        "sample": 1,
        "model": "m",
        "answer": "Nobody.",
        "latency_ms": 1,
        "raw_response": "{}",
        "cost_micro_usd": 0,
        "day": at.date(),
        **fields,
    }
    whose = {"customer_id": brand.customer_id, "brand_id": brand.id, "job_run_id": run_id}
    asked = {name: values[name] for name in CALLED if name in values}
    call = QueryExecution(**whose, **asked, status="answered", attempts=1, asked_at=at, finished_at=at)
    question_hash = hashlib.sha256(values["question"].encode()).digest()
    return [call, CollectorResult(**whose, **values, question_hash=question_hash, created_at=at)]
