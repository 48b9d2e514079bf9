"""A service's process: its gRPC server with health and reflection, its background duties, and a clean end.

Health says NOT_SERVING, and why, while the database is away or has another schema, and while the service drains.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from answerbeat.database import Database, WrongSchema, first_line, is_away
from answerbeat.rpc.guard import Guard
from answerbeat.rpc.health import Health
from answerbeat.rpc.limits import MAX_MESSAGE_BYTES
from answerbeat.rpc.tokens import Tokens
from answerbeat.settings import Settings, stop_start

log = structlog.get_logger()

PROBE_SECONDS = 2.0
STARTING, STOPPING, AWAY = "it is starting", "it is stopping", "its database is away"
"""Why a service can't serve, if not for the schema."""
Duty = Callable[[], Awaitable[None]]
"""Something that goes on beside the calls until it is cancelled."""


class Server:
    """A gRPC server on one address, with health and reflection."""

    def __init__(self, settings: Settings, database: Database, address: str, names: Sequence[str]) -> None:
        self.address = address
        self._database = database
        self._drain_seconds = settings.drain_seconds
        self._refusal: str | None = STARTING
        self._is_ready = asyncio.Event()
        self._draining = False
        self.tokens = Tokens(settings, database)
        self.health = Health(names)
        self.grpc = grpc.aio.server(
            interceptors=[Guard(self.tokens, lambda: self._refusal)],
            options=[
                ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
                # A second service on the port must fail, not share its calls.
                ("grpc.so_reuseport", 0),
            ],
        )
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.grpc)
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self.grpc)
        try:
            self.port: int = self.grpc.add_insecure_port(address)
        except RuntimeError:
            stop_start(f"{address} is taken. Another process listens there; stop it or choose another port.")

    @property
    def has_begun(self) -> bool:
        """Whether its duties have begun."""
        return self._is_ready.is_set()

    async def serve(self, *duties: Duty, first: Duty | None = None, drain: Duty | None = None) -> None:
        """Serves until SIGTERM or SIGINT, then drains. A duty that fails ends the process.

        Duties begin, and calls are taken, when the database is there for the first time, with the right schema, and
        `first` is done.
        """
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await self.health.tell(STARTING)
        await self.grpc.start()
        log.info("listening", address=self.address)
        running: list[asyncio.Future[None]] = [
            asyncio.ensure_future(self._keep_ready(first)),
            *(asyncio.ensure_future(self._once_ready(duty)) for duty in duties),
        ]
        waiting: asyncio.Future[Any] = asyncio.ensure_future(stopped.wait())
        done, _ = await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
        await self._stop(drain)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for task in done - {waiting}:
            task.result()

    async def _stop(self, drain: Duty | None) -> None:
        log.info("stopping")
        self._draining = True
        await self.health.tell(STOPPING)
        if drain and self.has_begun:
            await drain()
        await self.grpc.stop(grace=min(self._drain_seconds, 2))

    async def _once_ready(self, duty: Duty) -> None:
        await self._is_ready.wait()
        await duty()

    async def _keep_ready(self, first: Duty | None) -> None:
        """Keeps the health status true."""
        told: str | None = STARTING
        while True:
            why_not = await self._why_not()
            if why_not is None and not self._is_ready.is_set():
                if first:
                    await first()
                self._is_ready.set()
            if why_not != told:
                await self._tell(why_not)
                told = why_not
            await asyncio.sleep(PROBE_SECONDS / 4 if why_not else PROBE_SECONDS)

    async def _why_not(self) -> str | None:
        """Why the service can't serve now. With another schema it takes no call, for it would get it wrong.

        One under whose hands it changes says so and goes on: workers must keep the leases of what they have begun.
        """
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._database.ping()
        except WrongSchema as error:
            if not self.has_begun:
                self._refusal = str(error)
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the service can't serve
            if not is_away(error) and not isinstance(error, TimeoutError):
                log.warning("database_not_asked", error=first_line(error))
            return AWAY
        return None

    async def _tell(self, why_not: str | None) -> None:
        if why_not is None:
            self._refusal = None
        if self._draining:
            return
        await self.health.tell(why_not)
        if why_not is None:
            log.info("ready")
        else:
            log.warning("not_ready" if self._is_ready.is_set() else "waiting_for_postgresql", reason=why_not)
