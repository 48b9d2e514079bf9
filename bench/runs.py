"""Whole runs: due schedules, planned by the real scheduler and worked on by the real worker; beside PGQueuer's manager.

A run does as little as one can: it scores a brand without answers. PGQueuer's job is enqueued in bulk and does nothing
at all, in `QueueManager.run`, so it bears neither a plan nor a step. Both use one PostgreSQL, in turn, several rounds,
with as many at once (JOB_WORKER_BATCH, `batch_size`). Time is from when the schedules are there to the last end. CPU is
that of all processes that take part: ours are the scheduler, the worker and PostgreSQL; theirs the manager's process
and PostgreSQL. Theirs are more than ours, because a job takes them so little; what is compared is one of each.
"""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, LiteralString, Self

import psycopg
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.types import QueueExecutionMode

from bench.due import make_due, start_anew
from bench.ends import until_ended
from bench.postgres import fresh_database
from bench.stack import Stack
from bench.usage import cpu_of_postgresql, postmaster_of

SLOTS = (5, 100)
"""Runs at once of the worker: the default, and many."""
RUNS = 500
JOBS = 5_000
ROUNDS = 1
RUN_SECONDS = 180


@dataclass(frozen=True)
class Cost:
    """What one run or job takes, in seconds: on the wall's clock, and of CPU by process."""

    wall: float
    cpu: dict[str, float]

    @classmethod
    def of(cls, count: int, wall: float, cpu: dict[str, float]) -> Self:
        """One's, when so many took so long."""
        return cls(wall / count, {name: seconds / count for name, seconds in cpu.items()})

    @property
    def all_cpu(self) -> float:
        """CPU seconds of all processes."""
        return sum(self.cpu.values())


async def answerbeat(stack: Stack, url: str) -> Cost:
    """The cost of ours."""
    start_anew(url)
    before = stack.cpu()
    began = make_due(url, RUNS)
    await until_ended(url, RUNS, RUN_SECONDS)
    cpu = stack.cpu_since(before)
    with psycopg.connect(url) as connection:
        (wall,) = connection.execute(
            "SELECT extract(epoch FROM max(finished_at) - %s) FROM job_runs", (began,)
        ).fetchone() or (0,)
    return Cost.of(RUNS, float(wall), cpu)


async def pgqueuer(url: str, batch: int) -> Cost:
    """The cost of PGQueuer's: enqueued in bulk, then its manager dequeues, calls a function, and logs the end."""
    postmaster = postmaster_of(url)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        queries = await emptied(connection)
        manager = QueueManager(queries)

        @manager.entrypoint("noop")
        async def noop(_: Job) -> None:
            pass

        own, postgres = time.process_time(), cpu_of_postgresql(postmaster)
        began = await one(connection, "SELECT clock_timestamp()")
        await queries.enqueue(["noop"] * JOBS, [None] * JOBS, [0] * JOBS)
        await manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
        cpu = {"manager": time.process_time() - own, "postgresql": cpu_of_postgresql(postmaster) - postgres}
        # The manager goes on for some seconds after the last job.
        ended = await one(connection, "SELECT max(created) FROM pgqueuer_log WHERE status = 'successful'")
        assert await one(connection, "SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'") == JOBS
    return Cost.of(JOBS, (ended - began).total_seconds(), cpu)


async def emptied(connection: psycopg.AsyncConnection) -> Queries:
    """PGQueuer's queue, with nothing in it."""
    queries = Queries(PsycopgDriver(connection))
    if not await queries.schema_is_installed():
        await queries.install()
    await queries.clear_queue()
    await queries.clear_queue_log()
    await connection.execute("VACUUM ANALYZE pgqueuer, pgqueuer_log")
    return queries


async def one(connection: psycopg.AsyncConnection, query: LiteralString) -> Any:
    """The only value of a query."""
    (found,) = await (await connection.execute(query)).fetchone() or (None,)
    return found


def told(name: str, costs: list[Cost]) -> str:
    """The medians of one side."""
    parts = ", ".join(
        f"{process} {median(cost.cpu[process] for cost in costs) * 1_000:.2f}" for process in costs[0].cpu
    )
    cpu = median(cost.all_cpu for cost in costs) * 1_000
    return f"{name} {1 / median(cost.wall for cost in costs):,.0f}/s, CPU {cpu:.2f} ms each ({parts})"


async def compare(url: str) -> None:
    """Prints both sides, and ours as a ratio of PGQueuer's, as medians of rounds in turn."""
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(url, Path(folder)) as stack:
            await stack.start("scheduler")
            for slots in SLOTS:
                await stack.start("worker", JOB_WORKER_BATCH=str(slots))
                pairs = [(await answerbeat(stack, url), await pgqueuer(url, slots)) for _ in range(ROUNDS)]
                await stack.stop("worker")
                rate = median(theirs.wall / ours.wall for ours, theirs in pairs)
                cpu = median(ours.all_cpu / theirs.all_cpu for ours, theirs in pairs)
                print(
                    f"runs, {slots} at once: {told('answerbeat', [ours for ours, _ in pairs])};"
                    f" {told('PGQueuer', [theirs for _, theirs in pairs])};"
                    f" ours is {rate:.3f} x as fast and takes {cpu:.1f} x the CPU"
                )


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(compare(url))
