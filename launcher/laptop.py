"""`answerbeat up`: everything on one machine, in the foreground, on an embedded PostgreSQL.

Each service is a process of its own, as it is anywhere else. One that dies is started again; on
Ctrl-C or SIGTERM all of them end.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock, Timeout
from grpc.aio import AioRpcError
from pydantic import SecretStr

from answerbeat.schema.migrate import migrate_when_up
from answerbeat.settings import Settings, stop_start
from engine_emulator.app import environment as emulated_environment
from launcher.demo import seed
from launcher.embedded import start_postgresql
from launcher.health import why_not
from worker_svc.engines import registered

log = structlog.get_logger()

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
MIN_FREE_BYTES = 300 * 1024 * 1024
READY_SECONDS = 60
DRAIN_SECONDS = 5
"""Ctrl-C is to end it within seconds; calls under way have so long."""
KILL_SECONDS = 5
"""After the drain, whoever is still there is killed."""
MIN_LIFE_SECONDS = 5
"""A service that dies sooner than this after its start is started again only after a pause."""


@dataclass(frozen=True)
class Service:
    """A process to keep alive."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]


def run(settings: Settings, *, is_demo: bool) -> None:
    """Runs everything until Ctrl-C. Stops with a reason when it can't start."""
    home = settings.home.resolve()
    _check_machine(settings, home, is_demo=is_demo)
    try:
        with FileLock(home / "lock", timeout=0):
            asyncio.run(_Laptop(settings, home, is_demo=is_demo).run())
    except Timeout:
        stop_start(f"another `answerbeat up` uses {home}. Stop it, or set ANSWERBEAT_HOME to another folder.")


