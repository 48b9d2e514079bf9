"""Which engines can be asked is known to workers, told by them for a while, and read by whoever asks."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.options import COLLECTORS_GROUP, collector_names
from brand_svc.catalog.engines import NOBODY, ReportedEngine
from brand_svc.catalog.operations.asking import diagnose
from brand_svc.catalog.store.engines import engines_of
from tests.integration.collecting import ENGINES
from tests.integration.rows import brand_of
from tests.integration.stack import free_ports
from worker_svc.duties.readiness import Readiness
from worker_svc.engines import Engines, registered

REAL = {"OPENAI_API_KEY": "sk-real"}
EMULATED = {"OPENAI_API_KEY": "emulated-openai", "OPENAI_BASE_URL": "http://127.0.0.1:9/openai/v1"}


def readiness(database: Database, worker_id: str, **environment: str) -> Readiness:
    return Readiness(database, Engines.from_environment(environment, 10), worker_id)


async def chatgpt(database: Database) -> ReportedEngine:
    async with database.transaction() as session:
        return (await engines_of(session)).all["chatgpt"]


async def test_before_any_worker_has_told_all_engines_are_known_and_none_can_be_asked(database: Database) -> None:
    async with database.transaction() as session:
        engines = await engines_of(session)
    assert tuple(engines.all) == ENGINES
    assert engines.ready() == []
    assert {engine.missing for engine in engines.all.values()} == {NOBODY}


async def test_what_a_worker_tells_is_good_until_it_withdraws(database: Database) -> None:
    told = readiness(database, "w1", **EMULATED)
    await told.until_told()
    async with database.transaction() as session:
        engines = await engines_of(session)
    assert engines.ready() == ["chatgpt"]
    assert engines.all["perplexity"].missing == "PERPLEXITY_API_KEY is not set"
    engine = engines.all["chatgpt"]
    assert (engine.title, engine.is_emulated, engine.is_base_url_overridden) == ("ChatGPT", True, True)
    await told.withdraw()
    gone = await chatgpt(database)
    assert (gone.title, gone.model, gone.missing) == (engine.title, engine.model, NOBODY)


async def test_a_worker_that_is_silent_is_taken_for_gone_until_it_tells_again(database: Database) -> None:
    told = readiness(database, "w1", **REAL)
    await told.until_told()
    async with database.transaction() as session:
        await session.execute(text("UPDATE worker_engines SET expires_at = now() - interval '1 second'"))
    assert (await chatgpt(database)).missing == NOBODY
    await told.until_told()
    assert (await chatgpt(database)).missing is None


async def test_diagnostics_tell_a_worker_that_is_not_there_from_a_key_that_is_not(database: Database) -> None:
    brand = await brand_of(database, questions=("Which boots?",))
    said = []
    for is_told in (False, True):
        if is_told:
            await readiness(database, "w1").until_told()
        async with database.transaction() as session:
            findings = await diagnose(session, brand.id, Caller("test", Role.ADMIN))
        said += [finding.message for finding in findings if finding.code == "no_engine_ready"]
    assert said == [
        "No worker runs that could ask an engine. Start one.",
        "No engine has a key. Set one, such as OPENAI_API_KEY, for the worker.",
    ]


async def test_one_worker_with_a_key_is_enough(database: Database) -> None:
    for worker_id, environment in (("w1", {}), ("w2", REAL), ("w3", {})):
        await readiness(database, worker_id, **environment).until_told()
    engine = await chatgpt(database)
    assert (engine.missing, engine.is_emulated) == (None, False)


async def test_a_real_engine_is_none_for_a_demo(database: Database) -> None:
    await readiness(database, "w1", **REAL).until_told()
    async with database.transaction() as session:
        engines = await engines_of(session)
    assert engines.why_not("chatgpt", is_demo=False) is None
    assert "this one is real" in (engines.why_not("chatgpt", is_demo=True) or "")
    assert engines.why_not("gone", is_demo=False) == "there is no collector gone any more"


async def test_keys_are_not_told(database: Database, database_url: str) -> None:
    await readiness(database, "w1", **REAL).until_told()
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT CAST(told AS text) FROM worker_engines AS told").fetchall()
    assert len(rows) == len(ENGINES)
    assert not any("sk-real" in row for (row,) in rows)


async def test_what_nobody_has_told_for_a_day_is_forgotten(database: Database) -> None:
    await readiness(database, "w1", **REAL).until_told()
    async with database.transaction() as session:
        await session.execute(text("UPDATE worker_engines SET expires_at = now() - interval '25 hours'"))
    await readiness(database, "w2").until_told()
    async with database.transaction() as session:
        assert list(await session.scalars(text("SELECT DISTINCT worker_id FROM worker_engines"))) == ["w2"]


BROKEN = {
    "import no_such_sdk": "could not be imported: ModuleNotFoundError: No module named 'no_such_sdk'",
    "this is no Python": "could not be imported: SyntaxError: invalid syntax (a_broken_collector.py, line 1)",
    "import json as Broken": "a_broken_collector:Broken is no Collector",
    "class Broken: pass": "a_broken_collector:Broken is no Collector",
    "from worker_svc.collectors.collector import Collector\nclass Broken(Collector): pass": (
        "could not be set up: AttributeError"
    ),
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder from which a package registers a collector; what stands in its file is up to the test."""
    package = tmp_path / "a_broken_collector-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: a-broken-collector\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(f"[{COLLECTORS_GROUP}]\nbroken = a_broken_collector:Broken\n")
    monkeypatch.syspath_prepend(tmp_path)
    collector_names.cache_clear()
    yield tmp_path / "a_broken_collector.py"
    sys.modules.pop("a_broken_collector", None)
    collector_names.cache_clear()


