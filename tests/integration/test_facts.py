"""What is kept with each call and answer, and that numbers are split by it: place, day, model, surface, brandedness."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select, text, update

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.schema import (
    Brand,
    Cell,
    CellRollup,
    Citation,
    CollectorResult,
    GeneratedQuery,
    QueryExecution,
    ReadingRules,
    RollupDue,
)
from answerbeat.wakeup import Wakeup
from brand_svc.catalog.content import BrandContent, QuestionContent, TopicContent
from brand_svc.catalog.operations import brands
from brand_svc.catalog.store import brands as catalog_store
from brand_svc.insights import numbers
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.store import set_asides
from brand_svc.insights.store.cell_rollups import count_cells
from brand_svc.insights.store.cell_sums import CellSum, cell_sums
from brand_svc.insights.store.cells import make_cells
from brand_svc.insights.store.citation_rollups import count_citations
from brand_svc.insights.store.due import Due, facts_of
from brand_svc.insights.store.exports import Table, batches
from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.name_rollups import count_names
from brand_svc.insights.store.page_rollups import count_pages
from brand_svc.insights.store.search_rollups import count_searches
from brand_svc.insights.store.spans import Grain
from brand_svc.insights.store.window import Split, Window
from tests.integration.collecting import ENGINES, NO_ENGINES, MakeEngines, collect, fault, leased, score
from tests.integration.rows import answer_rows, brand_of, run_of
from worker_svc.call import Call
from worker_svc.collectors.errors import EngineError, ErrorKind
from worker_svc.store import calls
from worker_svc.store.fence import fence

QUESTIONS = ("Which invoicing app is best?", "Is Ledgerly any good?")
FIRE = datetime(2026, 3, 8, 23, 30, tzinfo=UTC)


async def count(database: Database) -> None:
    await RollupDuty(database, Wakeup()).round()
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(RollupDue)) == 0, "all is counted"


async def sums(database: Database, brand: Brand, split: Split | None = None) -> dict[str, CellSum]:
    async with database.transaction() as session:
        return await cell_sums(Learned(session, brand.customer_id, brand.id, brand.name), Window(), split)


async def of_rows(database: Database, table: Any) -> list[Any]:
    async with database.transaction() as session:
        return list(await session.scalars(select(table)))


@pytest.mark.parametrize(
    ("asked_at", "day"),
    [
        (FIRE + timedelta(minutes=40), date(2026, 3, 8)),
        (FIRE + timedelta(hours=6), date(2026, 3, 8)),
        (FIRE + timedelta(hours=6, seconds=1), date(2026, 3, 9)),
        (FIRE + timedelta(days=40), date(2026, 4, 17)),
        (FIRE - timedelta(hours=7), date(2026, 3, 8)),
    ],
)
async def test_a_call_counts_for_the_day_of_its_fire_if_it_was_made_within_six_hours(
    database: Database, asked_at: datetime, day: date
) -> None:
    async with database.transaction() as session:
        found = await session.scalar(text("SELECT measured_day(:fire, :asked)"), {"fire": FIRE, "asked": asked_at})
    assert found == day


@pytest.mark.parametrize(("before", "day"), [(6 * 3600, 9), (6 * 3600 + 1, 8)])
async def test_a_call_made_long_before_its_fire_counts_for_its_own_day(
    database: Database, before: int, day: int
) -> None:
    fire = datetime(2026, 3, 9, 5, tzinfo=UTC)
    facts = {"fire": fire, "asked": fire - timedelta(seconds=before)}
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT measured_day(:fire, :asked)"), facts) == date(2026, 3, day)


async def test_two_countries_stay_apart_in_numbers_and_exports(database: Database, engines_of: MakeEngines) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    for country, samples in (("DE", 1), ("US", 2)):
        run = await leased(database, brand, country=country, city=f"City of {country}", samples=samples, parallel=True)
        await collect(run, database, engines_of())
    await score(run, database, NO_ENGINES)
    await count(database)
    each = len(ENGINES) * len(QUESTIONS)
    assert {key: (of.asked, of.answers) for key, of in (await sums(database, brand, Split.COUNTRY)).items()} == {
        "DE": (each, each),
        "US": (2 * each, 2 * each),
    }
    assert (await sums(database, brand, Split.CITY)).keys() == {"City of DE", "City of US"}
    on_pages = len([name for name in ENGINES if name in ("google_aio", "google_ai_mode", "bing_copilot")])
    surfaces = await sums(database, brand, Split.SURFACE)
    assert (surfaces["results_page"].answers, len(surfaces)) == (3 * on_pages * len(QUESTIONS), 2)
    async with database.transaction() as session:
        learned = Learned(session, brand.customer_id, brand.id, brand.name)
        split = await numbers.insights(learned, Window(), None, Split.COUNTRY)
        for table in Table:
            rows = [row async for batch in batches(session, brand.id, table, None, None) for row in batch]
            assert {row["country"] for row in rows} == {"DE", "US"}
            assert {row["city"] for row in rows if row["country"] == "DE"} == {"City of DE"}
    assert {group.key: group.answers for group in split.groups} == {"DE": each, "US": 2 * each}
    assert sum(group.names[0].answers_named for group in split.groups) == split.whole.names[0].answers_named


async def test_a_result_without_an_overview_is_counted_and_neither_failed_nor_asked_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["google_aio"])
    await fault(emulator, kind="no_overview", contains="Which invoicing")
    await collect(run, database, engines_of())
    told = run.metrics["data_collection"]
    assert (told["successful_executions"], told["no_overview"], told["failed_executions"]) == (2, 1, 0)
    assert run.complaints == []
    by_question = {call.question: call for call in await of_rows(database, QueryExecution)}
    nothing = by_question[QUESTIONS[0]]
    assert (nothing.status, nothing.error_kind, nothing.attempts) == ("no_overview", None, 1)
    assert nothing.cost_micro_usd > 0, "the search was paid for"
    assert "organic_results" in nothing.raw_response
    run.retried_at = datetime.now(UTC) + timedelta(days=1)
    async with database.transaction() as session:
        assert await calls.missing(session, run, ["google_aio"]) == [], "it is not offered for a paid retry"
    await score(run, database, NO_ENGINES)
    await count(database)
    of = (await sums(database, brand, Split.COLLECTOR))["google_aio"]
    assert (of.asked, of.answers, of.no_overview, of.failed) == (2, 1, 1, 0)


async def test_a_run_whose_engine_shows_nothing_at_all_is_complete(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTIONS), collectors=["google_aio"])
    await fault(emulator, kind="no_overview")
    await collect(run, database, engines_of())
    assert run.progress["data_collection"] == {"done": 2, "total": 2}


async def test_questions_that_name_the_brand_are_told_and_a_person_may_say_otherwise(
    database: Database, engines_of: MakeEngines
) -> None:
    of_a_rival = "Is Countwise any good?"
    brand = await brand_of(database, questions=(*QUESTIONS, of_a_rival))
    run = await leased(database, brand, collectors=["chatgpt"])
    await collect(run, database, engines_of())
    assert {call.question: call.is_branded for call in await of_rows(database, QueryExecution)} == {
        QUESTIONS[0]: False,
        QUESTIONS[1]: True,
        of_a_rival: False,
    }
    await score(run, database, NO_ENGINES)
    await count(database)
    assert await branded(database) == {False: 2, True: 1}
    async with database.transaction() as session:
        for question in await session.scalars(select(GeneratedQuery).where(GeneratedQuery.text == QUESTIONS[1])):
            question.is_branded = False
            await catalog_store.count_anew(session, question)
    await count(database)
    assert await branded(database) == {False: 3}
    async with database.transaction() as session:
        await session.execute(update(GeneratedQuery).values(text=GeneratedQuery.text + " Really?"))
        for question in await session.scalars(select(GeneratedQuery)):
            await catalog_store.count_anew(session, question)
    await count(database)
    assert await branded(database) == {False: 2, True: 1}, "what was said holds for the text it was said of"


async def branded(database: Database) -> dict[bool, int]:
    """Answers by whether their question names the brand."""
    async with database.transaction() as session:
        wanted = select(Cell.is_branded, func.sum(CellRollup.answers)).join(CellRollup, CellRollup.cell_id == Cell.id)
        found = await session.execute(wanted.where(CellRollup.grain == "day").group_by(Cell.is_branded))
        return {is_branded: int(answers) for is_branded, answers in found}


async def test_what_is_set_aside_counts_nowhere_until_it_is_taken_back(database: Database) -> None:
    brand = await brand_of(database)
    runs = [await run_of(database, brand, status="completed", finished_at=func.now()) for _ in range(2)]
    async with database.transaction() as session:
        for run in runs:
            for sample in (1, 2):
                session.add_all(answer_rows(brand, run.id, sample=sample, positions_rules="rules"))
    await due_of_all(database)
    assert (await sums(database, brand))[""].answers == 4
    one = (await of_rows(database, CollectorResult))[0]
    async with database.transaction() as session:
        assert await set_asides.set_answer_aside(session, one.id, "a test answer", "admin")
        assert not await set_asides.set_answer_aside(session, one.id, "again", "admin")
    await count(database)
    assert (await sums(database, brand))[""].answers == 3
    async with database.transaction() as session:
        assert await set_asides.set_run_aside(session, one.job_run_id, "a broken engine", "admin")
    await count(database)
    assert await by_grain(database) == {"day": 2, "month": 2, "year": 2}
    async with database.transaction() as session:
        assert await set_asides.take_run_back(session, one.job_run_id, "admin")
        assert await set_asides.take_answer_back(session, one.id, "admin")
        assert not await set_asides.take_answer_back(session, one.id, "admin")
    await count(database)
    assert await by_grain(database) == {"day": 4, "month": 4, "year": 4}


async def by_grain(database: Database) -> dict[str, int]:
    async with database.transaction() as session:
        wanted = select(CellRollup.grain, func.sum(CellRollup.answers)).group_by(CellRollup.grain)
        return {grain: int(answers) for grain, answers in await session.execute(wanted)}


async def due_of_all(database: Database) -> None:
    """Has all calls counted."""
    async with database.transaction() as session:
        await session.execute(
            text("""
                INSERT INTO rollups_due (brand_id, query_id, collector, day)
                SELECT DISTINCT brand_id, query_id, collector, day FROM query_executions
            """)
        )
    await count(database)


async def test_a_test_run_counts_nowhere(database: Database) -> None:
    brand = await brand_of(database)
    for is_test in (True, False):
        run = await run_of(database, brand, status="completed", finished_at=func.now(), is_test=is_test)
        async with database.transaction() as session:
            session.add_all(answer_rows(brand, run.id, positions_rules="rules"))
    await due_of_all(database)
    assert (await sums(database, brand))[""].asked == 1


async def test_a_call_asked_again_another_day_leaves_the_day_before(database: Database) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    run = await leased(database, brand, collectors=["chatgpt"])
    refused = EngineError(ErrorKind.ENGINE_ERROR, "Busy.")
    async with fence(database, run) as fenced:
        (call,) = await calls.missing(fenced.session, run, ["chatgpt"])
        key = await calls.begin(fenced, call)
    assert key
    async with fence(database, run) as fenced:
        await calls.failed(fenced, call, key, refused, None, 1)
    async with database.transaction() as session:
        await session.execute(text("UPDATE query_executions SET day = day - 1"))
    await due_of_all(database)
    async with fence(database, run) as fenced:
        (call,) = await calls.missing(fenced.session, run, ["chatgpt"])
        key = await calls.begin(fenced, call)
    assert key
    async with fence(database, run) as fenced:
        await calls.failed(fenced, call, key, refused, None, 1)
    await count(database)
    of = (await sums(database, brand))[""]
    assert (of.asked, of.failed) == (1, 1), "it is one call, whenever it was asked"


async def test_calls_that_a_dead_worker_left_are_counted_as_failed(database: Database) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    run = await leased(database, brand, collectors=["chatgpt"])
    async with fence(database, run) as fenced:
        (call,) = await calls.missing(fenced.session, run, ["chatgpt"])
        await calls.begin(fenced, call)
    await count(database)
    assert await sums(database, brand) == {}, "what is under way is not counted yet"
    async with fence(database, run) as fenced:
        await calls.abandon(fenced)
    await count(database)
    assert (await sums(database, brand))[""].failed == 1


async def test_an_unknown_price_is_told_and_not_free(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    await collect(await leased(database, brand, collectors=["openai_compatible"]), database, engines_of())
    await count(database)
    of = (await sums(database, brand))[""]
    assert (of.cost_micro_usd, of.unpriced) == (0, 2)
    assert {answer.cost_micro_usd for answer in await of_rows(database, CollectorResult)} == {None}


async def test_a_name_just_added_has_no_number_until_answers_are_read_for_it(
    database: Database, engines_of: MakeEngines
) -> None:
    brand = await brand_of(database, questions=QUESTIONS)
    run = await leased(database, brand, collectors=["chatgpt", "claude"])
    await collect(run, database, engines_of())
    await score(run, database, NO_ENGINES)
    await count(database)
    async with database.transaction() as session:
        await session.execute(text("UPDATE competitors SET name = 'Tallymint'"))
    added = await estimate_of(database, brand, "Tallymint")
    assert (added.value, added.count) == (None, 0)
    assert (await estimate_of(database, brand, brand.name)).count == 4
    await score(run, database, NO_ENGINES)
    await count(database)
    assert (await estimate_of(database, brand, "Tallymint")).count == 4
    assert (await estimate_of(database, brand, brand.name)).count == 4
    rules = {of.rules: of.names for of in await of_rows(database, ReadingRules)}
    assert sorted(rules.values()) == [["Ledgerly", "Countwise"], ["Ledgerly", "Tallymint"]]
    assert len({cell.rules for cell in await of_rows(database, Cell)}) == 1, "no cell is left of the rules before"


async def estimate_of(database: Database, brand: Brand, name: str) -> Any:
    async with database.transaction() as session:
        learned = Learned(session, brand.customer_id, brand.id, brand.name)
        found = await numbers.insights(learned, Window(), None, None)
    return next(of.estimates["visibility"] for of in found.whole.names if of.name == name)


async def test_a_job_that_names_a_place_goes_before_the_question(database: Database) -> None:
    call = Call(Brand().id, "Q?", "T", "de", "DE", "chatgpt", 1)
    run = await leased(database, await brand_of(database), country="AT")
    placed = call.placed(run.options)
    assert (placed.locale, placed.country, placed.city) == ("de", "AT", None)


async def test_a_refused_call_is_asked_and_failed(database: Database, engines_of: MakeEngines) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    run = await leased(database, brand, collectors=["chatgpt"])
    async with fence(database, run) as fenced:
        (call,) = await calls.missing(fenced.session, run, ["chatgpt"])
        await calls.refused(fenced, call, EngineError(ErrorKind.BUDGET, "Spent."))
    await count(database)
    of = (await sums(database, brand))[""]
    assert (of.asked, of.failed, of.answers) == (1, 1, 0)


async def test_a_call_that_ends_while_others_are_counted_is_counted_next(database: Database) -> None:
    """Each statement of a count sees what was committed before it: a later one more than an earlier one."""
    brand = await brand_of(database)
    run = await run_of(database, brand, status="completed", finished_at=func.now())
    query_id = brand.id
    facts = facts_of(brand.customer_id, brand.id, Grain.DAY, [Due(query_id, "chatgpt", datetime.now(UTC).date())])
    async with database.transaction() as session:
        await make_cells(session, facts)
        async with database.transaction() as other:
            cited = {"search_queries": ["invoicing apps"], "positions_rules": "rules"}
            answered = answer_rows(brand, run.id, query_id=query_id, **cited)
            other.add_all(answered)
            await other.flush()
            page = {"url": "https://a.example/x", "domain": "a.example", "ordinal": 1}
            other.add(
                Citation(collector_result_id=answered[1].id, customer_id=brand.customer_id, brand_id=brand.id, **page)
            )
        for counted in (count_cells, count_names, count_citations, count_pages, count_searches):
            await counted(session, facts)
    assert await sums(database, brand) == {}
    await due_of_all(database)
    assert (await sums(database, brand))[""].answers == 1


@pytest.mark.parametrize("becomes", ["otherwise", "another text", "gone"])
async def test_a_change_of_what_a_person_said_of_a_question_has_its_answers_counted_anew(
    database: Database, becomes: str
) -> None:
    brand = await brand_of(database, questions=QUESTIONS[:1])
    run = await run_of(database, brand, status="completed", finished_at=func.now())
    async with database.transaction() as session:
        question = (await session.scalars(select(GeneratedQuery))).one()
        question.is_branded = True
        asked = {"query_id": question.id, "question": question.text, "positions_rules": "rules"}
        session.add_all(answer_rows(brand, run.id, **asked))
    await due_of_all(database)
    assert await branded(database) == {True: 1}
    key, text_of = str(question.id), question.text
    kept = {
        "otherwise": [QuestionContent(key, text_of, True, None, None, None)],
        "another text": [QuestionContent(key, "Another?", True, None, None, True)],
        "gone": [],
    }[becomes]
    content = BrandContent(brand.name, (), (), (), (), [TopicContent("Topic", kept)])
    async with database.transaction() as session:
        await brands.update(session, brand.id, None, content, Caller("test", Role.ADMIN))
    await count(database)
    assert await branded(database) == {False: 1}
