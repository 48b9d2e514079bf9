"""An API route's p50 and p99 through the real gateway: alone, and beside a worker that scores a backlog.

One client asks again and again, over one connection. Insights are of the last 28 days of 100,000 answers, computed by
brand_svc, a process beside the worker's; `bench.reads` tells what is waited for within it. The list is the first page
of 100,000 runs, from the scheduler. The backlog is scored as a run that was started through the gateway, with tone, and
is still being scored when the last request has been answered.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from answerbeat.database import Database
from bench import insights
from bench.answers import brand_with_backlog
from bench.ends import is_advanced, until_advanced
from bench.page import MAKE_RUNS
from bench.postgres import fresh_database
from bench.scale import OWNERS
from bench.stack import Stack

REQUESTS = 300
SECONDS = 30
"""The longest that one route is asked at a time."""
RUNS = 100_000
DAYS = 40
"""Days of the insights' brand, 2,500 answers each."""
BACKLOG = 3_000


@dataclass(frozen=True)
class Latency:
    """What so many requests took, in milliseconds."""

    count: int
    p50: float
    p99: float


async def fill(url: str) -> tuple[UUID, UUID]:
    """The brand whose insights are asked for, and the one with the backlog."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OWNERS)
        connection.execute(MAKE_RUNS.format(count=RUNS))
    async with Database(url, 1) as database:
        brand_id = (await insights.fill(database, "customer with insights", DAYS)).id
    backlog_id = await brand_with_backlog(url, BACKLOG)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return brand_id, backlog_id


async def ask(stack: Stack, path: str) -> Latency:
    """Asks one route, a first time unmeasured."""
    (await stack.http.get(path)).raise_for_status()
    taken: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(taken) < REQUESTS and time.perf_counter() < end:
        started = time.perf_counter()
        answer = await stack.http.get(path)
        taken.append((time.perf_counter() - started) * 1_000)
        answer.raise_for_status()
    taken.sort()
    return Latency(len(taken), taken[len(taken) // 2], taken[int(0.99 * len(taken))])


async def begin_to_score(stack: Stack, url: str, brand_id: UUID) -> None:
    """Starts the run, and returns when the worker has read the first answers."""
    body = {"job_type": "scoring"}
    (await stack.http.post(f"/api/admin/brands/{brand_id}/runs", json=body)).raise_for_status()
    await until_advanced(url, SECONDS, brand_id)


async def measure(url: str) -> None:
    """Prints a line a route."""
    brand_id, backlog_id = await fill(url)
    since = f"{insights.LAST - timedelta(days=27)}T00:00:00Z"
    paths = {
        "insights": f"/api/admin/brands/{brand_id}/insights?from={since}",
        "job-runs": "/api/admin/job-runs?limit=50",
    }
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(url, Path(folder), ANSWERBEAT_DRAIN_SECONDS="1") as stack:
            await asyncio.gather(*(stack.start(name) for name in ("scheduler", "worker", "brand", "gateway")))
            alone = {name: await ask(stack, path) for name, path in paths.items()}
            await begin_to_score(stack, url, backlog_id)
            beside = {name: await ask(stack, path) for name, path in paths.items()}
            assert await is_advanced(url, backlog_id), "the backlog was too short"
    for name in paths:
        a, b = alone[name], beside[name]
        print(
            f"api, {name}: alone p50 {a.p50:.0f} ms, p99 {a.p99:.0f} ({a.count} requests); beside a worker that scores"
            f" p50 {b.p50:.0f}, p99 {b.p99:.0f} ({b.count}): {b.p50 / a.p50:.1f} x, {b.p99 / a.p99:.1f} x"
        )


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(measure(url))