@pytest.mark.parametrize("code", BROKEN)
async def test_a_collector_that_is_broken_is_told_of_and_the_others_work(
    database: Database, broken: Path, code: str
) -> None:
    broken.write_text(code)  # noqa: ASYNC240 - two words
    await readiness(database, "w1", **EMULATED).until_told()
    async with database.transaction() as session:
        engines = await engines_of(session)
    assert list(engines.all) == sorted([*ENGINES, "broken"])
    assert engines.all["broken"].missing == BROKEN[code]
    assert engines.ready() == ["chatgpt"]
    assert ("broken" in registered()) == ("(Collector)" in code)


def test_a_broken_collector_is_listed_with_what_is_wrong(broken: Path) -> None:
    broken.write_text("import no_such_sdk")
    command = [sys.executable, "-m", "answerbeat", "collectors"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True, env=with_it(broken))
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert list(lines) == sorted([*ENGINES, "broken"])
    assert lines["broken"].endswith(f" {BROKEN['import no_such_sdk']}")


async def test_a_worker_says_which_collector_it_has_left_out(broken: Path) -> None:
    broken.write_text("import no_such_sdk")  # noqa: ASYNC240 - two words
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "answerbeat", "worker"),
        env=with_it(
            broken, DATABASE_URL="postgresql://127.0.0.1:9/nowhere", ANSWERBEAT_WORKER_PORT=str(free_ports(1)[0])
        ),
        stdout=subprocess.PIPE,
    )
    assert worker.stdout
    said = [line.decode() async for line in until(worker.stdout, b"waiting_for_postgresql")]
    worker.kill()
    await worker.communicate()
    (line,) = [line for line in said if "collector_left_out" in line]
    assert "No module named 'no_such_sdk'" in line


def with_it(broken: Path, **environment: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(broken.parent)} | environment


async def until(stream: asyncio.StreamReader, word: bytes) -> AsyncIterator[bytes]:
    """The lines up to the one with a word."""
    async for line in stream:
        yield line
        if word in line:
            return
