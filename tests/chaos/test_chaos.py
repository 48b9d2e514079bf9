"""Several schedulers and workers whose processes, connections and database fail at random, and what must hold.

A round: fire times are owed, harm is done for some seconds, all is mended, what is open ends, and some runs go
undisturbed. Then everything in checks.py must be true. The seed is printed, and repeats the harm's order.
"""

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from answerbeat.database import ANSWERS_COUNTED, RUNS_CHANGED, RUNS_WAITING
from answerbeat.schema.migrate import migrate
from tests.chaos import checks, logs
from tests.chaos.checks import Scene, broken
from tests.chaos.harm import LEASE_SECONDS, Chaos, Storm, Violation
from tests.chaos.mutants import MUTANTS, ROUNDS, SEED
from tests.chaos.world import OWED_MINUTES, World
from tests.integration.stack import Stack
from tests.postgres import a_postgresql

STORM_SECONDS = 4.0
COUNT_SECONDS = 35.0
"""Longer than brand_svc sleeps at most: POLL_SECONDS of its duty."""
STALL_SECONDS = 60.0
"""Without any progress in so long, open runs are taken for stuck, however busy the machine is."""
LATENCY_MS = "60"
WITNESS = (Path(__file__).parent / "witness.sql").read_text()

RUNNING = "SELECT count(*) FROM job_runs WHERE status IN ('pending', 'processing') AND brand_id <> %(parked)s"
OPEN = f"""
    SELECT ({RUNNING})
         + (SELECT count(*) FROM scheduled_jobs WHERE next_run_at <= now())
"""
# Of the runs there were at some time, and of no others: new fires come every minute, and would hide one that is stuck.
KNOWN = "SELECT count(*) FROM job_runs WHERE finished_at IS NULL AND created_at < %(since)s AND brand_id <> %(parked)s"
PROGRESS = """
    SELECT count(*), count(run.finished_at),
           (SELECT count(*) FROM witness.leases JOIN job_runs AS run ON run.id = run_id
            WHERE run.created_at < %(since)s),
           (SELECT count(*) FROM witness.asked JOIN query_executions AS call ON call.id = call_id
            JOIN job_runs AS run ON run.id = call.job_run_id WHERE run.created_at < %(since)s),
           (SELECT count(*) FROM query_executions AS call JOIN job_runs AS run ON run.id = call.job_run_id
            WHERE call.finished_at IS NOT NULL AND run.created_at < %(since)s),
           (SELECT count(*) FROM extracted_positions JOIN collector_results AS answer
            ON answer.id = collector_result_id JOIN job_runs AS run ON run.id = answer.job_run_id
            WHERE run.created_at < %(since)s)
    FROM job_runs AS run
    WHERE run.created_at < %(since)s
"""
# The pause before another attempt is not what is tried here.
HURRY = """
    WITH hurried AS (
        UPDATE job_runs SET available_at = now() WHERE status = 'pending' AND available_at > now() RETURNING id)
    SELECT pg_notify('answerbeat_runs', '') FROM hurried LIMIT 1
"""


async def settle(world: World) -> None:
    """Waits until every run has ended, for as long as those that were there move."""
    loop = asyncio.get_running_loop()
    parked = world.job("parked").brand_id
    seen, since = None, world.now()
    try:
        async with asyncio.timeout(STALL_SECONDS) as patience:
            async for _ in world.chaos.stack.database.notifications(RUNS_WAITING, RUNS_CHANGED):
                world.sql(HURRY)
                if world.sql(OPEN, parked=parked) == [(0,)]:
                    break
                if world.sql(KNOWN, parked=parked, since=since) == [(0,)]:
                    since = world.now()
                if (now := world.sql(PROGRESS, since=since)) != seen:
                    seen = now
                    patience.reschedule(loop.time() + STALL_SECONDS)
    except TimeoutError:
        stuck = world.sql("SELECT id, status, attempt, worker_id, error_message FROM job_runs WHERE finished_at IS NULL"
                          " AND brand_id <> %(parked)s", parked=parked)  # fmt: skip
        broken(f"runs that nothing moved for {STALL_SECONDS:.0f} s", stuck)
    await until_counted(world)


async def until_counted(world: World) -> None:
    """Waits until all that was read is counted, but not for ever: whether it was is for a check to tell."""
    try:
        async with asyncio.timeout(COUNT_SECONDS):
            async for _ in world.chaos.stack.database.notifications(ANSWERS_COUNTED):
                if world.sql("SELECT count(*) FROM rollups_due") == [(0,)]:
                    return
    except TimeoutError:
        return


@asynccontextmanager
async def quiet(world: World) -> AsyncIterator[None]:
    """Nothing runs and nothing is planned meanwhile: what the tables, the emulator and the logs say can be compared."""
    parked = world.job("parked").brand_id
    with psycopg.connect(world.chaos.url) as holding:
        while True:
            await settle(world)
            # Planners pass over schedules that somebody holds.
            holding.execute("SELECT FROM scheduled_jobs ORDER BY id FOR UPDATE")
            if world.sql(RUNNING, parked=parked) == [(0,)]:
                break
            holding.rollback()
        yield
        holding.rollback()


