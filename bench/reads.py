"""Whether those who read wait for those who execute: waits inside brand_svc, alone and beside a worker that scores.

One client asks for insights of 28 days of 100,000 answers again and again, through the gateway. Meanwhile brand_svc
tells how late its event loop comes back, and how long a connection of its pool is waited for (the pool's look whether
it still lives included). Both are waits in its own process. What other processes take of the machine lengthens the
calls, and where there are too few cores the waits too.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from answerbeat.database import Database
from bench import insights
from bench.answers import brand_with_backlog
from bench.api import BACKLOG, DAYS, Latency, ask, begin_to_score
from bench.ends import is_advanced
from bench.postgres import fresh_database
from bench.stack import Stack
from bench.watched import FILE, LOOP, POOL

TITLES = {LOOP: "event loop late by", POOL: "connection waited for"}


@dataclass(frozen=True)
class Phase:
    """Calls, and when they were made, by CLOCK_MONOTONIC."""

    calls: Latency
    begin: float
    end: float

    def waits(self, path: Path, what: str) -> str:
        """What was waited meanwhile: the median and the 99th percentile."""
        lines = (line.split() for line in path.read_text().splitlines())
        taken = sorted(float(ms) for at, kind, ms in lines if kind == what and self.begin <= float(at) <= self.end)
        return f"p50 {taken[len(taken) // 2]:.2f} ms, p99 {taken[int(0.99 * len(taken))]:.2f} ({len(taken)} waits)"


async def asked(stack: Stack, path: str) -> Phase:
    """Asks for insights, as long or as often as `bench.api` does."""
    begin = time.monotonic()
    calls = await ask(stack, path)
    return Phase(calls, begin, time.monotonic())


async def measure(url: str) -> None:
    """Prints a line for the calls, and one a kind of wait."""
    async with Database(url, 1) as database:
        brand_id = (await insights.fill(database, "customer with insights", DAYS)).id
    backlog_id = await brand_with_backlog(url, BACKLOG)
    path = f"/api/admin/brands/{brand_id}/insights?from={insights.LAST - timedelta(days=27)}T00:00:00Z"
    with tempfile.TemporaryDirectory() as folder:
        waits = Path(folder) / "waits"
        async with Stack(url, Path(folder), ANSWERBEAT_DRAIN_SECONDS="1", **{FILE: str(waits)}) as stack:
            watched = stack.start("brand", module="bench.watched")
            await asyncio.gather(watched, *(stack.start(name) for name in ("scheduler", "worker", "gateway")))
            alone = await asked(stack, path)
            await begin_to_score(stack, url, backlog_id)
            beside = await asked(stack, path)
            assert await is_advanced(url, backlog_id), "the backlog was too short"
        for title, found in (("alone", alone), ("beside a worker that scores", beside)):
            print(f"reads, {title}: {found.calls.count} calls p50 {found.calls.p50:.0f} ms, p99 {found.calls.p99:.0f}")
            for what, meaning in TITLES.items():
                print(f"  {meaning} {found.waits(waits, what)}")


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(measure(url))
