"""Whole no-op runs a second: lease over gRPC, heartbeat, finish; beside PGQueuer and bare psycopg loops.

All run on one PostgreSQL, with the same batch sizes, in turn, several rounds.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from google.protobuf.struct_pb2 import Struct
from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.qm import QueueManager
from pgqueuer.types import QueueExecutionMode

from answerbeat.database import RUNS_WAITING, Database
from answerbeat.rpc.channel import open_channel
from answerbeat.rpc.server import Server
from answerbeat.settings import Settings
from answerbeat.v1 import dispatch_pb2, dispatch_pb2_grpc
from bench.postgres import fresh_database
from scheduler_svc.dispatch_service import DispatchServicer
from scheduler_svc.dispatcher import Dispatcher
from scheduler_svc.wakeup import Wakeups

BATCHES = (100, 500)
RUNS = 10_000
ROUNDS = 3
TOKEN = "a token of the benchmark"
Connection = psycopg.AsyncConnection[tuple[int]]
Loop = Callable[[str, int], Awaitable[float]]

BARE = """
CREATE TABLE bare_jobs (id bigserial PRIMARY KEY, status text NOT NULL DEFAULT 'queued', payload jsonb);
CREATE INDEX bare_jobs_queued ON bare_jobs (id) WHERE status = 'queued';
"""


async def answerbeat(url: str, batch: int) -> float:
    """Runs a second of ours."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE customers CASCADE")
        connection.execute("INSERT INTO customers (id, name) VALUES (gen_random_uuid(), 'c')")
        connection.execute(
            "INSERT INTO brands (id, customer_id, name) SELECT gen_random_uuid(), id, 'b' FROM customers"
        )
        connection.execute(
            """
            INSERT INTO job_runs (id, customer_id, brand_id, job_type, trigger, scheduled_for, available_at,
                                  max_attempts, timeout_seconds)
            SELECT uuidv7(), customer_id, id, 'scoring', 'manual', now(), now(), 3, 600
            FROM brands, generate_series(1, %s)
            """,
            (RUNS,),
        )
        connection.execute("VACUUM ANALYZE job_runs")
    settings = Settings(ANSWERBEAT_ADMIN_TOKEN=TOKEN)  # type: ignore[arg-type]
    async with Database(url) as database:
        server = Server(settings, database, "127.0.0.1:0", ["answerbeat.v1.DispatchService"])
        dispatcher = Dispatcher(database, Wakeups()[RUNS_WAITING], 30)
        dispatch_pb2_grpc.add_DispatchServiceServicer_to_server(DispatchServicer(dispatcher), server.grpc)
        await server.grpc.start()
        async with open_channel(f"127.0.0.1:{server.port}", TOKEN) as channel:
            stub: Any = dispatch_pb2_grpc.DispatchServiceStub(channel)
            started = time.perf_counter()
            done = 0
            while leased := (await stub.LeaseRuns(_lease(batch))).runs:
                await stub.Heartbeat(_heartbeat(leased))
                await stub.FinishRuns(_finish(leased))
                done += len(leased)
            seconds = time.perf_counter() - started
        await server.grpc.stop(None)
    assert done == RUNS
    return done / seconds


def _lease(batch: int) -> dispatch_pb2.LeaseRunsRequest:
    return dispatch_pb2.LeaseRunsRequest(worker_id="bench", capacity=batch)


def _heartbeat(leased: Any) -> dispatch_pb2.HeartbeatRequest:
    held = [dispatch_pb2.HeldRun(run_id=run.run_id, lease_token=run.lease_token) for run in leased]
    return dispatch_pb2.HeartbeatRequest(worker_id="bench", runs=held)


def _finish(leased: Any) -> dispatch_pb2.FinishRunsRequest:
    finished = [
        dispatch_pb2.FinishedRun(
            run_id=run.run_id,
            lease_token=run.lease_token,
            outcome=dispatch_pb2.OUTCOME_COMPLETED,
            metrics=Struct(),
        )
        for run in leased
    ]
    return dispatch_pb2.FinishRunsRequest(worker_id="bench", runs=finished)


