"""A stack with two schedulers and three workers on a PostgreSQL of its own, and ways to harm it."""

import asyncio
import os
import random
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import psycopg
from grpc_health.v1 import health_pb2, health_pb2_grpc

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING
from tests.integration.stack import Stack, free_ports

WORKERS = ("worker", "worker2", "worker3")
SCHEDULERS = ("scheduler", "scheduler2")
REAP_SECONDS = 60
SLOTS = 5
"""Runs at once a worker: JOB_WORKER_BATCH's default."""
PARALLEL_CALLS = 8
"""Calls at once of a run that is parallel: ANSWERBEAT_PARALLEL_CALLS's default."""
LEASE_SECONDS = 3
SERVE_SECONDS = 180
ZOMBIE_SECONDS = 8
AFTERMATH = timedelta(seconds=LEASE_SECONDS + 2)
"""After all is mended: until leases that were not kept have ended, and the sweeper has come round."""
STALL_SECONDS = LEASE_SECONDS / 10
"""A pause that tells that the machine stood still: a heartbeat's many hops may then take longer than a lease lasts."""


INHERITED = """
    SELECT FROM witness.leases AS old
    JOIN witness.leases AS heir ON heir.run_id = old.run_id AND heir.began > old.ended AND heir.ended IS NULL
    WHERE old.worker_id LIKE %(worker)s AND old.ended > %(since)s
"""


class Violation(AssertionError):
    """Something that must hold does not."""


@dataclass
class Storm:
    """A time in which harm was done, and what it can explain."""

    began: datetime
    harms: list[str] = field(default_factory=list)
    leases_at_risk: int = 0
    """How many leases could be lost, at most."""
    ended: datetime | None = None
    """When its last effect was over. None while it lasts."""

    def note(self, what: str, leases: int) -> None:
        """Writes down a harm, and how many leases it puts at risk."""
        self.harms.append(what)
        self.leases_at_risk += leases

    def covers(self, begin: datetime, end: datetime) -> bool:
        """Whether it can have had a part in something that took so long."""
        return begin <= (self.ended or end) and end >= self.began


