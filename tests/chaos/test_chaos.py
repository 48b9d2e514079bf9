"""Several schedulers and workers whose processes, connections and database fail at random, and what must hold.

After each round: every due fire time has exactly one run; every run has ended; no question was asked again of an
engine that had answered it; nothing was stored for a run by who no longer held it. The seed is printed.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from answerbeat.database import RUNS_WAITING
from answerbeat.embedded import start_postgresql
from answerbeat.schema.migrate import migrate
from tests.integration.stack import Stack, free_ports

SCHEDULES = 6
QUESTIONS = 2
DUE_MINUTES = 3
"""Fire times that each schedule owes in a round."""
ROUND_SECONDS = 4.0
SETTLE_SECONDS = 60.0
REAP_SECONDS = 60
ENGINES = ["chatgpt", "perplexity"]
WORKERS = ("worker", "worker2", "worker3")
SCHEDULERS = ("scheduler", "scheduler2")

# Whoever stores for a run that is not being processed is caught in the act, by the database itself.
WITNESS = """
    CREATE TABLE caught (what text, run_id uuid);
    CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM job_runs WHERE id = NEW.job_run_id AND status = 'processing') THEN
            INSERT INTO caught VALUES (TG_TABLE_NAME, NEW.job_run_id);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER witness BEFORE INSERT ON collector_results FOR EACH ROW EXECUTE FUNCTION witness();
    CREATE TRIGGER witness BEFORE INSERT OR UPDATE ON query_executions FOR EACH ROW EXECUTE FUNCTION witness();
