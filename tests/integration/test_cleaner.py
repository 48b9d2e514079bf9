"""Retention: what is old enough goes, in batches, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from answerbeat.database import Database
from answerbeat.ids import new_id
from answerbeat.schema import IdempotencyKey, JobRun, ScheduledJob, ScheduleEvent
from scheduler_svc.duties.cleaner import Cleaner
from scheduler_svc.store import retention
from tests.integration.rows import brand_of, job_of, run_of

NOW = datetime.now(UTC)
OLD, NEW = NOW - timedelta(days=40), NOW - timedelta(days=20)


def id_at(moment: datetime) -> UUID:
    """A UUIDv7 as it would have been made at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | new_id().int & (1 << 80) - 1)


async def count(database: Database, table: Any) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def happened(database: Database, job: ScheduledJob, moment: datetime) -> None:
    async with database.transaction() as session:
        session.add(
            ScheduleEvent(
                id=id_at(moment), customer_id=job.customer_id, schedule_id=job.id,
                occurred_at=moment, kind="fired", reason="Due.", actor="scheduler",
            )
        )  # fmt: skip


async def test_old_runs_and_events_go_and_newer_and_unfinished_ones_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    brand = await brand_of(database)
    job = await job_of(database, brand, is_active=False)
    for moment in (OLD,) * 5 + (NEW,) * 3:
        await run_of(database, brand, id=id_at(moment), status="completed", finished_at=moment)
        await happened(database, job, moment)
    unfinished = await run_of(database, brand, id=id_at(OLD))
    assert await Cleaner(database, 30, 30).clean() == {"idempotency_keys": 0, "events": 5, "runs": 5}
    async with database.transaction() as session:
        assert set(await session.scalars(select(ScheduleEvent.occurred_at))) == {NEW}
    assert await count(database, ScheduleEvent) == 3
    async with database.transaction() as session:
        left = (await session.scalars(select(JobRun.id))).all()
    assert (len(left), unfinished.id in left) == (4, True)


async def test_nothing_goes_when_all_is_to_be_kept(database: Database) -> None:
    brand = await brand_of(database)
    await run_of(database, brand, id=id_at(OLD), status="completed", finished_at=OLD)
    await happened(database, await job_of(database, brand, is_active=False), OLD)
    assert await Cleaner(database, 0, 0).clean() == {"idempotency_keys": 0}
    assert (await count(database, JobRun), await count(database, ScheduleEvent)) == (1, 1)


async def test_keys_of_repeated_requests_are_kept_for_a_day(database: Database) -> None:
    async with database.transaction() as session:
        for hours in (23, 25):
            made = NOW - timedelta(hours=hours)
            session.add(IdempotencyKey(caller="c", key=str(hours), method="m", request_hash=b"", created_at=made))
    assert (await Cleaner(database, 0, 0).clean())["idempotency_keys"] == 1
    async with database.transaction() as session:
        assert list(await session.scalars(select(IdempotencyKey.key))) == ["23"]
