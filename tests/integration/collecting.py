"""Runs that ask the emulated engines, without the services around them."""

from collections.abc import Callable
from typing import Any

import httpx2
from sqlalchemy import select, text

from answerbeat.database import Database
from answerbeat.options import RunOptions
from answerbeat.schema import Brand
from scheduler_svc.store import leases, sweeps
from tests.integration.rows import run_of
from worker_svc.context import RunContext
from worker_svc.engines import Engines, registered
from worker_svc.run import Run
from worker_svc.steps import collect as collect_step
from worker_svc.steps import score as score_step

ENGINES = tuple(registered())
MakeEngines = Callable[..., Engines]
NO_ENGINES = Engines({})
"""For reading that needs none."""


async def leased(database: Database, brand: Brand, **options: Any) -> Run:
    await run_of(database, brand, options=options)
    return await lease_again(database, **options)


async def lease_again(database: Database, **options: Any) -> Run:
    async with database.transaction() as session:
        (lease,) = await leases.lease(session, "w1", 1, 30)
    return Run(
        id=lease.id,
        token=lease.lease_token,
        customer_id=lease.customer_id,
        brand_id=lease.brand_id,
        job_type=lease.job_type,
        options=RunOptions(**options),
        attempt=lease.attempt,
        max_attempts=lease.max_attempts,
        timeout_seconds=lease.timeout_seconds,
        retried_at=lease.retried_at,
    )


async def collect(run: Run, database: Database, engines: Engines, **patience: Any) -> None:
    """The run's step of asking."""
    await collect_step.collect(RunContext(run, database, engines, **patience))


async def score(run: Run, database: Database, engines: Engines) -> None:
    """The run's step of reading."""
    await score_step.score(RunContext(run, database, engines))


async def fault(emulator: httpx2.AsyncClient, **fault: Any) -> None:
    assert (await emulator.put("/emulator/faults", json=[fault])).is_success


async def asked(emulator: httpx2.AsyncClient) -> list[tuple[str, str, str]]:
    entries = (await emulator.get("/emulator/calls")).json()
    return [(e["engine"], e["question"], e["outcome"]) for e in entries if e["engine"] in ENGINES]


async def rows(database: Database, table: Any) -> list[Any]:
    async with database.transaction() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def lose(database: Database) -> None:
    """The worker is lost, and the sweeper takes its runs."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE job_runs SET lease_expires_at = now() - interval '1 second'"))
        await sweeps.sweep(session)
