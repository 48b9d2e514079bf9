"""Three days of crashes: every call is accounted for, and nothing that was answered is asked again."""

import asyncio
import random
from collections import defaultdict

import httpx2
import pytest

from answerbeat.database import Database
from answerbeat.schema import CollectorResult, QueryExecution
from tests.integration.collecting import MakeEngines, asked, collect, lease_again, leased, lose, rows
from tests.integration.rows import brand_of
from worker_svc.run import LeaseLost, Run, StepFailed

DAYS = 3
QUESTIONS = tuple(f"Which boots are best on day trip {i}?" for i in range(6))
ENGINES = ["chatgpt", "claude", "gemini", "mistral"]
FAULTS = ("server_error", "rate_limit", "cut", "not_json", "hang")


async def attempt(
    database: Database, run: Run, engines: MakeEngines, crash_after: int | None, emulator: object
) -> bool:
    """One lease of the run, which may crash after so many calls. Whether it came to its end."""
    working = asyncio.create_task(collect(run, database, engines(timeout_seconds=1)))
    if crash_after is not None:
        waiting = asyncio.create_task(
            emulator.get("/emulator/wait", params={"count": crash_after, "outcome": "answered", "seconds": 5})
        )
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await lose(database)
            working.cancel()
            await asyncio.gather(working, waiting, return_exceptions=True)
            return False
        await asyncio.gather(waiting, return_exceptions=True)
    try:
        await working
    except (StepFailed, LeaseLost, ExceptionGroup):
        return False
    return True


@pytest.mark.timeout(180)
async def test_three_days_of_crashes_cost_no_call_too_many(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    brand = await brand_of(database, questions=QUESTIONS)
    options = {"collectors": ENGINES, "parallel": True}
    crashes = 0
    for day in range(DAYS):
        await emulator.delete("/emulator/calls")
        faults = [
            {"kind": chance.choice(FAULTS), "contains": chance.choice(QUESTIONS), "retry_after": 0} for _ in range(5)
        ]
        await emulator.put("/emulator/faults", json=faults)
        run = await leased(database, brand, **options)
        for crash_after in [chance.randrange(1, 8), chance.randrange(8, 16), None]:
            if await attempt(database, run, engines_of, crash_after, emulator):
                break
            crashes += crash_after is not None
            await lose(database)
            run = await lease_again(database, **options)
        calls = [row for row in await rows(database, QueryExecution) if row.job_run_id == run.id]
        answers = [row for row in await rows(database, CollectorResult) if row.job_run_id == run.id]
        assert len(calls) == len(QUESTIONS) * len(ENGINES), f"day {day}: a question was left out"
        assert len(answers) == sum(call.status == "answered" for call in calls)
        by_call: dict[tuple[str, str], list[str]] = defaultdict(list)
        for engine, question, outcome in await asked(emulator):
            by_call[engine, question].append(outcome)
        for call in calls:
            outcomes = by_call[call.collector, call.question]
            assert len(outcomes) <= call.attempts, "a call was made that is not on the bill"
            assert set(outcomes[:-1]) <= {"refused"}, "a call that may have been paid for was made again"
    assert crashes, "nothing was tried: no worker died"
