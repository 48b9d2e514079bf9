"""How late 1,000 schedules that are due at the same instant start: from the fire time to a worker's lease.

PostgreSQL's clock gives both.
"""

import asyncio
from typing import Any

import psycopg

from answerbeat.database import RUNS_WAITING, SCHEDULES_CHANGED, Database
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings
from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc
from bench.postgres import fresh_database
from bench.scale import OWNERS
from scheduler_svc.dispatch_service import DispatchServicer
from scheduler_svc.dispatcher import Dispatcher
from scheduler_svc.planner import LANES, Planner
from scheduler_svc.wakeup import Wakeups

COUNT = 1_000
WORKERS = 3
CAPACITY = 100
TOKEN = "a token of the benchmark"

EACH_MINUTE = """
INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active, overlap_policy,
    catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds, next_run_at, created_by)
SELECT uuidv7(), customer_id, id, 'scoring', '* * * * *', 'UTC', true, 'allow', 'latest', 60, 0, 3, 600,
    date_trunc('minute', now()) + interval '1 minute', 'bench'
FROM brands, generate_series(1, {count} / 20) AS i
"""

LATENESS = """
SELECT count(*), min(late), percentile_cont(0.5) WITHIN GROUP (ORDER BY late),
       percentile_cont(0.99) WITHIN GROUP (ORDER BY late), max(late)
FROM (SELECT extract(epoch FROM started_at - scheduled_for) * 1000 AS late
      FROM job_runs WHERE started_at IS NOT NULL) AS started
"""


async def work(channel: Any, seen: set[str], is_done: asyncio.Event, name: str) -> None:
    """A worker that takes runs until all have been taken."""
    stub: Any = dispatch_pb2_grpc.DispatchServiceStub(channel)
    while not is_done.is_set():
        leased = await stub.LeaseRuns(dispatch_pb2.LeaseRunsRequest(worker_id=name, capacity=CAPACITY, wait_ms=5_000))
        seen.update(run.run_id for run in leased.runs)
        if len(seen) >= COUNT:
            is_done.set()


async def measure(url: str) -> None:
    """Waits for the next minute, and prints how late the runs began."""
    settings = Settings(ANSWERBEAT_ADMIN_TOKEN=TOKEN)  # type: ignore[arg-type]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OWNERS)
        connection.execute(EACH_MINUTE.format(count=COUNT))
        connection.execute("ANALYZE")
    wakeups, seen, is_done = Wakeups(), set[str](), asyncio.Event()
    async with Database(url, 20) as database:
        dispatcher = Dispatcher(database, wakeups[RUNS_WAITING], 30)
        planner = Planner(database, wakeups[SCHEDULES_CHANGED], settings.scheduler_poll_ms, settings.scheduler_batch)
        server = Server(settings, database, "127.0.0.1:0", ["answerbeat.v1.DispatchService"])
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(DispatchServicer(dispatcher), server.grpc)
        await server.grpc.start()
        duties = [
            asyncio.create_task(wakeups.listen(database)),
            *(asyncio.create_task(planner.run()) for _ in range(LANES)),
        ]
        async with open_channel(f"127.0.0.1:{server.port}", TOKEN) as channel, asyncio.timeout(180):
            await asyncio.gather(*(work(channel, seen, is_done, f"w{i}") for i in range(WORKERS)))
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await server.grpc.stop(None)
    with psycopg.connect(url) as connection:
        count, least, middle, p99, most = connection.execute(LATENESS).fetchone() or ()
    print(
        f"lateness, {count:,} runs due at once: {least:.0f} ms least, {middle:.0f} ms median, "
        f"{p99:.0f} ms p99, {most:.0f} ms most"
    )


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(measure(url))