async def go_undisturbed(world: World, scene: Scene) -> None:
    """Some runs while nobody does any harm, one of them longer than a lease."""
    scene.calm_runs.clear()
    for job in (world.job("slow"), world.job("quick")):
        run = await world.chaos.stack.post(f"/api/admin/scheduled-jobs/{job.id}/trigger")
        scene.calm_runs.append(run["id"])
    await settle(world)


async def look(world: World, scene: Scene, said: logs.Logs) -> None:
    """Notes what the emulator has seen, and what the processes have said."""
    for call in (await world.chaos.stack.emulator.delete("/emulator/calls")).json():
        scene.asked[call["engine"], call["question"]] += 1
        if call["outcome"] == "answered":
            scene.answered[call["engine"], call["question"]] += 1
    for process, line in said.news():
        if logs.is_error(line):
            scene.errors.append(f"{process}: {line}")
        elif end := logs.end_of(line):
            scene.ends.append(end)


async def play_round(world: World, scene: Scene, said: logs.Logs) -> None:
    """One round. Raises Violation."""
    chaos = world.chaos
    scene.start -= timedelta(minutes=OWED_MINUTES)
    scene.owed_at = datetime.now(UTC)
    world.owe(scene.start)
    storm = await chaos.storm(STORM_SECONDS)
    await chaos.mend(storm)
    await settle(world)
    # What a lease that was not kept still does, it does by then.
    await asyncio.sleep(max(0, (storm.ended - datetime.now(UTC)).total_seconds()) if storm.ended else 0)
    await go_undisturbed(world, scene)
    async with quiet(world):
        await look(world, scene, said)
        for check in checks.ALL:
            check(scene)


@asynccontextmanager
async def a_world(folder: Path, seed: int, module: str = "answerbeat", **environment: str) -> AsyncIterator[World]:
    """Two schedulers, three workers, and what they have to do; the processes are started as `module`."""
    with a_postgresql() as server:
        url = server.get_uri()
        migrate(url)
        stack = Stack(
            url, folder, module, ANSWERBEAT_LOG_LEVEL="info", ANSWERBEAT_LEASE_SECONDS=str(LEASE_SECONDS), **environment
        )
        async with stack:
            chaos = Chaos(stack, server, url, random.Random(seed))
            ended = threading.Event()
            watching = asyncio.create_task(asyncio.to_thread(chaos.watch_the_machine, ended))
            try:
                yield await _made(chaos)
            finally:
                ended.set()
                await watching
                await chaos.stop_all()


async def _made(chaos: Chaos) -> World:
    await chaos.stack.stop("emulator")
    await chaos.stack.start("emulator", "--latency-ms", LATENCY_MS)
    for name in ("scheduler2", "worker2", "worker3"):
        await chaos.start(name)
    with psycopg.connect(chaos.url) as connection:
        connection.execute(WITNESS)
    await chaos.stack.until_emulated()
    world = World(chaos)
    await world.make()
    return world


async def play(folder: Path, seed: int, rounds: int, module: str = "answerbeat", **environment: str) -> None:
    """All rounds. Raises Violation, with the round that it happened in."""
    began = datetime.now(UTC)
    async with a_world(folder, seed, module, **environment) as world:
        said = logs.Logs(folder)
        start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
        scene = Scene(world, world.chaos.storms, start, start)
        await look(world, scene, said)
        # Processes that are just starting may be late with a heartbeat: that is judged from the first round on.
        leases = world.sql("SELECT count(*) FROM witness.leases")[0][0]
        scene.storms.append(Storm(began, ["the start"], leases, datetime.now(UTC)))
        for number in range(rounds):
            clock = time.monotonic()
            try:
                await play_round(world, scene, said)
            except Violation as found:
                raise Violation(f"round {number + 1}: {found}") from found
            finally:
                harms = ", ".join(scene.storms[-1].harms) if scene.storms else "no harm yet"
                took = time.monotonic() - clock
                print(f"round {number + 1}: {harms}; {scene.asked.total()} calls, {took:.0f} s", flush=True)


async def play_with(mutant: str, folder: Path, seed: int, rounds: int) -> None:
    """The same, with a fault planted in each process."""
    await play(folder, seed, rounds, "tests.chaos.mutate", ANSWERBEAT_MUTANT=mutant)


@pytest.mark.timeout(10_800)
async def test_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed") or random.SystemRandom().randrange(2**32)
    print(f"seed {seed}", flush=True)
    rounds = request.config.getoption("--rounds")
    if mutant := request.config.getoption("--mutant"):
        await play_with(mutant, tmp_path, seed, rounds)
    else:
        await play(tmp_path, seed, rounds)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mutant", ["skip_last_question", "fence_ignores_token", "drop_one_fire_in_a_thousand"])
async def test_a_planted_fault_is_caught(tmp_path: Path, request: pytest.FixtureRequest, mutant: str) -> None:
    if request.config.getoption("--mutant"):
        pytest.skip("a fault is planted by hand")
    with pytest.raises(Violation) as found:
        await play_with(mutant, tmp_path, SEED, ROUNDS)
    print(found.value)


def test_each_fault_can_be_planted() -> None:
    for mutant in MUTANTS.values():
        source = find_spec(mutant.module)
        assert source
        assert source.origin
        compile(mutant.planted(Path(source.origin).read_text()), source.origin, "exec")
