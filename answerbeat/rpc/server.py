"""A service's process: its gRPC server with health and reflection, its background duties, and a clean end.

Health says NOT_SERVING while the database is away or the service drains.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from answerbeat.database import Database, first_line, is_away
from answerbeat.rpc.guard import Guard
from answerbeat.rpc.limits import MAX_MESSAGE_BYTES
from answerbeat.rpc.tokens import Tokens
from answerbeat.settings import Settings, stop_start

log = structlog.get_logger()

PROBE_SECONDS = 2.0
Duty = Callable[[], Awaitable[None]]
"""Something that goes on beside the calls until it is cancelled."""


class Server:
    """A gRPC server on one address, with health and reflection."""

    def __init__(self, settings: Settings, database: Database, address: str, names: Sequence[str]) -> None:
        self.address = address
        self._database = database
        self._drain_seconds = settings.drain_seconds
        self._names = ["", *names]
        self._draining = False
        self.tokens = Tokens(settings, database)
        self.health = health.aio.HealthServicer()  # type: ignore[attr-defined]
        self.grpc = grpc.aio.server(
            interceptors=[Guard(self.tokens)],
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

    async def serve(self, *duties: Duty, drain: Callable[[], Awaitable[None]] | None = None) -> None:
        """Serves until SIGTERM or SIGINT, then drains. A duty that fails ends the process."""
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await self._set_health(False)
        await self.grpc.start()
        log.info("listening", address=self.address)
        running: list[asyncio.Future[None]] = [asyncio.ensure_future(duty()) for duty in (self._probe, *duties)]
        waiting: asyncio.Future[Any] = asyncio.ensure_future(stopped.wait())
        done, _ = await asyncio.wait([waiting, *running], return_when=asyncio.FIRST_COMPLETED)
        await self._stop(drain)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for task in done - {waiting}:
            task.result()

    async def _stop(self, drain: Callable[[], Awaitable[None]] | None) -> None:
        log.info("stopping")
        self._draining = True
        await self._set_health(False)
        if drain:
            await drain()
        await self.grpc.stop(grace=min(self._drain_seconds, 2))

    async def _probe(self) -> None:
        """Keeps the health status true."""
        was: bool | None = None
        while True:
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await self._database.ping()
                serving = True
            except Exception as error:  # noqa: BLE001 - whatever it is, the service can't serve
                if not is_away(error) and not isinstance(error, TimeoutError) and was is not False:
                    log.warning("not_ready", error=first_line(error))
                serving = False
            if serving != was and not self._draining:
                await self._set_health(serving)
                log.info("ready") if serving else log.warning("not_ready", reason="the database is away")
                was = serving
            await asyncio.sleep(PROBE_SECONDS if serving else PROBE_SECONDS / 4)

    async def _set_health(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self.health.set(name, status)
