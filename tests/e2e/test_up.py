"""`answerbeat up` as a person meets it: it starts, shows a completed run, stops, and starts again."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import psutil
import pytest

from tests.integration.stack import free_ports
from tests.postgres import a_folder_for_postgresql

START_SECONDS = 60
FROM_THE_START = {"last-event-id": f"0-{UUID(int=0).hex}"}
SERVICES = ("HTTP", "SCHEDULER", "WORKER", "BRAND", "EMULATOR")
VARIABLES = tuple(f"ANSWERBEAT_{service}_PORT" for service in SERVICES)


@pytest.fixture
def a_folder() -> Iterator[Path]:
    with a_folder_for_postgresql() as folder:
        yield folder


@pytest.fixture
def environment(a_folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSWERBEAT_", "DATABASE_URL"))}
    ports = dict(zip(VARIABLES, map(str, free_ports(len(VARIABLES))), strict=True))
    return kept | ports | {"ANSWERBEAT_HOME": str(a_folder / "home"), "OPENAI_API_KEY": "sk-a-real-key"}


async def start(environment: dict[str, str], *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "answerbeat", "up", *arguments, env=environment, stdout=PIPE, stderr=STDOUT, limit=2**20
    )


@asynccontextmanager
async def up(environment: dict[str, str]) -> AsyncIterator[tuple[httpx2.AsyncClient, list[str]]]:
    """A client with the token that was printed, and what was printed. Ends with Ctrl-C, and leaves no process."""
    process = await start(environment)
    assert process.stdout
    said: list[str] = []
    async with asyncio.timeout(START_SECONDS):
        while not any("Engines are emulated" in line for line in said):
            line = await process.stdout.readline()
            assert line, "".join(said)
            said.append(line.decode())
    reading = asyncio.create_task(process.stdout.read())
    token = next(line.split()[1] for line in said if line.split()[:1] == ["Token"])
    children = psutil.Process(process.pid).children(recursive=True)
    port = environment["ANSWERBEAT_HTTP_PORT"]
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {token}"}, trust_env=False
    ) as http:
        yield http, said
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        said += (await reading).decode().splitlines(keepends=True)
        assert await process.wait() == 0
    assert children
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


async def get(http: httpx2.AsyncClient, path: str, **params: Any) -> Any:
    answer = await http.get(path, params=params)
    assert answer.is_success, answer.text
    return answer.json()


async def first_completed(http: httpx2.AsyncClient) -> dict[str, Any]:
    """The first completed run, as the page learns of it: each change from the beginning, over the stream."""
    async with asyncio.timeout(60), http.stream("GET", "/api/admin/job-runs/stream", headers=FROM_THE_START) as changes:
        async for line in changes.aiter_lines():
            if line.startswith("data:") and (run := json.loads(line[5:]))["status"] == "completed":
                return dict(run)
    raise AssertionError("the stream ended")


async def test_a_person_starts_it_sees_a_run_and_stops_it(environment: dict[str, str]) -> None:
    async with up(environment) as (http, said):
        run = await first_completed(http)
        scoring = run["metrics"]["scoring"]
        assert run["metrics"]["data_collection"]["collector_results"] == 39
        assert min(scoring.values()) > 0, scoring
        brands = (await get(http, "/api/admin/brands"))["data"]
        for brand in brands:
            assert (await get(http, f"/api/admin/brands/{brand['id']}/topics-queries"))["active_queries"] >= 12
        jobs = (await get(http, "/api/admin/scheduled-jobs"))["data"]
        assert {job["job_type"] for job in jobs} == {"data_collection", "scoring", "data_collection_and_scoring"}
        insights = await get(http, f"/api/admin/brands/{run['brand_id']}/insights")
        assert insights["answers"] == 39
        assert (await http.get("/", follow_redirects=True)).is_success
        # The demo asks nobody for money, and says that the key is not used.
        assert any("OPENAI_API_KEY" in line and "keys_not_used" in line for line in said)
        assert not any("sk-a-real-key" in line for line in said)
        second = await start(environment)
        told = (await second.communicate())[0].decode()
        assert second.returncode == 2
        assert all(f"{variable}=" in told for variable in VARIABLES)
    async with up(environment) as (http, _):
        assert len((await get(http, "/api/admin/customers"))["data"]) == 1
        assert len((await get(http, "/api/admin/brands"))["data"]) == 2
        assert run["id"] in [entry["id"] for entry in (await get(http, "/api/admin/job-runs"))["data"]]


async def token(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "answerbeat", "token", *arguments]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=STDOUT)
    told = (await process.communicate())[0].decode()
    assert "Traceback" not in told
    return process.returncode or 0, told.strip()


async def test_tokens_are_made_and_revoked_while_it_runs(environment: dict[str, str]) -> None:
    async with up(environment) as (http, _):
        code, made = await token(environment, "create", "--role", "viewer", "--name", "dashboard")
        assert code == 0
        as_viewer = {"authorization": f"Bearer {made}"}
        assert (await http.get("/api/admin/brands", headers=as_viewer)).is_success
        _, listed = await token(environment, "list")
        assert "viewer    dashboard" in listed
        assert made not in listed
        assert (await token(environment, "revoke", listed.split()[0]))[0] == 0
        assert "revoked" in (await token(environment, "list"))[1]
        for wrong, says in (
            (["create", "--role", "king", "--name", "x"], "--role"),
            (["create", "--role", "viewer", "--name", " "], "--name"),
            (["create", "--role", "viewer", "--name", "x", "--customer", "x"], "--customer"),
            (["create", "--role", "viewer", "--name", "x", "--customer", str(UUID(int=0))], "--customer"),
            (["revoke", str(UUID(int=0))], "TOKEN_ID"),
        ):
            code, told = await token(environment, *wrong)
            assert (code, says in told) == (2, True), told
    assert "no `answerbeat up` runs here" in (await token(environment, "list"))[1]


async def test_a_killed_up_leaves_no_service_and_the_next_one_stops_the_database(environment: dict[str, str]) -> None:
    process = await start(environment)
    assert process.stdout
    async with asyncio.timeout(START_SECONDS):
        while b"Engines are emulated" not in await process.stdout.readline():
            pass
    family = psutil.Process(process.pid).children(recursive=True)
    services = [child for child in family if child.name() != "postgres"]
    assert services
    process.kill()
    await process.wait()
    _, left = await asyncio.to_thread(psutil.wait_procs, services, 20)
    assert not left
    async with up(environment):
        pass  # it leaves no process, the database included
    home = environment["ANSWERBEAT_HOME"]
    assert not [p for p in psutil.process_iter(["cmdline"]) if home in " ".join(p.info["cmdline"] or [])]


async def test_a_home_that_is_in_use_is_named(environment: dict[str, str]) -> None:
    async with up(environment):
        others = dict(zip(VARIABLES, map(str, free_ports(len(VARIABLES))), strict=True))
        second = await start(environment | others)
        told = (await second.communicate())[0].decode()
    assert second.returncode == 2
    assert "another `answerbeat up` uses" in told
    assert "ANSWERBEAT_HOME" in told


async def test_a_home_that_can_not_be_written_is_named(environment: dict[str, str]) -> None:
    process = await start(environment | {"ANSWERBEAT_HOME": "/proc/nowhere"})
    told = (await process.communicate())[0].decode()
    assert process.returncode == 2
    assert "Set ANSWERBEAT_HOME to a folder you may write to" in told
