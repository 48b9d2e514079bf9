"""How late runs begin that are due at the same instant: from the fire time to the worker's beginning.

The beginning is the worker's own: the timestamp of the line `run_started` in its log, which it writes as it takes a run
up, after all leasing and waiting for a slot. The fire time is the schedule's. One machine's clock gives both. Once with
one worker and its default of 5 runs at once, and once with three of 100.
"""

import asyncio
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.due import make_due, next_minute, start_anew
from bench.ends import until_ended
from bench.postgres import fresh_database
from bench.stack import Stack

COUNT = 1_000
WORKERS = {1: 5, 3: 100}
"""Slots of each, by how many workers there are."""
END_SECONDS = 300
LEAD_SECONDS = 5
"""Between the schedules and their fire time, at least."""


async def begin(stack: Stack, workers: int, slots: int) -> list[str]:
    """Starts the scheduler and so many workers. Gives the workers' names."""
    names = [f"worker {i}" for i in range(workers)]
    await asyncio.gather(
        stack.start("scheduler"),
        *(stack.start_another_worker(name, JOB_WORKER_BATCH=str(slots)) for name in names),
    )
    return names


def starts(log: Path) -> list[datetime]:
    """When a worker began its runs."""
    lines = map(json.loads, log.read_text().splitlines())
    return [datetime.fromisoformat(line["timestamp"]) for line in lines if line["event"] == "run_started"]


async def measure(url: str, workers: int, slots: int) -> None:
    """Waits for the next minute, and prints how late the runs began."""
    start_anew(url)
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(url, Path(folder)) as stack:
            names = await begin(stack, workers, slots)
            fire = next_minute(url, LEAD_SECONDS)
            make_due(url, COUNT, fire)
            await until_ended(url, COUNT, END_SECONDS)
        began = [moment for name in names for moment in starts(stack.log(name))]
    assert len(began) == COUNT, len(began)
    late = sorted((moment - fire.astimezone(UTC)).total_seconds() * 1_000 for moment in began)
    print(
        f"lateness, {COUNT:,} runs due at once, {workers} worker{'s' * (workers > 1)} of {slots} slots:"
        f" {late[0]:,.0f} ms least, {late[COUNT // 2]:,.0f} ms median, {late[int(0.99 * COUNT)]:,.0f} ms p99,"
        f" {late[-1]:,.0f} ms most"
    )


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        for workers, slots in WORKERS.items():
            asyncio.run(measure(url, workers, slots))
