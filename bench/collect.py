"""A large run through the emulator: how long it takes beside the ideal, and how much memory.

1,000 questions for 5 engines at a mean latency of 200 ms, 50 calls at once. The ideal is the sum of the latencies over
50, with nothing in between.
"""

import asyncio
import resource
import socket
import subprocess
import sys
import time

import httpx2

from answerbeat.database import Database
from answerbeat.options import RunOptions
from answerbeat.schema import Brand, Customer, GeneratedQuery, JobRun, Topic
from bench.postgres import fresh_database
from engine_emulator.app import environment
from scheduler_svc import runs
from worker_svc.engines import Engines
from worker_svc.run import Run
from worker_svc.steps.collect import collect

QUESTIONS = 1_000
ENGINES = ["chatgpt", "claude", "gemini", "grok", "perplexity"]
LATENCY_MS = 200
AT_ONCE = 50


async def fill(database: Database) -> None:
    """A brand with many questions, and a run that waits."""
    async with database.transaction() as session:
        customer = Customer(name="c")
        session.add(customer)
        await session.flush()
        brand = Brand(customer_id=customer.id, name="b")
        session.add(brand)
        await session.flush()
        topic = Topic(customer_id=customer.id, brand_id=brand.id, name="t")
        session.add(topic)
        await session.flush()
        whose = {"customer_id": customer.id, "brand_id": brand.id, "topic_id": topic.id}
        session.add_all(GeneratedQuery(**whose, text=f"Which boots for trip {i}?") for i in range(QUESTIONS))
        now = await runs.clock(session)
        session.add(
            JobRun(
                customer_id=customer.id,
                brand_id=brand.id,
                job_type="data_collection",
                trigger="manual",
                scheduled_for=now,
                available_at=now,
                max_attempts=3,
                timeout_seconds=3_600,
            )
        )


async def lease(database: Database) -> Run:
    """The run, as a worker holds it."""
    async with database.transaction() as session:
        (given,) = await runs.lease(session, "bench", 1, 3_600)
    return Run(
        id=given.id,
        token=given.lease_token,
        customer_id=given.customer_id,
        brand_id=given.brand_id,
        job_type=given.job_type,
        options=RunOptions(collectors=ENGINES, parallel=True),
        attempt=given.attempt,
        max_attempts=given.max_attempts,
        timeout_seconds=given.timeout_seconds,
        retried_at=given.retried_at,
    )


async def measure(url: str, address: str) -> None:
    """Prints how long the run took, and the most memory that the process held."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        for _ in range(200):
            try:
                await client.get(f"{address}/emulator/calls")
                break
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
    engines = Engines.from_environment(environment(address), 60)
    async with Database(url, 20) as database:
        await fill(database)
        run = await lease(database)
        started = time.perf_counter()
        await collect(run, database, engines, AT_ONCE)
        seconds = time.perf_counter() - started
    await engines.close()
    count = QUESTIONS * len(ENGINES)
    assert run.metrics["data_collection"]["successful_executions"] == count
    ideal = count * LATENCY_MS / 1_000 / AT_ONCE
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(
        f"collect, {count:,} calls: {seconds:.1f} s, {seconds / ideal:.2f} x the ideal {ideal:.1f} s; {memory:.0f} MB"
    )


def main() -> None:
    """Measures."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "answerbeat", "emulator", "--latency-ms", str(LATENCY_MS)]
    with fresh_database() as url:
        variables = {"ANSWERBEAT_EMULATOR_PORT": str(port), "ANSWERBEAT_LOG_LEVEL": "warning", "PATH": "/usr/bin:/bin"}
        emulator = subprocess.Popen(command, env=variables)
        try:
            asyncio.run(measure(url, f"http://127.0.0.1:{port}"))
        finally:
            emulator.terminate()
            emulator.wait(10)
