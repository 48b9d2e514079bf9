"""Which engines can be asked is known to workers, told by them for a while, and read by whoever asks."""

import psycopg
from sqlalchemy import text

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from brand_svc.catalog.engines import NOBODY, Engine
from brand_svc.catalog.operations.asking import diagnose
from brand_svc.catalog.store.engines import engines_of
from tests.integration.collecting import ENGINES
from tests.integration.rows import brand_of
from worker_svc.engines import Engines
from worker_svc.readiness import Readiness

REAL = {"OPENAI_API_KEY": "sk-real"}
EMULATED = {"OPENAI_API_KEY": "emulated-openai", "OPENAI_BASE_URL": "http://127.0.0.1:9/openai/v1"}


def readiness(database: Database, worker_id: str, **environment: str) -> Readiness:
    return Readiness(database, Engines.from_environment(environment, 10), worker_id)


async def chatgpt(database: Database) -> Engine:
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
