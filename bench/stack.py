"""The product's processes as benchmarks drive them: started as they are anywhere, on ports of their own.

Settings are the defaults unless a benchmark names others. Logs go to files, as a container's do.
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import STDOUT, Process
from pathlib import Path
from typing import Self

import httpx2
import psutil

from bench.usage import cpu_of, cpu_of_postgresql, postmaster_of
from engine_emulator.app import environment as emulated_environment
from launcher.health import why_not
from tests.integration.stack import free_ports

TOKEN = "admin-token-of-the-benchmarks"
START_SECONDS = 60
STOP_SECONDS = 60
LOOK_SECONDS = 0.01
"""Between two looks whether a process is ready: there is no signal across processes but asking."""


class Stack:
    """Some of the product's processes on one database, and a client of the gateway."""

    def __init__(self, url: str, folder: Path, **environment: str) -> None:
        http, scheduler, worker, brand, emulator = free_ports(5)
        self._folder = folder
        self._postmaster = postmaster_of(url)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")},
            "DATABASE_URL": url,
            "ANSWERBEAT_ADMIN_TOKEN": TOKEN,
            "ANSWERBEAT_HTTP_PORT": str(http),
            "ANSWERBEAT_SCHEDULER_PORT": str(scheduler),
            "ANSWERBEAT_WORKER_PORT": str(worker),
            "ANSWERBEAT_BRAND_PORT": str(brand),
            "ANSWERBEAT_EMULATOR_PORT": str(emulator),
            **emulated_environment(f"http://127.0.0.1:{emulator}"),
            **environment,
        }
        self.address = f"http://127.0.0.1:{http}"
        self._places = {
            "scheduler": f"127.0.0.1:{scheduler}",
            "worker": f"127.0.0.1:{worker}",
            "brand": f"127.0.0.1:{brand}",
            "gateway": f"{self.address}/readyz",
            "emulator": f"http://127.0.0.1:{emulator}/emulator/calls",
        }
        self.http = httpx2.AsyncClient(
            base_url=self.address, headers={"authorization": f"Bearer {TOKEN}"}, timeout=60, trust_env=False
        )
        self._running: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        """Gives it with nothing started yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops what was started."""
        for name in list(self._running):
            await self.stop(name)
        await self.http.aclose()

    async def start(
        self, service: str, *arguments: str, name: str | None = None, module: str = "answerbeat", **environment: str
    ) -> float:
        """Starts a service, perhaps under another name, and gives the seconds until it is ready.

        The gateway is ready when the scheduler and brand_svc are. Another module is one that runs the same command.
        """
        started = time.perf_counter()
        with self.log(name or service).open("ab") as log:
            command = (sys.executable, "-m", module, service, *arguments)
            self._running[name or service] = await asyncio.create_subprocess_exec(
                *command, env=self._environment | environment, stdout=log, stderr=STDOUT
            )
        port = environment.get(f"ANSWERBEAT_{service.upper()}_PORT")
        await self._until_ready(name or service, f"127.0.0.1:{port}" if port else self._places[service])
        return time.perf_counter() - started

    async def start_another_worker(self, name: str, **environment: str) -> None:
        """Starts a worker beside the first."""
        (port,) = free_ports(1)
        await self.start("worker", name=name, **{"ANSWERBEAT_WORKER_PORT": str(port), **environment})

    async def _until_ready(self, name: str, place: str) -> None:
        async with asyncio.timeout(START_SECONDS):
            while why := await why_not(place):
                if self._running[name].returncode is not None:
                    raise RuntimeError(f"{name} ended at its start ({why}): {self.log(name).read_text()[-2_000:]}")
                await asyncio.sleep(LOOK_SECONDS)

    async def stop(self, name: str) -> None:
        """Ends a process: gently, and when it takes too long, at once."""
        process = self._running.pop(name)
        if process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def log(self, name: str) -> Path:
        """The file that has what a process said."""
        return self._folder / f"{name}.log"

    def process(self, name: str) -> psutil.Process:
        """A process, for its memory."""
        return psutil.Process(self._running[name].pid)

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of each process, and of PostgreSQL."""
        found = {name: cpu_of(self.process(name)) for name in self._running}
        return {**found, "postgresql": cpu_of_postgresql(self._postmaster)}

    def cpu_since(self, before: dict[str, float]) -> dict[str, float]:
        """CPU seconds that each has used since."""
        return {name: seconds - before.get(name, 0) for name, seconds in self.cpu().items()}
