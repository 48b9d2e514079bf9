"""The commands beside the services: what they say, and the exit code that a container's health check goes by."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from answerbeat import schema
from answerbeat.database import Database, WrongSchema
from launcher.demo import CUSTOMER
from tests.integration.conftest import empty
from tests.integration.stack import Stack
from worker_svc.engines import registered

NOBODY = "127.0.0.1:9"
BARE = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))}


async def command(*arguments: str, environment: Mapping[str, str] = BARE) -> tuple[int | None, str, str]:
    """The exit code, and what was said on stdout and on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "answerbeat", *arguments, env=dict(environment), stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_services_that_serve_are_healthy(stack: Stack) -> None:
    page = str(stack.http.base_url).rstrip("/")
    services = (stack.scheduler_target, stack.worker_target, stack.brand_target)
    for address in (*services, f"{page}/healthz", f"{page}/readyz"):
        assert await command("healthy", address) == (0, "", "")


async def test_where_nobody_answers_nothing_is_healthy() -> None:
    for address, why in ((NOBODY, "does not answer: UNAVAILABLE"), (f"http://{NOBODY}/readyz", "does not answer: ")):
        code, _, said = await command("healthy", address)
        assert code == 2
        assert f"answerbeat: {address} {why}" in said


async def test_a_page_that_is_not_there_is_not_healthy(stack: Stack) -> None:
    code, _, said = await command("healthy", f"{str(stack.http.base_url).rstrip('/')}/nowhere")
    assert code == 2
    assert "is not ready: " in said


async def test_engines_are_listed_with_what_they_lack() -> None:
    code, said, _ = await command("collectors", environment=BARE | {"OPENAI_API_KEY": "sk-secret-of-ours"})
    assert code == 0
    lines = {line.split()[0]: line for line in said.splitlines()}
    assert list(lines) == list(registered())
    assert "ready, asks gpt-" in lines["chatgpt"]
    assert "PERPLEXITY_API_KEY is not set" in lines["perplexity"]
    assert "sk-secret-of-ours" not in said


async def test_an_empty_database_is_brought_to_the_newest_schema(server: str) -> None:
    newest = max(path.name[:4] for path in (Path(schema.__file__).parent / "migrations/versions").glob("0*.py"))
    with empty(server) as url:
        async with Database(url) as database:
            with pytest.raises(WrongSchema, match=f"schema none, needs {newest}"):
                await database.ping()
        for _ in range(2):  # again, it changes nothing
            code, *_ = await command("migrate", environment=BARE | {"DATABASE_URL": url})
            assert code == 0
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest,)]
        async with Database(url) as database:
            await database.ping()


async def test_without_a_database_it_is_said_which_variable_to_set(tmp_path: Path) -> None:
    without = {name: value for name, value in BARE.items() if name != "DATABASE_URL"}
    code, _, said = await command("migrate", environment=without | {"ANSWERBEAT_HOME": str(tmp_path)})
    assert code == 2
    assert "DATABASE_URL is not set" in said


async def test_the_demo_is_seeded_once(database_url: str, tmp_path: Path) -> None:
    async with Stack(database_url, tmp_path) as own:
        for event in ("demo_seeded", "demo_is_there"):
            code, said, _ = await command("demo", environment=own._environment)
            assert code == 0
            assert f'"{event}"' in said
            (customer,) = (await own.http.get("/api/admin/customers")).json()["data"]
            assert (customer["name"], customer["is_demo"]) == (CUSTOMER, True)
            assert len((await own.http.get("/api/admin/brands")).json()["data"]) == 2
            assert len((await own.http.get("/api/admin/scheduled-jobs")).json()["data"]) == 3


async def test_a_demo_without_services_says_that_it_can_not_be_seeded() -> None:
    away = {"ANSWERBEAT_SCHEDULER_ADDRESS": NOBODY, "ANSWERBEAT_BRAND_ADDRESS": NOBODY}
    code, _, said = await command("demo", environment=BARE | away)
    assert code == 2
    assert "the demo could not be seeded" in said


async def test_an_import_that_can_not_be_sent_says_what_stands_against_it(tmp_path: Path) -> None:
    file, bare = tmp_path / "captures.jsonl", BARE | {"ANSWERBEAT_ADMIN_TOKEN": "", "ANSWERBEAT_TOKEN": ""}
    file.write_text("{}\n")
    whose = ("--brand", "01900000-0000-7000-8000-000000000010", "--url", f"http://{NOBODY}")
    for arguments, why in (
        ((str(tmp_path / "nowhere.jsonl"), *whose, "--token", "t"), "nowhere.jsonl: No such file or directory"),
        ((str(file), *whose, "--token", "t"), f"--url: http://{NOBODY} can't be asked"),
        ((str(file), *whose), "--token: give an operator's token"),
    ):
        code, _, said = await command("import", "answers", *arguments, environment=bare)
        assert code == 2, said
        assert why in said