class Chaos:
    """The stack, and the harm that was done to it."""

    def __init__(self, stack: Stack, server: Any, url: str, chance: random.Random) -> None:
        self.stack = stack
        self.server = server
        self.url = url
        self.chance = chance
        self.storms: list[Storm] = []
        self._frozen: set[str] = set()
        first, second, third = free_ports(3)
        self._ports = {**stack.service_ports, "scheduler2": first, "worker2": second, "worker3": third}

    async def start(self, name: str) -> None:
        """Starts a service, one of several of its kind."""
        role = name.rstrip("23")
        await self.stack.start_as(name, role, **{f"ANSWERBEAT_{role.upper()}_PORT": str(self._ports[name])})

    async def harm(self) -> None:
        """One thing goes wrong."""
        worker, scheduler = self.chance.choice(WORKERS), self.chance.choice(SCHEDULERS)
        # What a worker holds, and as much that is on its way to it.
        one = 2 * SLOTS
        every = len(WORKERS) * one
        harms: list[tuple[str, int, Callable[[], Awaitable[None]]]] = [
            *[(f"kill -9 {worker}", one, lambda: self._restart(worker, signal.SIGKILL))] * 2,
            (f"restart {worker}", one, lambda: self._restart(worker, signal.SIGTERM)),
            (f"SIGSTOP {worker}", one, lambda: self._freeze(worker)),
            *[(f"{worker} becomes a zombie", one, lambda: self._make_a_zombie(worker))] * 2,
            (f"kill -9 {scheduler}", every, lambda: self._restart(scheduler, signal.SIGKILL)),
            (f"SIGSTOP {scheduler}", every, lambda: self._freeze(scheduler)),
            ("SIGCONT of all", 0, self._thaw),
            ("kill -9 brand", 0, lambda: self._restart("brand", signal.SIGKILL)),
            ("SIGSTOP brand", 0, lambda: self._freeze("brand")),
            ("cut half of the connections", every, self._cut_connections),
            ("kill -9 postgresql", every, self._kill_postgresql),
        ]
        what, leases, do = self.chance.choice(harms)
        self.storms[-1].note(what, leases)
        await do()

    async def storm(self, seconds: float) -> Storm:
        """Harm at random moments, for some time. It is over once `calm` says so."""
        self.storms.append(Storm(datetime.now(UTC)))
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await self.harm()
            # The pause is part of the chaos: harm comes at random moments.
            await asyncio.sleep(self.chance.uniform(0.1, 1.2))
        return self.storms[-1]

    async def mend(self, storm: Storm) -> None:
        """All processes go on and serve; the storm's effects are over a little later."""
        await self._thaw()
        await asyncio.gather(*(self._until_serving(name) for name in (*WORKERS, *SCHEDULERS, "brand")))
        storm.ended = datetime.now(UTC) + AFTERMATH

    def watch_the_machine(self, until: threading.Event) -> None:
        """Takes it for a storm when the machine stands still: then nobody's heartbeat comes in time.

        In a thread of its own: what the test itself waits for is no standstill.
        """
        while True:
            before, began = time.monotonic(), datetime.now(UTC)
            if until.wait(0.1):
                return
            if time.monotonic() - before > 0.1 + STALL_SECONDS:
                stood_still = Storm(
                    began, ["the machine stood still"], len(WORKERS) * SLOTS, datetime.now(UTC) + AFTERMATH
                )
                self.storms.insert(0, stood_still)

    async def _until_serving(self, name: str) -> None:
        try:
            async with asyncio.timeout(SERVE_SECONDS):
                await self._serving(name)
        except TimeoutError:
            ended = self.stack.processes[name].returncode
            last = (self.stack.logs / f"{name}.log").read_text().splitlines()[-10:]
            raise Violation(f"{name} does not serve after the harm; its exit code is {ended}: {last}") from None

    async def _serving(self, name: str) -> None:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self._ports[name]}") as channel:
            health = health_pb2_grpc.HealthStub(channel)
            async for told in health.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True):
                if told.status == health_pb2.HealthCheckResponse.SERVING:
                    return

    async def _restart(self, name: str, number: signal.Signals) -> None:
        self._continue(name)
        await self.stack.stop(name, number)
        await self.start(name)

    async def _freeze(self, name: str) -> None:
        """It goes on when all is mended, or by chance."""
        self.stack.processes[name].send_signal(signal.SIGSTOP)
        self._frozen.add(name)

    async def _make_a_zombie(self, name: str) -> None:
        """Frozen until one of its runs is given out anew, perhaps to itself: it wakes while its heir is at work."""
        since = datetime.now(UTC)
        worker = f"%-{self.stack.processes[name].pid}"
        await self._freeze(name)
        with suppress(TimeoutError):  # it held nothing, or nobody was there to take it
            async with asyncio.timeout(ZOMBIE_SECONDS):
                async for _ in self.stack.database.notifications(RUNS_CHANGED, RUNS_WAITING):
                    with psycopg.connect(self.url) as connection:
                        if connection.execute(INHERITED, {"worker": worker, "since": since}).fetchone():
                            break
        self._continue(name)

    def _continue(self, name: str) -> None:
        if name in self._frozen:
            self._frozen.discard(name)
            self.stack.processes[name].send_signal(signal.SIGCONT)

    async def _thaw(self) -> None:
        for name in sorted(self._frozen):
            self._continue(name)

    async def _cut_connections(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("""
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5
            """)

    async def _kill_postgresql(self) -> None:
        """As a power cut would: no shutdown, and recovery at the start."""
        process = self.server.get_postmaster_info().process
        family = [process, *process.children(recursive=True)]
        os.kill(process.pid, signal.SIGKILL)
        for member in family:
            # Until they are reaped, which is not ours to do, the server is taken for running.
            await asyncio.to_thread(member.wait, REAP_SECONDS)
        await asyncio.to_thread(self.server.ensure_postgres_running)

    async def stop_all(self) -> None:
        """Ends the services that the stack does not know of by itself."""
        await self._thaw()
        for name in ("worker2", "worker3", "scheduler2"):
            if name in self.stack.processes:
                await self.stack.stop(name)