def _check_machine(settings: Settings, home: Path, *, is_demo: bool) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home).free
    except OSError as error:
        stop_start(f"{home} can't be used: {error.strerror}. Set ANSWERBEAT_HOME to a folder you may write to.")
    if free < MIN_FREE_BYTES:
        stop_start(
            f"the disk of {home} is full: {free // 2**20} MB are free, {MIN_FREE_BYTES // 2**20} MB are needed."
            " Make room, or set ANSWERBEAT_HOME to a folder on another disk."
        )
    ports = {
        "ANSWERBEAT_HTTP_PORT": settings.http_port,
        "ANSWERBEAT_SCHEDULER_PORT": settings.scheduler_port,
        "ANSWERBEAT_WORKER_PORT": settings.worker_port,
        "ANSWERBEAT_BRAND_PORT": settings.brand_port,
        **({"ANSWERBEAT_EMULATOR_PORT": settings.emulator_port} if is_demo else {}),
    }
    taken = [
        f"port {port} is taken. Stop what listens there, or move Answerbeat: {variable}={_free_port()} make up"
        for variable, port in ports.items()
        if not _is_free(port)
    ]
    if taken:
        stop_start(*taken)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class _Laptop:
    """One run of `answerbeat up`."""

    def __init__(self, settings: Settings, home: Path, *, is_demo: bool) -> None:
        self._home = home
        self._is_demo = is_demo
        admin = settings.admin_token.get_secret_value() if settings.admin_token else _kept_token(home / "token")
        self._settings = settings.model_copy(
            update={
                "admin_token": SecretStr(admin),
                "service_token": settings.service_token or SecretStr(_kept_token(home / "service-token")),
            }
        )
        self._token = admin
        is_drain_set = "drain_seconds" in settings.model_fields_set
        self._drain_seconds = settings.drain_seconds if is_drain_set else DRAIN_SECONDS
        self._stopping = asyncio.Event()
        self._running: dict[str, Process] = {}

    async def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        started = time.monotonic()
        if os.geteuid() == 0:
            log.warning("running_as_root", note="PostgreSQL refuses to; it runs as the user embedded_postgres")
        own = self._settings.database_url
        url = own.get_secret_value() if own else await asyncio.to_thread(self._start_postgresql)
        await asyncio.to_thread(migrate_when_up, url)
        self._settings.running_address.touch(mode=0o600)
        self._settings.running_address.write_text(url)
        keepers = [asyncio.ensure_future(self._keep(service)) for service in self._services(url)]
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            if await self._when_ready(stopping):
                print(self._welcome(time.monotonic() - started), flush=True)  # noqa: T201 - for the person at the terminal
            await stopping
        finally:
            self._stopping.set()
            await self._stop()
            self._settings.running_address.unlink(missing_ok=True)
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            log.info("stopped")

    def _start_postgresql(self) -> str:
        """The address of the embedded server. It stops with this process."""
        is_new = not (self._home / "postgres" / "PG_VERSION").exists()
        log.info("starting_postgresql", data=str(self._home / "postgres"), new=is_new)
        try:
            return str(start_postgresql(self._home / "postgres").get_uri())
        except Exception as error:  # noqa: BLE001 - of a library that raises many kinds
            log_file = self._home / "postgres" / "log"
            reason = getattr(error, "stderr", None) or error
            stop_start(f"the embedded PostgreSQL did not start: {reason}", f"Its own log is {log_file}.")

    def _services(self, url: str) -> list[Service]:
        shared = {
            **os.environ,
            # The emulator is here, whatever proxy leads outside.
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1", "localhost"])),
            "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1", "localhost"])),
            "DATABASE_URL": url,
            "ANSWERBEAT_HOST": "127.0.0.1",
            "ANSWERBEAT_ADMIN_TOKEN": self._token,
            "ANSWERBEAT_SERVICE_TOKEN": self._settings.service_secret or "",
            "ANSWERBEAT_DRAIN_SECONDS": str(self._drain_seconds),
        }
        services = [
            Service("scheduler_svc", ("scheduler",), shared),
            Service("brand_svc", ("brand",), shared),
            Service("worker_svc", ("worker",), shared | (self._emulated_engines() if self._is_demo else {})),
            Service("admin_gateway", ("gateway",), shared),
        ]
        return [*([Service("engine_emulator", ("emulator",), shared)] if self._is_demo else []), *services]

    def _emulated_engines(self) -> dict[str, str]:
        """The demo must not cost money: no real key reaches the worker."""
        variables = sorted({kind.variable for kind in registered().values()})
        unused = [f"{name}_API_KEY" for name in variables if os.environ.get(f"{name}_API_KEY")]
        if unused:
            log.warning("keys_not_used", keys=unused, reason="the demo asks emulated engines; see `up --no-demo`")
        without_keys = {f"{name}_API_KEY": "" for name in variables}
        return without_keys | emulated_environment(f"http://127.0.0.1:{self._settings.emulator_port}")

    async def _keep(self, service: Service) -> None:
        """Starts a service, and again whenever it dies."""
        while not self._stopping.is_set():
            started = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "answerbeat",
                *service.arguments,
                env=dict(service.environment),
                start_new_session=True,  # a Ctrl-C at the terminal is for this process, which ends them in order
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
            self._running[service.name] = process
            code = await process.wait()
            if self._stopping.is_set():
                return
            log.error("service_died", name=service.name, exit_code=code, next="it is started again")
            if time.monotonic() - started < MIN_LIFE_SECONDS:
                await asyncio.sleep(1)

    async def _when_ready(self, stopping: asyncio.Future[Any]) -> bool:
        """Waits for the services and seeds the demo. False when it was stopped meanwhile."""
        ready: asyncio.Future[Any] = asyncio.ensure_future(self._ready())
        await asyncio.wait([ready, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            return False
        ready.result()
        return True

    async def _ready(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while not await self._serves():
            if time.monotonic() > end:
                log.error("not_ready", seconds=READY_SECONDS, note="see the services' messages above")
                end += READY_SECONDS
            await asyncio.sleep(0.1)
        if self._is_demo:
            try:
                await seed(self._settings)
            except AioRpcError as error:
                log.warning("demo_not_seeded", reason=error.details())

    async def _serves(self) -> bool:
        """Whether people are served, and a worker has told which engines it can ask."""
        page, worker = f"http://127.0.0.1:{self._settings.http_port}/readyz", f"127.0.0.1:{self._settings.worker_port}"
        return await why_not(page) is None and await why_not(worker) is None

    async def _stop(self) -> None:
        """Ends all services: the worker first, so that it can still hand back its runs."""
        order = ("worker_svc", "admin_gateway", "brand_svc", "scheduler_svc", "engine_emulator")
        alive = [self._running[name] for name in order if name in self._running]
        for process in alive:
            if process.returncode is None:
                process.terminate()
            if process is alive[0]:
                await _ended(process, self._drain_seconds + 2)
        await asyncio.gather(*(_ended(process, KILL_SECONDS) for process in alive))

    def _welcome(self, seconds: float) -> str:
        port = self._settings.http_port
        lines = [
            "",
            f"  Answerbeat is up ({seconds:.1f} s).  Ctrl-C stops it.",
            "",
            f"    Open    http://127.0.0.1:{port}/",
            f"    API     http://127.0.0.1:{port}/docs",
            f"    Token   {self._token}",
            f"    Data    {self._home}",
        ]
        if self._is_demo:
            lines.append("    Engines are emulated: this demo asks nobody and costs nothing.")
        return "\n".join([*lines, ""])


def _end_with_parent() -> None:
    """In a child: when this process is killed without a chance to stop it, the kernel tells it to stop (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _ended(process: Process, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _kept_token(path: Path) -> str:
    """The token in a file that only its owner can read, made when it is not there."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("ab_" + secrets.token_urlsafe(24))
    return path.read_text().strip()
