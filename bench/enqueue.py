"""Turning 100,000 due schedules into runs, beside PGQueuer's bulk enqueue of as many jobs.

Ours decides about each fire time, moves the schedule on and writes down why; PGQueuer only inserts.
"""

import asyncio
import time
from statistics import median

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.queries import Queries

from answerbeat.database import Database
from answerbeat.wakeup import Wakeup
from bench.postgres import fresh_database
from bench.scale import MAKE_SCHEDULES, OWNERS
from scheduler_svc.duties.planner import LANES, Planner

COUNT = 100_000
BATCH = 1_000
ROUNDS = 3


async def answerbeat(url: str) -> float:
    """Schedules a second of ours."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE customers CASCADE")
        connection.execute(OWNERS)
        connection.execute(MAKE_SCHEDULES.format(ready=COUNT, count=COUNT))
        connection.execute("VACUUM ANALYZE scheduled_jobs")
    async with Database(url) as database:
        planner = Planner(database, Wakeup(), poll_ms=60_000, batch=BATCH)
        started = time.perf_counter()
        planned = sum(await asyncio.gather(*(planner.plan_all() for _ in range(LANES))))
        taken = time.perf_counter() - started
    assert planned == COUNT
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM job_runs").fetchone() == (COUNT,)
    return COUNT / taken


async def pgqueuer(url: str) -> float:
    """Jobs a second of PGQueuer."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        queries = Queries(PsycopgDriver(connection))
        if not await queries.schema_is_installed():
            await queries.install()
        await queries.clear_queue()
        started = time.perf_counter()
        for _ in range(COUNT // BATCH):
            await queries.enqueue(["noop"] * BATCH, [None] * BATCH, [0] * BATCH)
        return COUNT / (time.perf_counter() - started)


async def compare(url: str) -> None:
    """Prints both rates, and ours as a ratio of PGQueuer's, as medians of rounds in turn."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(await answerbeat(url))
        theirs.append(await pgqueuer(url))
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    rates = f"answerbeat {median(ours):,.0f}/s, pgqueuer {median(theirs):,.0f}/s"
    print(f"enqueue, batches of {BATCH:,}: {rates}; ours is {ratio:.2f} x pgqueuer")


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(compare(url))