"""


class Chaos:
    """A stack with two schedulers and three workers, on a PostgreSQL of its own, and ways to harm it."""

    def __init__(self, stack: Stack, server: Any, url: str, chance: random.Random) -> None:
        self.stack = stack
        self.server = server
        self.url = url
        self.chance = chance
        self.frozen: set[str] = set()
        first, second, third = free_ports(3)
        self.ports = {"scheduler2": first, "worker2": second, "worker3": third}

    async def start(self, name: str) -> None:
        role = name.rstrip("23")
        port = self.ports.get(name, self.stack.service_ports[role])
        await self.stack.start_as(name, role, **{f"ANSWERBEAT_{role.upper()}_PORT": str(port)})

    async def harm(self) -> str:
        """One thing goes wrong; gives what."""
        harms: list[Callable[[], Awaitable[str]]] = [
            self.kill_worker, self.kill_worker, self.kill_scheduler, self.freeze_worker, self.freeze_worker,
            self.cut_connections, self.kill_postgresql,
        ]  # fmt: skip
        return await self.chance.choice(harms)()

    async def kill_worker(self) -> str:
        return await self._kill(self.chance.choice(WORKERS))

    async def kill_scheduler(self) -> str:
        return await self._kill(self.chance.choice(SCHEDULERS))

    async def _kill(self, name: str) -> str:
        self.frozen.discard(name)
        await self.stack.stop(name, signal.SIGKILL)
        await self.start(name)
        return f"kill -9 {name}"

    async def freeze_worker(self) -> str:
        """The zombie: it wakes when its lease is another's."""
        name = self.chance.choice(WORKERS)
        self.stack.processes[name].send_signal(signal.SIGSTOP)
        self.frozen.add(name)
        return f"SIGSTOP {name}"

    def thaw(self) -> None:
        for name in self.frozen:
            self.stack.processes[name].send_signal(signal.SIGCONT)
        self.frozen.clear()

    async def cut_connections(self) -> str:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5
            """)
        return "cut half of the connections"

    async def kill_postgresql(self) -> str:
        """As a power cut would: no shutdown, and recovery at the start."""
        process = self.server.get_postmaster_info().process
        family = [process, *process.children(recursive=True)]
        os.kill(process.pid, signal.SIGKILL)
        for member in family:
            # Until they are reaped, which is not ours to do, the server is taken for running.
            await asyncio.to_thread(member.wait, REAP_SECONDS)
        await asyncio.to_thread(self.server.ensure_postgres_running)
        return "kill -9 postgresql"

    async def settled(self) -> None:
        """All is thawed, and every run ends."""
        self.thaw()
        async with asyncio.timeout(SETTLE_SECONDS):
            async for _ in self.stack.database.notifications(RUNS_WAITING):
                with psycopg.connect(self.url) as connection:
                    row = connection.execute(
                        "SELECT count(*) FROM job_runs WHERE status IN ('pending', 'processing')"
                    ).fetchone()
                    due = connection.execute(
                        "SELECT count(*) FROM scheduled_jobs WHERE next_run_at <= now()"
                    ).fetchone()
                if row == due == (0,):
                    return


def owe(chaos: Chaos, start: datetime) -> None:
    """Puts all schedules back to a fire time, as if no scheduler had been alive since. What has a run keeps it."""
    with psycopg.connect(chaos.url) as connection:
        connection.execute("UPDATE scheduled_jobs SET next_run_at = %s", (start,))
        connection.execute("SELECT pg_notify('answerbeat_schedules', '')")


def check(chaos: Chaos, start: datetime, calls: list[dict[str, Any]]) -> None:
    """What must hold whatever happened."""
    with psycopg.connect(chaos.url) as connection:
        runs = connection.execute(
            "SELECT scheduled_job_id::text, scheduled_for, status, error_message FROM job_runs"
        ).fetchall()
        assert not [run for run in runs if run[2] not in ("completed", "failed")]
        jobs = {run[0] for run in runs}
        assert len(jobs) == SCHEDULES
        for job in jobs:
            fires = Counter(run[1] for run in runs if run[0] == job)
            assert set(fires.values()) == {1}, "a fire time has two runs"
            minutes = int((max(fires) - start).total_seconds()) // 60 + 1
            owed = {start + timedelta(minutes=i) for i in range(minutes)}
            assert owed == set(fires), f"fire times without a run: {sorted(owed - set(fires))}"
        assert connection.execute("SELECT * FROM caught").fetchall() == []
        executions = connection.execute("SELECT collector, question, attempts, status FROM query_executions").fetchall()
        assert {row[2] for row in executions} <= {1}, "a call was made again"
        assert {row[3] for row in executions} <= {"answered", "unknown"}
        answered, stored = connection.execute(
            "SELECT (SELECT count(*) FROM query_executions WHERE status = 'answered'),"
            " (SELECT count(*) FROM collector_results)"
        ).fetchone() or (0, -1)
        assert answered == stored, "an answer was lost"
    written = Counter((row[0], row[1]) for row in executions)
    asked = Counter((call["engine"], call["question"]) for call in calls)
    over = {key: (count, written[key]) for key, count in asked.items() if count > written[key]}
    assert not over, f"asked more often than written down: {over}"


@pytest.fixture
async def chaos(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    seed = request.config.getoption("--seed") or random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    server = start_postgresql(tmp_path / "pg", is_kept=False)
    url = server.get_uri()
    migrate(url)
    stack = Stack(url, tmp_path, ANSWERBEAT_LOG_LEVEL="info")
    async with stack:
        made = Chaos(stack, server, url, random.Random(seed))
        await stack.stop("emulator")
        await stack.start("emulator", "--latency-ms", "60")
        for name in ("scheduler2", "worker2", "worker3"):
            await made.start(name)
        yield made
        made.thaw()
        for name in ("worker2", "worker3", "scheduler2"):
            await stack.stop(name)
    server.cleanup()


@pytest.mark.timeout(7_200)
async def test_nothing_is_lost_and_nothing_is_done_twice(chaos: Chaos, request: pytest.FixtureRequest) -> None:
    stack = chaos.stack
    for i in range(SCHEDULES):
        brand = await stack.new_brand(
            f"Chaos {i}", [f"Chaos {i}, question {j}: which boots?" for j in range(QUESTIONS)]
        )
        await stack.new_job(
            brand,
            cron_expression="* * * * *",
            catch_up="all",
            catchup_window_seconds=30 * 86_400,
            overlap_policy=chaos.chance.choice(["queue", "allow"]),
            max_attempts=20,
            metadata={"collectors": ENGINES, "parallel": chaos.chance.random() < 0.5},
        )
    with psycopg.connect(chaos.url) as connection:
        connection.execute(WITNESS)
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    for number in range(request.config.getoption("--rounds")):
        start -= timedelta(minutes=DUE_MINUTES)
        owe(chaos, start)
        told = []
        end = asyncio.get_running_loop().time() + ROUND_SECONDS
        while asyncio.get_running_loop().time() < end:
            told.append(await chaos.harm())
            # The pause is part of the chaos: harm comes at random moments.
            await asyncio.sleep(chaos.chance.uniform(0.1, 1.2))
        await chaos.settled()
        try:
            calls = (await stack.emulator.get("/emulator/calls")).json()
        except httpx2.TransportError:
            pytest.fail("the emulator is gone")
        print(f"round {number}: {', '.join(told)}; {len(calls)} calls")
        check(chaos, start, calls)
