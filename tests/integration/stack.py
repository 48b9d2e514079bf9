"""The product's processes, started as they are anywhere, on ports of their own."""

import asyncio
import os
import random
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx2

from answerbeat.database import RUNS_CHANGED, RUNS_WAITING, Database
from answerbeat.schema import JobRun
from engine_emulator.app import environment as emulated_environment
from launcher.health import why_not

TOKEN = "admin-token-of-the-tests"
SERVICE_TOKEN = "service-token-of-the-tests"
START_SECONDS = 90
RUN_SECONDS = 60
FINAL = ("completed", "failed", "cancelled")
PORTS = (10_000, 32_000)
PORT_SECONDS = 3_600
CHANCE = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that the system gives to connections.

    Each is taken for an hour from all test runs of this user: one that a process is about to bind looks free still.
    """
    found: list[int] = []
    while len(found) < count:
        # Not the shared generator, which other tests seed: two runs would try the same ports in the same order.
        port = CHANCE.randrange(*PORTS)
        with socket.socket() as probe:
            if _is_ours(port) and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def _is_ours(port: int) -> bool:
    taken = Path(tempfile.gettempdir()) / f"answerbeat-ports-{os.getuid()}" / str(port)
    taken.parent.mkdir(exist_ok=True)
    if taken.exists() and time.time() - taken.stat().st_mtime > PORT_SECONDS:
        taken.unlink(missing_ok=True)
    try:
        taken.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class Stack:
    """A scheduler, a worker, a brand_svc, a gateway and an emulator, and clients of them."""

    def __init__(self, database_url: str, logs: Path, module: str = "answerbeat", **environment: str) -> None:
        self.logs = logs
        self._module = module
        self.database_url = database_url
        http, scheduler, worker, brand, emulator = free_ports(5)
        engines = f"http://127.0.0.1:{emulator}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")},
            "DATABASE_URL": database_url,
            "ANSWERBEAT_ADMIN_TOKEN": TOKEN,
            "ANSWERBEAT_SERVICE_TOKEN": SERVICE_TOKEN,
            "ANSWERBEAT_HTTP_PORT": str(http),
            "ANSWERBEAT_SCHEDULER_PORT": str(scheduler),
            "ANSWERBEAT_WORKER_PORT": str(worker),
            "ANSWERBEAT_BRAND_PORT": str(brand),
            "ANSWERBEAT_EMULATOR_PORT": str(emulator),
            "ANSWERBEAT_LEASE_SECONDS": "2",
            "ANSWERBEAT_DRAIN_SECONDS": "2",
            "ANSWERBEAT_LOG_LEVEL": "debug",
            **emulated_environment(engines),
            **environment,
        }
        self.scheduler_target = f"127.0.0.1:{scheduler}"
        self.worker_target = f"127.0.0.1:{worker}"
        self.brand_target = f"127.0.0.1:{brand}"
        self.database = Database(database_url, pool_size=3)
        authorization = {"authorization": f"Bearer {TOKEN}"}
        self.http = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{http}", headers=authorization, timeout=30, trust_env=False
        )
        self.emulator = httpx2.AsyncClient(base_url=engines, timeout=40, trust_env=False)
        self.processes: dict[str, Process] = {}
        self.service_ports = {"scheduler": scheduler, "worker": worker, "brand": brand}
        self._readers: list[asyncio.Task[None]] = []
        self._said: dict[str, str] = {}
        self._heard = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await asyncio.gather(
            self.start("scheduler"),
            self.start("worker"),
            self.start("brand"),
            self.start("gateway"),
            self.start("emulator", "--latency-ms", "0"),
        )
        try:
            await self.until_ready()
        except BaseException:
            await self.__aexit__()  # else they would live on, and work, without anybody who stops them
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in ("worker", "gateway", "brand", "scheduler", "emulator"):
            await self.stop(name)
        await asyncio.gather(*self._readers)
        await self.http.aclose()
        await self.emulator.aclose()
        await self.database.close()

    async def start(self, name: str, *arguments: str, **environment: str) -> None:
        """Starts a service under its own name."""
        await self.start_as(name, name, *arguments, **environment)

    async def start_as(self, name: str, service: str, *arguments: str, **environment: str) -> None:
        """Starts a service, perhaps one of several, under a name of its own."""
        self.processes[name] = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            service,
            *arguments,
            env=self._environment | environment,
            stdout=PIPE,
            stderr=STDOUT,
            limit=2**20,
        )
        self._readers.append(asyncio.create_task(self._read(name, self.processes[name])))

    async def _read(self, name: str, process: Process) -> None:
        """Keeps what a process says, and wakes who waits for it."""
        assert process.stdout
        with (self.logs / f"{name}.log").open("a", buffering=1) as log:
            async for line in process.stdout:
                log.write(line.decode())
                self._said[name] = self._said.get(name, "") + line.decode()
                async with self._heard:
                    self._heard.notify_all()

    async def stop(self, name: str, number: int = signal.SIGTERM) -> int:
        process = self.processes[name]
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)  # a test that failed may have left it frozen
            process.send_signal(number)
        return await process.wait()

    async def until_ready(self, *, ready: bool = True) -> None:
        """Waits for /readyz and the worker to say so: there is no signal across processes but asking."""
        async with asyncio.timeout(START_SECONDS):
            while await self._serves() != ready:
                await asyncio.sleep(0.05)

    async def _serves(self) -> bool | None:
        """Whether people are served, and a worker works. None while the gateway does not say."""
        try:
            serves = (await self.http.get("/readyz")).is_success
        except httpx2.TransportError:
            return None
        return serves and await why_not(self.worker_target) is None

    async def until_logged(self, name: str, words: str) -> None:
        """Waits until a process has logged something."""
        async with asyncio.timeout(START_SECONDS), self._heard:
            await self._heard.wait_for(lambda: words in self._said.get(name, ""))

    async def until_emulated(self) -> None:
        """Waits until the emulator answers: it has no notification of its start."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    if (await self.emulator.get("/emulator/calls")).is_success:
                        return
                except httpx2.TransportError:
                    await asyncio.sleep(0.05)

    async def until_run(self, run_id: str, holds: Callable[[JobRun], bool]) -> None:
        """Waits until something is true of a run: woken by the notifications that its changes send."""
        async with asyncio.timeout(RUN_SECONDS):
            async for _ in self.database.notifications(RUNS_WAITING, RUNS_CHANGED):
                async with self.database.transaction() as session:
                    if holds(await session.get_one(JobRun, UUID(run_id))):
                        return

    async def until_ended(self, run_id: str) -> dict[str, Any]:
        """The run, once it has ended."""
        await self.until_run(run_id, lambda run: run.status in FINAL)
        await self.until_ready()  # the gateway may not have found a worker that was started anew
        answer = await self.http.get(f"/api/admin/job-runs/{run_id}")
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def until_called(self, count: int, outcome: str, contains: str) -> None:
        """Waits until the emulator has seen so many calls with an outcome."""
        wanted = {"count": count, "outcome": outcome, "contains": contains}
        assert (await self.emulator.get("/emulator/wait", params=wanted)).json() is True

    async def calls(self, contains: str) -> list[dict[str, Any]]:
        """What was asked of the emulator with a text in the question."""
        entries = (await self.emulator.get("/emulator/calls")).json()
        return [entry for entry in entries if contains in entry["question"]]

    async def new_brand(self, name: str, questions: list[str], **more: Any) -> dict[str, Any]:
        """A brand of a customer of its own."""
        customer = await self.post("/api/admin/customers", {"name": f"Customer of {name}"})
        topics = [{"name": "Topic", "queries": [{"text": question} for question in questions]}]
        body = {"customer_id": customer["id"], "name": name, "topics": topics, **more}
        return await self.post("/api/admin/brands", body)

    async def new_job(self, brand: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A schedule that does not come due by itself during a test."""
        body = {
            "customer_id": brand["customer_id"],
            "brand_id": brand["id"],
            "job_type": "data_collection_and_scoring",
            "cron_expression": "0 0 1 1 *",
            **fields,
        }
        return await self.post("/api/admin/scheduled-jobs", body)

    async def trigger(self, job: dict[str, Any]) -> dict[str, Any]:
        return await self.post(f"/api/admin/scheduled-jobs/{job['id']}/trigger")

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())
