"""A real PostgreSQL for all tests, a database of its own for each that asks for one, and the emulator."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
import uvicorn

from answerbeat.database import Database
from answerbeat.schema.migrate import migrate
from engine_emulator.app import Emulation, create_app
from engine_emulator.app import environment as emulated_environment
from tests.integration.collecting import MakeEngines
from tests.integration.stack import Stack
from tests.postgres import a_postgresql
from worker_svc.engines import Engines

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of an embedded server's database `postgres`, with a migrated template beside it."""
    with a_postgresql() as running:
        url: str = running.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(_of(url, TEMPLATE))
        yield url


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL that the test may stop and start."""
    with a_postgresql() as running:
        yield running


@pytest.fixture
def database_url(server: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    yield from _fresh(server)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
async def emulator() -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an emulator that answers at once."""
    async with emulating(Emulation(latency_ms=0)) as client:
        yield client


@asynccontextmanager
async def emulating(emulation: Emulation) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an emulator, within this process."""
    config = uvicorn.Config(create_app(emulation), log_level="critical", lifespan="off", timeout_graceful_shutdown=0)
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # so that asyncio sends without delay
    listening.bind(("127.0.0.1", 0))
    running = uvicorn.Server(config)
    running.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(running._serve(sockets=[listening]))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=base, timeout=40, trust_env=False) as client:
        yield client
    running.should_exit = running.force_exit = True
    await serving


@pytest.fixture
async def engines_of(emulator: httpx2.AsyncClient) -> AsyncIterator[MakeEngines]:
    made: list[Engines] = []

    def make(timeout_seconds: float = 10, **changes: str) -> Engines:
        environment = emulated_environment(str(emulator.base_url))
        made.append(Engines.from_environment(environment | changes, timeout_seconds))
        return made[-1]

    yield make
    for engines in made:
        await engines.close()


@pytest.fixture(scope="session")
async def stack(server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """All services, each a process of its own, on one database."""
    for url in _fresh(server):
        # A worker that asks an engine first imports its SDK, which on a busy machine may delay a heartbeat by seconds.
        started = Stack(url, tmp_path_factory.mktemp("logs"), ANSWERBEAT_LEASE_SECONDS="4")
        async with started:
            yield started


@contextmanager
def fresh(server: str) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    yield from _fresh(server)


@contextmanager
def empty(server: str) -> Iterator[str]:
    """The address of a database that nobody has migrated."""
    yield from _fresh(server, template="template1")


def _fresh(server: str, template: str = TEMPLATE) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _of(server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _of(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def logs_of(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.log")))
