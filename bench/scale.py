"""What size costs: the due-scan with many schedules, and a lease with a long history, beside the same with few.

Each is the work of one transaction, which is undone, in turn on two databases.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from statistics import median

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import Database, clock
from bench.postgres import fresh_database
from scheduler_svc.store import due, leases

SCHEDULES = (10_000, 1_000_000)
HISTORY = (10_000, 10_000_000)
"""Finished runs."""
READY = 1_000
"""Schedules that are due, and runs that wait."""
BATCH = 100
ROUNDS = 60

OWNERS = """
INSERT INTO customers (id, name) SELECT gen_random_uuid(), 'c' || i FROM generate_series(1, 20) AS i;
INSERT INTO brands (id, customer_id, name) SELECT gen_random_uuid(), id, name FROM customers;
"""

MAKE_SCHEDULES = """
INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active, overlap_policy,
    catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds, next_run_at, created_by)
SELECT uuidv7(), customer_id, id, 'scoring', to_char(now(), 'FMMI') || ' * * * *',
    (ARRAY['UTC', 'Europe/Paris', 'America/New_York', 'Asia/Tokyo', 'Africa/Lagos', 'America/Lima'])[1 + i % 6], true,
    'allow', 'latest', 3600, 0, 3, 600,
    CASE WHEN i <= {ready} / 20 THEN date_trunc('minute', now()) ELSE now() + make_interval(days => 1, secs => i) END,
    'bench'
FROM brands, generate_series(1, {count} / 20) AS i
"""

MAKE_RUNS = """
INSERT INTO job_runs (id, customer_id, brand_id, job_type, status, trigger, scheduled_for, available_at, max_attempts,
    timeout_seconds, finished_at)
SELECT uuidv7(), customer_id, id, 'scoring', '{status}', 'manual', now(), now(), 3, 600, {finished_at}
FROM brands, generate_series(1, {count} / 20) AS i
"""

Work = Callable[[AsyncSession], Awaitable[int]]


class _UndoneError(Exception):
    """Ends a transaction whose effects are not wanted."""


async def due_scan(session: AsyncSession) -> int:
    """Finds and locks a batch of due schedules."""
    return len(await due.take(session, await clock(session), BATCH))


async def lease(session: AsyncSession) -> int:
    """Gives a batch of runs to a worker."""
    return len(await leases.lease(session, "bench", BATCH, 30))


def fill(url: str, statements: list[str]) -> None:
    """Fills a database as a server has it after a while: analyzed and vacuumed."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (OWNERS, *statements):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")


async def seconds(database: Database, work: Work) -> float:
    """How long it takes, without the end of the transaction."""
    try:
        async with database.transaction() as session:
            started = time.perf_counter()
            done = await work(session)
            taken = time.perf_counter() - started
            assert done == BATCH
            raise _UndoneError
    except _UndoneError:
        return taken


async def compare(name: str, sizes: tuple[int, int], urls: tuple[str, str], work: Work) -> None:
    """Prints the medians, and what the greater size costs as a ratio of the lesser's."""
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(Database(url)) for url in urls]
        for _ in range(ROUNDS):
            for size, database in zip(sizes, databases, strict=True):
                taken[size].append(await seconds(database, work))
    few, many = (median(taken[size]) for size in sizes)
    shown = ", ".join(f"{median(taken[size]) * 1000:.2f} ms with {size:,}" for size in sizes)
    print(f"{name}: {shown}; {many / few:.2f} x")


def side_by_side(name: str, sizes: tuple[int, int], statements: Callable[[int], list[str]], work: Work) -> None:
    """Measures one kind of work at both sizes."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(fresh_database()) for _ in sizes)
        for url, size in zip((few, many), sizes, strict=True):
            fill(url, statements(size))
        asyncio.run(compare(name, sizes, (few, many), work))


def main() -> None:
    """Measures."""
    side_by_side("due-scan, schedules", SCHEDULES, lambda n: [MAKE_SCHEDULES.format(ready=READY, count=n)], due_scan)
    waiting = MAKE_RUNS.format(status="pending", finished_at="NULL", count=READY)
    side_by_side(
        "lease, finished runs",
        HISTORY,
        lambda n: [MAKE_RUNS.format(status="completed", finished_at="now()", count=n), waiting],
        lease,
    )