async def pgqueuer(url: str, batch: int) -> float:
    """Runs a second of PGQueuer: its manager dequeues, runs a function that does nothing, and logs the end."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        driver = PsycopgDriver(connection)
        queries = Queries(driver)
        if not await queries.schema_is_installed():
            await queries.install()
        await queries.clear_queue()
        await queries.enqueue(["noop"] * RUNS, [None] * RUNS, [0] * RUNS)
        await connection.execute("VACUUM ANALYZE pgqueuer")
        manager = QueueManager(queries)
        done = 0

        @manager.entrypoint("noop")
        async def noop(_: Job) -> None:
            nonlocal done
            done += 1

        started = time.perf_counter()
        await manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
        seconds = time.perf_counter() - started
    assert done == RUNS
    return done / seconds


async def pgqueuer_queries(url: str, batch: int) -> float:
    """Jobs a second of PGQueuer's two queries in a loop, without its manager."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        queries = Queries(PsycopgDriver(connection))
        if not await queries.schema_is_installed():
            await queries.install()
        await queries.clear_queue()
        await queries.enqueue(["noop"] * RUNS, [None] * RUNS, [0] * RUNS)
        await connection.execute("VACUUM ANALYZE pgqueuer")
        wanted = {QueueEntrypoint("noop"): EntrypointExecutionParameter(0)}
        manager_id = QueueManagerId(uuid4())
        done = 0
        started = time.perf_counter()
        while jobs := await queries.dequeue(batch, wanted, manager_id, None, timedelta(seconds=30)):
            await queries.log_jobs([(job, "successful", None) for job in jobs])
            done += len(jobs)
        seconds = time.perf_counter() - started
    assert done == RUNS
    return done / seconds


async def bare_bulk(url: str, batch: int) -> float:
    """Jobs a second of a loop that claims and completes a batch, each in one statement."""
    return await _bare(url, batch, _complete_at_once)


async def bare_each(url: str, batch: int) -> float:
    """Jobs a second of a loop that claims a batch, and completes each job by itself in one transaction."""
    return await _bare(url, batch, _complete_each)


async def _bare(url: str, batch: int, complete: Callable[[Connection, list[int]], Awaitable[None]]) -> float:
    async with await Connection.connect(url, autocommit=True) as connection:
        await connection.execute("DROP TABLE IF EXISTS bare_jobs")
        await connection.execute(BARE)
        await connection.execute("INSERT INTO bare_jobs (payload) SELECT '{}' FROM generate_series(1, %s)", (RUNS,))
        await connection.execute("VACUUM ANALYZE bare_jobs")
        claim = """
            UPDATE bare_jobs SET status = 'running' WHERE id IN (
                SELECT id FROM bare_jobs WHERE status = 'queued' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING id
        """
        started = time.perf_counter()
        done = 0
        while rows := await (await connection.execute(claim, (batch,))).fetchall():
            await complete(connection, [row[0] for row in rows])
            done += len(rows)
        seconds = time.perf_counter() - started
    assert done == RUNS
    return done / seconds


async def _complete_at_once(connection: Connection, ids: list[int]) -> None:
    await connection.execute("UPDATE bare_jobs SET status = 'done' WHERE id = ANY(%s)", (ids,))


async def _complete_each(connection: Connection, ids: list[int]) -> None:
    async with connection.transaction():
        for job in ids:
            await connection.execute("UPDATE bare_jobs SET status = 'done' WHERE id = %s", (job,))


async def compare(url: str) -> None:
    """Prints each one's rate, and ours as a ratio of the others', as medians of rounds in turn."""
    loops: dict[str, Loop] = {
        "answerbeat": answerbeat,
        "pgqueuer": pgqueuer,
        "pgqueuer queries": pgqueuer_queries,
        "bare, each": bare_each,
        "bare, bulk": bare_bulk,
    }
    for batch in BATCHES:
        rates: dict[str, list[float]] = {name: [] for name in loops}
        for _ in range(ROUNDS):
            for name, loop in loops.items():
                rates[name].append(await loop(url, batch))
        shown = ", ".join(f"{name} {median(rate):,.0f}/s" for name, rate in rates.items())
        ratios = {
            other: median(a / b for a, b in zip(rates["answerbeat"], rates[other], strict=True))
            for other in list(loops)[1:]
        }
        told = ", ".join(f"{ratio:.2f} x {other}" for other, ratio in ratios.items())
        print(f"runs, batches of {batch}: {shown}; ours is {told}")


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(compare(url))
