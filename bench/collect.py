"""Runs that collect, by the real worker from the emulator: how long, how much CPU and memory, and no call lost.

Once with the default of 8 calls at once and once with 50, from 5 engines at a mean latency of 200 ms. The ideal is the
sum of the latencies over the calls at once, with nothing in between. A third of Claude's answers pause and take two
fetches, which the ideal leaves out. The run is started through the gateway. Every call must have ended, and been
answered: the benchmark fails when one was not.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from answerbeat.database import Database
from answerbeat.schema import Brand, Customer, GeneratedQuery, Topic
from bench.ends import until_ended
from bench.postgres import fresh_database
from bench.stack import Stack
from bench.usage import most_memory_of

SIZES = {8: 200, 50: 1_000}
"""Questions by calls at once."""
ENGINES = ["chatgpt", "claude", "gemini", "grok", "perplexity"]
LATENCY_MS = 200
RUN_SECONDS = 300
FATES = """
    SELECT status, coalesce(error_kind, ''), coalesce(min(error_message), ''), count(*)
    FROM query_executions WHERE brand_id = %s GROUP BY 1, 2 ORDER BY 1, 2
"""
SECONDS = "SELECT extract(epoch FROM finished_at - started_at) FROM job_runs WHERE brand_id = %s"


async def fill(url: str, questions: int) -> UUID:
    """A brand with so many questions."""
    async with Database(url, 1) as database, database.transaction() as session:
        customer = Customer(name=f"customer of {questions}")
        session.add(customer)
        await session.flush()
        brand = Brand(customer_id=customer.id, name="Bootly")
        session.add(brand)
        await session.flush()
        topic = Topic(customer_id=customer.id, brand_id=brand.id, name="Boots")
        session.add(topic)
        await session.flush()
        whose = {"customer_id": customer.id, "brand_id": brand.id, "topic_id": topic.id}
        session.add_all(GeneratedQuery(**whose, text=f"Which boots for trip {i}?") for i in range(questions))
        return brand.id


async def measure(url: str, at_once: int, questions: int) -> None:
    """Prints what the run took, beside the ideal."""
    brand_id, count = await fill(url, questions), questions * len(ENGINES)
    with tempfile.TemporaryDirectory() as folder:
        async with Stack(url, Path(folder), ANSWERBEAT_PARALLEL_CALLS=str(at_once)) as stack:
            await asyncio.gather(
                *(stack.start(name) for name in ("scheduler", "worker", "brand", "gateway")),
                stack.start("emulator", "--latency-ms", str(LATENCY_MS)),
            )
            before = stack.cpu()
            options = {"collectors": ENGINES, "parallel": True}
            body = {"job_type": "data_collection", "metadata": options}
            (await stack.http.post(f"/api/admin/brands/{brand_id}/runs", json=body)).raise_for_status()
            await until_ended(url, 1, RUN_SECONDS, brand_id)
            cpu, memory = stack.cpu_since(before), most_memory_of(stack.process("worker"))
    with psycopg.connect(url) as connection:
        fates = connection.execute(FATES, (brand_id,)).fetchall()
        ((seconds,),) = connection.execute(SECONDS, (brand_id,)).fetchall()
    ideal = count * LATENCY_MS / 1_000 / at_once
    print(
        f"collect, {count:,} calls, {at_once} at once: {seconds:.1f} s, {float(seconds) / ideal:.2f} x the ideal"
        f" {ideal:.1f} s; CPU a call: worker {cpu['worker'] / count * 1_000:.1f} ms,"
        f" PostgreSQL {cpu['postgresql'] / count * 1_000:.1f} ms,"
        f" emulator {cpu['emulator'] / count * 1_000:.1f} ms; worker at most {memory:.0f} MB"
    )
    check(fates, count)


def check(fates: Sequence[tuple[Any, ...]], count: int) -> None:
    """Ends the benchmark when not all calls were answered, saying what became of the others."""
    answered = sum(number for status, _, _, number in fates if status == "answered")
    if answered != count:
        others = [f"{number} {status} ({kind}: {said})" for status, kind, said, number in fates if status != "answered"]
        raise SystemExit(f"collect: {answered:,} of {count:,} calls were answered; {'; '.join(others) or 'not asked'}")


def main() -> None:
    """Measures."""
    for at_once, questions in SIZES.items():
        with fresh_database() as url:
            asyncio.run(measure(url, at_once, questions))
