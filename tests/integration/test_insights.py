"""Numbers that follow from the answers, at any grain and however they are split."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import Caller
from answerbeat.database import Database
from answerbeat.rpc.caller import set_caller
from answerbeat.schema import Brand, CollectorResult, GeneratedQuery, ReadingRules, RollupDue
from answerbeat.wakeup import Wakeup
from brand_svc.insights import numbers, opportunities
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.store import evidence
from brand_svc.insights.store.learned import Learned, learn
from brand_svc.insights.store.window import Split, Window
from tests.integration.collecting import NO_ENGINES, score
from tests.integration.rows import answer_rows, brand_of
from tests.integration.test_collect import leased
from worker_svc.run import Run

QUESTIONS = tuple(f"Which invoicing app suits {trade}?" for trade in ("bakers", "cooks", "pilots", "tailors"))
FIRST = datetime(2025, 11, 20, 12, tzinfo=UTC)
BOTH = "1. **Ledgerly** – excellent.\n2. **Countwise** – a buggy mess.\n3. Tallymint"
BOTH_LATER = "1. **Countwise** is great.\n2. Paperloop\n3. **Ledgerly** works too."
OTHERS = "1. **Countwise** – reliable.\n2. **Tallymint** – cheap."
NOBODY = "It depends on your needs."


@pytest.fixture
async def brand(database: Database) -> Brand:
    set_caller(Caller("test", 3))
    return await brand_of(database, questions=QUESTIONS)


async def read_and_counted(run: Run, database: Database) -> None:
    await score(run, database, NO_ENGINES)
    await RollupDuty(database, Wakeup()).round()


async def stored(
    database: Database, brand: Brand, run: Run, said: list[tuple[int, str, str, datetime]]
) -> dict[str, UUID]:
    """Answers: (question's number, engine, text, when)."""
    async with database.transaction() as session:
        found = await session.scalars(select(GeneratedQuery).where(GeneratedQuery.brand_id == brand.id))
        queries = {query.text: query.id for query in found}
        for sample, (number, collector, answer, at) in enumerate(said, start=1):
            cited = [
                {"url": "https://www.ledgerly.example/a", "title": "L"},
                {"url": f"https://news{number}.example/x", "title": "N"},
            ]
            what = {"query_id": queries[QUESTIONS[number]], "question": QUESTIONS[number], "collector": collector}
            session.add_all(
                answer_rows(brand, run.id, at, **what, sample=sample, answer=answer, engine_citations=cited)
            )
    return queries


def of(session: AsyncSession, brand: Brand) -> Learned:
    return Learned(session, brand.customer_id, brand.id, brand.name)


async def test_each_look_is_planned_for_its_own_window(database: Database, brand: Brand) -> None:
    """A plan for all windows, which a connection falls into after some, reads the whole of a long history."""
    async with database.transaction() as session:
        await learn(session, brand.customer_id, brand.id, brand.name)
        assert await session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
    async with database.transaction() as session:
        assert await session.scalar(text("SHOW plan_cache_mode")) == "auto", "other statements are planned as ever"


async def look(
    database: Database, brand: Brand, window: Window | None = None, bucket: Split | None = None, by: Split | None = None
) -> numbers.Insights:
    async with database.transaction() as session:
        return await numbers.insights(of(session, brand), window or Window(), bucket, by)


async def test_the_numbers_follow_from_the_answers(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(0, "chatgpt", BOTH, FIRST), (0, "chatgpt", BOTH_LATER, FIRST), (1, "claude", OTHERS, FIRST),
            (2, "claude", NOBODY, FIRST)]  # fmt: skip
    await stored(database, brand, run, said)
    await read_and_counted(run, database)
    found = await look(database, brand)
    ours, theirs = found.whole.names
    assert (ours.name, theirs.name, found.whole.answers) == ("Ledgerly", "Countwise", 4)
    assert (ours.answers_named, ours.mentions, ours.citations) == (2, 2, 4)
    assert (theirs.answers_named, theirs.mentions) == (3, 3)
    values = {metric: estimate.value for metric, estimate in ours.estimates.items()}
    tone = values.pop("mean_sentiment")
    assert values == {"visibility": 0.5, "share_of_voice": 0.4, "mean_position": 2.0, "first_places": 0.25,
                      "citation_share": 0.5}  # fmt: skip
    assert tone > 0
    assert ours.estimates["visibility"].low < 0.5 < ours.estimates["visibility"].high
    assert ours.estimates["mean_position"].count == 2


async def test_rollups_agree_with_the_answers_whatever_the_window(database: Database, brand: Brand) -> None:
    """Random answers over 14 months, read in several goes; each window's sums are those counted from the answers."""
    chance = random.Random(7)
    run = await leased(database, brand)
    for _ in range(3):
        said = [
            (
                chance.randrange(4),
                chance.choice(["chatgpt", "claude"]),
                chance.choice([BOTH, BOTH_LATER, OTHERS, NOBODY]),
                FIRST + timedelta(days=chance.randrange(420), minutes=chance.randrange(1440)),
            )
            for _ in range(40)
        ]
        await stored(database, brand, await leased(database, brand), said)
        await read_and_counted(run, database)
    first = FIRST.date()
    for _ in range(25):
        start, end = sorted(first + timedelta(days=chance.randrange(-10, 430)) for _ in range(2))
        window = Window(start, end, chance.choice([None, "chatgpt"]))
        whole = (await look(database, brand, window)).whole
        async with database.transaction() as session:
            counted = (await session.execute(COUNTED, vars(window) | {"brand_id": brand.id})).one()
        ours = whole.names[0]
        assert (whole.answers, ours.answers_named, ours.mentions, ours.firsts) == tuple(counted)


COUNTED = text("""
    SELECT count(*), count(*) FILTER (WHERE mentions > 0), coalesce(sum(mentions), 0),
           count(*) FILTER (WHERE position = 1)
    FROM extracted_positions AS place
    JOIN collector_results AS answer ON answer.id = place.collector_result_id
    WHERE place.brand_id = :brand_id AND place.is_brand
      AND answer.created_at >= CAST(CAST(:start AS date) AS timestamp) AT TIME ZONE 'UTC'
      AND answer.created_at < CAST(CAST(:end AS date) AS timestamp) AT TIME ZONE 'UTC'
      AND (CAST(:collector AS text) IS NULL OR answer.collector = :collector)
""")


async def test_parts_and_buckets_add_up_to_the_whole(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(i % 4, ("chatgpt", "claude")[i % 2], (BOTH, OTHERS, NOBODY)[i % 3], FIRST + timedelta(days=i))
            for i in range(40)]  # fmt: skip
    await stored(database, brand, run, said)
    await read_and_counted(run, database)
    for by in (Split.COLLECTOR, Split.TOPIC, Split.QUESTION, Split.LOCALE, Split.COUNTRY):
        found = await look(database, brand, by=by)
        assert sum(part.answers for part in found.groups) == found.whole.answers == 40
        assert sum(part.names[0].mentions for part in found.groups) == found.whole.names[0].mentions
    for bucket, count in ((Split.DAY, 40), (Split.WEEK, 7), (Split.MONTH, 2)):
        found = await look(database, brand, bucket=bucket)
        assert len(found.series) == count
        assert sum(part.answers for part in found.series) == 40
    assert [part.key for part in found.series] == ["2025-11-01", "2025-12-01"]
    by_question = await look(database, brand, by=Split.QUESTION)
    assert set(by_question.labels.values()) == set(QUESTIONS)


async def test_a_change_is_flagged_only_where_it_is_more_than_chance(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    before = [(i % 4, "chatgpt", OTHERS if i % 4 else BOTH, FIRST - timedelta(days=1 + i % 7)) for i in range(80)]
    after = [(i % 4, "chatgpt", BOTH if i % 4 else OTHERS, FIRST + timedelta(days=i % 7)) for i in range(80)]
    await stored(database, brand, run, before + after)
    await read_and_counted(run, database)
    found = await look(database, brand, Window(FIRST.date(), FIRST.date() + timedelta(days=7)))
    assert (found.whole.answers, found.answers_before) == (80, 80)
    ours, theirs = found.whole.names
    assert ours.changes["visibility"].previous == 0.25
    assert ours.changes["visibility"].is_significant
    assert not theirs.changes["visibility"].is_significant  # named in all answers, before and after
    unbounded = await look(database, brand)
    assert (unbounded.answers_before, unbounded.whole.names[0].changes) == (None, {})


async def test_opportunities_are_questions_whose_answers_name_others(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(0, "chatgpt", BOTH, FIRST), (1, "chatgpt", OTHERS, FIRST), (1, "claude", OTHERS, FIRST),
            (2, "claude", OTHERS, FIRST), (2, "chatgpt", BOTH, FIRST), (3, "chatgpt", NOBODY, FIRST)]  # fmt: skip
    await stored(database, brand, run, said)
    await read_and_counted(run, database)
    async with database.transaction() as session:
        found = await opportunities.opportunities(of(session, brand), Window(), 10)
    assert [(o.question, o.answers, o.missed, o.brand_named, o.rivals) for o in found] == [
        (QUESTIONS[1], 2, 2, 0, [("Countwise", 2)]),
        (QUESTIONS[2], 2, 1, 1, [("Countwise", 2)]),
    ]
    assert [(s.domain, s.owner, s.citations) for s in found[0].sources] == [
        ("ledgerly.example", "Ledgerly", 2),
        ("news1.example", None, 2),
    ]


async def test_many_opportunities_take_no_more_statements_than_one(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    await stored(database, brand, run, [(number, "chatgpt", OTHERS, FIRST) for number in range(len(QUESTIONS))])
    await read_and_counted(run, database)
    statements: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    counts = []
    for limit in (1, len(QUESTIONS)):
        async with database.transaction() as session:
            found = await opportunities.opportunities(of(session, brand), Window(), limit)
        assert len(found) == limit
        assert all(one.sources for one in found)
        counts.append(len(statements))
        statements.clear()
    assert counts[0] == counts[1]


async def test_sources_rest_on_as_many_answers_as_insights(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(i % 4, ("chatgpt", "claude")[i % 2], (BOTH, OTHERS, NOBODY)[i % 3], FIRST + timedelta(days=i))
            for i in range(40)]  # fmt: skip
    await stored(database, brand, run, said)
    await read_and_counted(run, database)
    async with database.transaction() as session:
        # A name that was not tracked yet when some of the answers were read.
        late = update(CollectorResult).where(CollectorResult.collector == "claude")
        await session.execute(late.values(positions_rules="earlier"))
        session.add(ReadingRules(customer_id=brand.customer_id, brand_id=brand.id, rules="earlier", names=["Ledgerly"]))
        for query_id, day in {
            (answer.query_id, answer.day) for answer in await session.scalars(select(CollectorResult))
        }:
            session.add(RollupDue(brand_id=brand.id, query_id=query_id, collector="claude", day=day))
    await RollupDuty(database, Wakeup()).round()
    (of_late,) = [name for name in (await look(database, brand)).whole.names if name.name == "Countwise"]
    assert of_late.estimates["visibility"].count == 20, "it was looked for in half of the answers"
    for window in (Window(), Window(FIRST.date(), date(2025, 12, 5)), Window(collector="claude"), Window(topic="none")):
        whole = (await look(database, brand, window)).whole
        async with database.transaction() as session:
            answers, cited = await opportunities.sources(of(session, brand), window, 3)
        assert answers == whole.answers
        assert [(row.domain, row.answers) for row in cited[:1]] == [("ledgerly.example", answers)] * bool(answers)


async def test_names_that_lead_lists_are_suggested(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(0, "chatgpt", BOTH, FIRST), (1, "chatgpt", OTHERS, FIRST), (2, "chatgpt", BOTH_LATER, FIRST)]
    await stored(database, brand, run, said)
    await read_and_counted(run, database)
    async with database.transaction() as session:
        found = await opportunities.suggestions(of(session, brand))
    assert [(row.name, row.answers, float(row.mean_position)) for row in found] == [("Tallymint", 2, 2.5)]


async def test_a_number_can_be_followed_to_its_answers(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    said = [(i % 4, "chatgpt", (BOTH, OTHERS, NOBODY)[i % 3], FIRST) for i in range(12)]
    queries = await stored(database, brand, run, said)
    await read_and_counted(run, database)
    found = await look(database, brand, by=Split.QUESTION)
    assert [sum(numbers.answers_named for numbers in part.names) for part in found.groups] == [3, 3, 3, 3]
    async with database.transaction() as session:
        for part in found.groups:
            for numbers in part.names:
                wanted = evidence.Wanted(query_id=UUID(part.key), name=numbers.name)
                behind, _ = await evidence.answers(session, brand.id, wanted, 100, None)
                assert len(behind) == numbers.answers_named
        cited, _ = await evidence.answers(session, brand.id, evidence.Wanted(domain="news1.example"), 100, None)
    assert {facts.answer.query_id for facts in cited} == {queries[QUESTIONS[1]]}


async def test_without_answers_there_are_no_numbers(database: Database, brand: Brand) -> None:
    found = await look(database, brand, Window(date(2026, 1, 1), date(2026, 2, 1)), Split.DAY, Split.COLLECTOR)
    assert (found.whole.answers, found.series, found.groups, found.answers_before) == (0, [], [], None)
    assert [numbers.name for numbers in found.whole.names] == ["Ledgerly", "Countwise"]
    assert all(e.value is None for e in found.whole.names[0].estimates.values())
