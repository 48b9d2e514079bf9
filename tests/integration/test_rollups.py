"""What was read is counted by a duty, whoever read it and whoever died meanwhile."""

import asyncio

import pytest
from alembic import command
from sqlalchemy import create_engine, delete, func, make_url, select, text
from structlog.testing import capture_logs

from answerbeat.caller import Caller, Role
from answerbeat.database import ANSWERS_COUNTED, ANSWERS_READ, Database
from answerbeat.schema import Brand, CellRollup, CollectorResult, ExtractedPosition, RollupDue
from answerbeat.schema.migrate import config, migrate
from answerbeat.wakeup import Wakeup, Wakeups
from brand_svc.catalog.duties.removal import RemovalDuty
from brand_svc.catalog.operations import brands
from brand_svc.insights.duties import rollups as rollup_duty
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.store import counting
from scheduler_svc.duties.removals import Removals
from tests.integration.collecting import NO_ENGINES, leased, lose, score
from tests.integration.rows import brand_of
from tests.integration.test_score import answers_of

ANSWERS = 3


@pytest.fixture
async def brand(database: Database) -> Brand:
    """One whose answers were read, and not counted."""
    brand = await brand_of(database)
    await read_anew(database, brand)
    return brand


async def read_anew(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    async with database.transaction() as session:
        known = await session.scalar(select(func.count()).select_from(CollectorResult))
        await session.execute(text("UPDATE collector_results SET positions_rules = NULL"))
    if not known:
        await answers_of(database, brand, run, ANSWERS)
    await score(run, database, NO_ENGINES)


async def counted(database: Database, brand: Brand) -> list[tuple[str, int]]:
    """By grain, of how many answers."""
    async with database.transaction() as session:
        wanted = select(CellRollup.grain, func.sum(CellRollup.answers)).where(CellRollup.brand_id == brand.id)
        found = await session.execute(wanted.group_by(CellRollup.grain).order_by(CellRollup.grain))
        return [(grain, int(answers)) for grain, answers in found]


async def due(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(RollupDue)) or 0


WHOLE = [("day", ANSWERS), ("month", ANSWERS), ("year", ANSWERS)]


async def test_a_reader_that_dies_between_reading_and_counting_leaves_nothing_uncounted(
    database: Database, brand: Brand
) -> None:
    assert await counted(database, brand) == []
    assert await due(database) > 0
    await RollupDuty(database, Wakeup()).round()
    assert await counted(database, brand) == WHOLE
    assert await due(database) == 0
    async with database.transaction() as session:
        assert await session.scalar(select(func.min(ExtractedPosition.mentions)).where(ExtractedPosition.is_brand)) == 1


async def test_reading_again_changes_no_sum(database: Database, brand: Brand) -> None:
    duty = RollupDuty(database, Wakeup())
    for _ in range(2):
        await duty.round()
        assert await counted(database, brand) == WHOLE
        await read_anew(database, brand)


async def test_the_duty_is_woken_by_what_was_read(database: Database, brand: Brand) -> None:
    wakeups = Wakeups()
    duty = RollupDuty(database, wakeups[ANSWERS_READ])
    at_work = [asyncio.create_task(wakeups.listen(database)), asyncio.create_task(duty.run())]
    try:
        async with asyncio.timeout(rollup_duty.POLL_SECONDS - 5):
            await until_counted(database)
            async with database.transaction() as session:
                await session.execute(delete(CellRollup))
            await read_anew(database, brand)
            await until_counted(database)
    finally:
        for task in at_work:
            task.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
    assert await counted(database, brand) == WHOLE


async def until_counted(database: Database) -> None:
    async for _ in database.notifications(ANSWERS_COUNTED):
        if await due(database) == 0:
            return


async def test_what_is_due_of_a_brand_that_is_gone_is_forgotten(database: Database, brand: Brand) -> None:
    async with database.transaction() as session:
        await brands.delete(session, brand.id, Caller("test", Role.ADMIN))
    assert await due(database) > 0
    await RollupDuty(database, Wakeup()).round()
    assert (await due(database), await counted(database, brand)) == (0, [])


async def test_a_brand_that_goes_and_its_counting_wait_for_each_other_in_one_order(
    database: Database, brand: Brand
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def count() -> None:
        async with database.transaction() as session:
            await counting.bring_up_to_date(session, brand.id)
            begun.set()
            await go_on.wait()

    async def remove() -> None:
        async with database.transaction() as session:
            await brands.delete(session, brand.id, Caller("test", Role.ADMIN))
        await Removals(database, Wakeup()).end()
        await lose(database)
        await RemovalDuty(database, Wakeup()).round()

    under_way = asyncio.create_task(count())
    await begun.wait()
    removing = asyncio.create_task(remove())
    async with asyncio.timeout(20), database.transaction() as session:
        while not await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            await asyncio.sleep(0.01)  # PostgreSQL tells nobody that somebody waits
    go_on.set()
    await asyncio.gather(under_way, removing)
    assert await counted(database, brand) == []
    async with database.transaction() as session:
        assert await session.get(Brand, brand.id) is None


async def test_one_brand_that_can_not_be_counted_keeps_no_other_from_it(
    database: Database, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await brand_of(database, "Other")
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO rollups_due (brand_id, query_id, collector, day) VALUES (:id, :id, 'chatgpt', now())"),
            {"id": other.id},
        )

    async def fails_for_the_other(session, brand_id):
        if brand_id == other.id:
            raise ValueError("no number")
        return await counting.bring_up_to_date(session, brand_id)

    monkeypatch.setattr(rollup_duty, "bring_up_to_date", fails_for_the_other)
    with capture_logs() as logged:
        await RollupDuty(database, Wakeup()).round()
    assert [(line["event"], line["brand_id"]) for line in logged] == [("brand_not_counted", str(other.id))]
    assert await counted(database, brand) == WHOLE
    assert await due(database) == 1


async def test_who_looks_sees_what_was_read_before_unless_it_is_too_much_to_wait_for(
    database: Database, brand: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look() -> None:
        async with database.transaction() as session:
            await counting.count_few_due(session, brand.id)

    monkeypatch.setattr(counting, "FEW", await due(database) - 1)
    await look()
    assert await counted(database, brand) == []
    monkeypatch.undo()
    await look()
    assert await counted(database, brand) == WHOLE


async def test_what_the_schema_before_had_marked_is_due(database: Database, brand: Brand, database_url: str) -> None:
    was_due = await due(database)
    await database.close()
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        command.downgrade(config(connection), "0007")
        marked = connection.execute(text("SELECT count(*) FROM collector_results WHERE is_rollup_due")).scalar_one()
    engine.dispose()
    assert marked == ANSWERS
    migrate(database_url)
    assert 0 < await due(database) <= was_due
    await RollupDuty(database, Wakeup()).round()
    assert await counted(database, brand) == WHOLE
