"""Watchers of /api/admin/job-runs/stream: how long until each hears that a run has ended, and the CPU of it.

Once with one watcher and once with 50, while the real scheduler and worker make and end runs that do as little as they
can. The time is from the end as PostgreSQL wrote it to the moment the watcher has the event, by one machine's clock; it
holds the transaction's own end, the notice, the scheduler's look, gRPC, the gateway and the stream. Every watcher must
hear of the end of every run.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.due import make_due, start_anew
from bench.postgres import fresh_database
from bench.stack import Stack

WATCHERS = (1, 50)
RUNS = 100
SECONDS = 180
STREAM = "/api/admin/job-runs/stream"


@dataclass
class Watcher:
    """One that listens until it has heard of all ends."""

    late_ms: dict[str, float] = field(default_factory=dict)
    """From a run's end to its being heard, by run."""
    events: int = 0

    async def watch(self, stack: Stack, begun: asyncio.Barrier) -> None:
        """Connects, waits for the others to have done so, and listens."""
        async with stack.http.stream("GET", STREAM, timeout=SECONDS) as response:
            response.raise_for_status()
            await begun.wait()
            async for run in _runs(response.aiter_lines()):
                self._hear(run)
                if len(self.late_ms) == RUNS:
                    return

    def _hear(self, run: dict[str, Any]) -> None:
        self.events += 1
        if run["status"] == "completed":
            ended = datetime.fromisoformat(run["finished_at"]).timestamp()
            self.late_ms.setdefault(run["id"], (time.time() - ended) * 1_000)


async def _runs(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    async for line in lines:
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


async def measure(stack: Stack, url: str, count: int) -> None:
    """Prints how long so many watchers took to hear, and the CPU of each process a run."""
    start_anew(url)
    watchers, begun = [Watcher() for _ in range(count)], asyncio.Barrier(count + 1)
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        for watcher in watchers:
            group.create_task(watcher.watch(stack, begun))
        await begun.wait()
        before, own = stack.cpu(), time.process_time()
        make_due(url, RUNS)
    cpu = stack.cpu_since(before) | {"the watchers themselves": time.process_time() - own}
    late = sorted(ms for watcher in watchers for ms in watcher.late_ms.values())
    spent = ", ".join(f"{name} {seconds / RUNS * 1_000:.0f}" for name, seconds in cpu.items())
    print(
        f"watchers, {count}: each heard of all {RUNS} ends; p50 {late[len(late) // 2]:.0f} ms,"
        f" p99 {late[int(0.99 * len(late))]:.0f}, most {late[-1]:.0f};"
        f" {sum(w.events for w in watchers) / count:.0f} events each; CPU ms a run: {spent}"
    )


async def compare(url: str) -> None:
    """Measures few and many."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(url, Path(folder)) as stack:
            await asyncio.gather(*(stack.start(name) for name in ("scheduler", "worker", "brand", "gateway")))
            for count in WATCHERS:
                await measure(stack, url, count)


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(compare(url))
