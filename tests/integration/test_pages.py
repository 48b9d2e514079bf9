"""Cited pages and engines' searches: sums that follow from the answers, whatever was read, left out or read again."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.errors import InvalidField
from answerbeat.rpc.caller import set_caller
from answerbeat.schema import Brand, CellRollup, Citation, CollectorResult, GeneratedQuery, PageRollup, SearchRollup
from answerbeat.wakeup import Wakeup
from brand_svc.insights import pages
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.store import set_asides
from brand_svc.insights.store.exports import Table, batches
from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.page_sums import PageSum, WantedPages
from brand_svc.insights.store.search_sums import SearchSum
from brand_svc.insights.store.window import Window
from reading.sites import PageKind
from tests.integration.collecting import NO_ENGINES, leased, score
from tests.integration.rows import answer_rows, brand_of
from worker_svc.run import Run

QUESTIONS = tuple(f"Which invoicing app suits {trade}?" for trade in ("bakers", "cooks", "pilots"))
FIRST = datetime(2025, 11, 20, 12, tzinfo=UTC)
URLS = (
    "https://www.ledgerly.example/a", "https://countwise.example/b", "https://old.reddit.com/r/x", "https://shop.z.example",
    "https://en.wikipedia.org/wiki/Invoice", "https://www.nytimes.com/i", "https://blog.example/1", "https://blog.example/2",
)  # fmt: skip
SEARCHES = ("best invoicing app", "Best  invoicing APP", "STRASSE app", "straße app", " ", "invoicing 2026 🧾 تطبيق")
MANY = 500

Counted = dict[str, tuple[int, int]]


@pytest.fixture
async def brand(database: Database) -> Brand:
    set_caller(Caller("test", Role.ADMIN))
    return await brand_of(database, questions=QUESTIONS)


async def queries(database: Database, brand: Brand) -> dict[str, UUID]:
    async with database.transaction() as session:
        found = await session.scalars(select(GeneratedQuery).where(GeneratedQuery.brand_id == brand.id))
        return {query.text: query.id for query in found}


async def answered(database: Database, brand: Brand, run: Run, count: int, chance: random.Random, days: int) -> None:
    """Random answers, which cite and searched for this and that, over so many days."""
    keys = await queries(database, brand)
    async with database.transaction() as session:
        for sample in range(1, count + 1):
            question = chance.choice(QUESTIONS)
            cited = [
                {"url": url, "title": chance.choice([None, "T"])} for url in chance.sample(URLS, chance.randrange(5))
            ]
            what = {"query_id": keys[question], "question": question, "collector": chance.choice(["chatgpt", "claude"])}
            told = {"engine_citations": cited, "search_queries": chance.choices(SEARCHES, k=chance.randrange(4))}
            at = FIRST + timedelta(days=chance.randrange(days), minutes=chance.randrange(600))
            session.add_all(answer_rows(brand, run.id, at, **what, **told, sample=sample))


async def count(database: Database) -> None:
    await RollupDuty(database, Wakeup()).round()


async def read_and_counted(database: Database, run: Run) -> None:
    await score(run, database, NO_ENGINES)
    await count(database)


def of(session: object, brand: Brand) -> Learned:
    return Learned(session, brand.customer_id, brand.id, brand.name)


async def cited(database: Database, brand: Brand, window: Window | None = None, **wanted: object) -> list[PageSum]:
    async with database.transaction() as session:
        _, rows, _ = await pages.pages(of(session, brand), window or Window(), WantedPages(**wanted), MANY)
    return list(rows)


async def made(database: Database, brand: Brand, window: Window | None = None) -> list[SearchSum]:
    async with database.transaction() as session:
        _, rows, _ = await pages.searches(of(session, brand), window or Window(), None, MANY)
    return list(rows)


async def by_hand(database: Database, brand: Brand, window: Window) -> tuple[Counted, Counted]:
    """Pages and searches by how many answers, and how often, counted one by one from the answers that count."""
    by_page: dict[str, list[UUID]] = defaultdict(list)
    by_search: dict[str, list[UUID]] = defaultdict(list)
    async with database.transaction() as session:
        aside = set((await session.execute(text(ASIDE), {"brand_id": brand.id})).scalars())
        wanted = [
            answer
            for answer in await session.scalars(select(CollectorResult).where(CollectorResult.brand_id == brand.id))
            if answer.positions_rules
            and answer.id not in aside
            and (window.start is None or answer.day >= window.start)
            and (window.end is None or answer.day < window.end)
            and window.collector in (None, answer.collector)
            and window.query_id in (None, answer.query_id)
        ]
        for answer in wanted:
            for page in await session.scalars(select(Citation).where(Citation.collector_result_id == answer.id)):
                by_page[page.url].append(answer.id)
            for search in answer.search_queries:
                if search.strip():
                    by_search[" ".join(search.split()).casefold()].append(answer.id)
    return (
        {url: (len(set(answers)), len(answers)) for url, answers in by_page.items()},
        {search: (len(set(answers)), len(answers)) for search, answers in by_search.items()},
    )


ASIDE = """
    SELECT answer.id FROM collector_results AS answer
    JOIN set_asides AS aside ON aside.answer_id = answer.id OR aside.job_run_id = answer.job_run_id
    WHERE answer.brand_id = :brand_id AND aside.back_at IS NULL
"""


async def agree(database: Database, brand: Brand, window: Window) -> None:
    """The sums of a window are those counted from the answers one by one."""
    by_page, by_search = await by_hand(database, brand, window)
    assert {row.url: (row.answers, row.citations) for row in await cited(database, brand, window)} == by_page
    found = {
        " ".join(row.text.split()).casefold(): (row.answers, row.times) for row in await made(database, brand, window)
    }
    assert found == by_search


def windows(chance: random.Random, keys: dict[str, UUID], days: int, count: int) -> list[Window]:
    found = [Window()]
    for _ in range(count):
        start, end = sorted(FIRST.date() + timedelta(days=chance.randrange(-5, days + 5)) for _ in range(2))
        collector, query_id = chance.choice([None, "chatgpt"]), chance.choice([None, keys[QUESTIONS[0]]])
        found.append(Window(start, end, collector, None, query_id))
    return found


async def test_sums_agree_with_the_answers_whatever_the_window(database: Database, brand: Brand) -> None:
    chance = random.Random(7)
    for _ in range(3):
        run = await leased(database, brand)
        await answered(database, brand, run, 40, chance, 60)
        await read_and_counted(database, run)
    async with database.transaction() as session:
        # Answers that nobody has read yet count in no number.
        await session.execute(text("UPDATE collector_results SET positions_rules = NULL WHERE sample % 4 = 0"))
        await session.execute(
            text("""
            INSERT INTO rollups_due (brand_id, query_id, collector, day)
            SELECT brand_id, query_id, collector, day FROM collector_results
        """)
        )
    await count(database)
    for window in windows(chance, await queries(database, brand), 60, 20):
        await agree(database, brand, window)


async def exported(database: Database, brand: Brand, table: Table, window: Window) -> list[dict]:
    async with database.transaction() as session:
        taken = batches(session, brand.id, table, window.start, window.end)
        return [row async for rows in taken for row in rows]


async def test_files_hold_each_week_question_and_engine_apart(database: Database, brand: Brand) -> None:
    chance = random.Random(11)
    run = await leased(database, brand)
    await answered(database, brand, run, 80, chance, 25)
    await read_and_counted(database, run)
    start, end = FIRST.date() + timedelta(days=3), FIRST.date() + timedelta(days=20)
    of_pages = await exported(database, brand, Table.PAGES, Window(start, end))
    of_searches = await exported(database, brand, Table.SEARCHES, Window(start, end))
    assert len({row["week"] for row in of_pages}) == 4
    for week in {row["week"] for row in of_pages}:
        for query_id in (await queries(database, brand)).values():
            days = max(start, week), min(end, week + timedelta(days=7))
            by_page, by_search = await by_hand(database, brand, Window(*days, "claude", None, query_id))
            key = (week, str(query_id), "claude")
            assert {
                row["url"]: (row["answers"], row["citations"])
                for row in of_pages
                if (row["week"], row["query_id"], row["collector"]) == key
            } == by_page
            assert {
                " ".join(row["search"].split()).casefold(): (row["answers"], row["times"])
                for row in of_searches
                if (row["week"], row["query_id"], row["collector"]) == key
            } == by_search
    known = {page.url: page for page in await cited(database, brand)}
    for row in of_pages:
        page = known[row["url"]]
        assert (row["kind"], row["owner"], row["title"], row["first_seen"], row["last_seen"]) == (
            page.kind, page.owner, page.title, page.first_seen, page.last_seen,
        )  # fmt: skip
    whole = await exported(database, brand, Table.PAGES, Window())
    assert sum(row["citations"] for row in whole) == sum(page.citations for page in known.values())


async def test_places_are_apart_in_files(database: Database, brand: Brand) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    run = await leased(database, brand)
    async with database.transaction() as session:
        for sample, country in enumerate(("GB", "US", None), start=1):
            told = {"engine_citations": [{"url": URLS[0], "title": None}], "search_queries": ["a"], "country": country}
            what = {"query_id": query_id, "question": question, **told}
            session.add_all(answer_rows(brand, run.id, FIRST, **what, sample=sample))
    await read_and_counted(database, run)
    for table in (Table.PAGES, Table.SEARCHES):
        rows = await exported(database, brand, table, Window())
        assert {(row["country"], row["question"], row["answers"]) for row in rows} == {
            ("GB", question, 1), ("US", question, 1), (None, question, 1),
        }  # fmt: skip


async def test_sums_are_kept_by_week_and_day(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    await answered(database, brand, run, 60, random.Random(1), 30)
    await read_and_counted(database, run)
    async with database.transaction() as session:
        for table, summed in ((PageRollup, PageRollup.citations), (SearchRollup, SearchRollup.times)):
            days = await session.scalar(select(func.sum(summed)).where(table.grain == "day"))
            weeks = await session.scalar(select(func.sum(summed)).where(table.grain == "week"))
            assert days == weeks > 0
            starts = set(await session.scalars(select(table.starts_on).where(table.grain == "week")))
            assert {day.weekday() for day in starts} == {0}
            assert len(starts) > 3


async def test_what_is_set_aside_counts_nowhere_and_again_once_it_is_taken_back(
    database: Database, brand: Brand
) -> None:
    chance = random.Random(3)
    runs = [await leased(database, brand) for _ in range(2)]
    for run in runs:
        await answered(database, brand, run, 30, chance, 20)
    await read_and_counted(database, runs[0])
    whole = await cited(database, brand), await made(database, brand)
    async with database.transaction() as session:
        answer_id = await session.scalar(select(CollectorResult.id).where(CollectorResult.job_run_id == runs[1].id))
        assert await set_asides.set_run_aside(session, runs[0].id, "a wrong place", "test")
        assert await set_asides.set_answer_aside(session, answer_id, "not an answer", "test")
    await count(database)
    for window in windows(chance, await queries(database, brand), 20, 5):
        await agree(database, brand, window)
    assert (await cited(database, brand), await made(database, brand)) != whole
    async with database.transaction() as session:
        assert await set_asides.take_run_back(session, runs[0].id, "test")
        assert await set_asides.take_answer_back(session, answer_id, "test")
    await count(database)
    assert (await cited(database, brand), await made(database, brand)) == whole


async def test_nothing_is_left_of_pages_of_answers_that_are_all_set_aside(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    await answered(database, brand, run, 10, random.Random(5), 3)
    await read_and_counted(database, run)
    assert await cited(database, brand)
    async with database.transaction() as session:
        await set_asides.set_run_aside(session, run.id, "a test", "test")
    await count(database)
    assert (await cited(database, brand), await made(database, brand)) == ([], [])
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(PageRollup)) == 0
        assert await session.scalar(select(func.count()).select_from(CellRollup)) == 0


async def test_answers_that_are_read_again_count_by_their_new_reading(database: Database, brand: Brand) -> None:
    run = await leased(database, brand)
    await answered(database, brand, run, 30, random.Random(9), 20)
    await read_and_counted(database, run)
    async with database.transaction() as session:
        await session.execute(
            text("""
            UPDATE collector_results
            SET positions_rules = 'earlier',
                engine_citations = '[{"url": "https://new.example/", "title": "<b>New</b>"}]'
            WHERE collector = 'claude'
        """)
        )
    await read_and_counted(database, run)
    await agree(database, brand, Window())
    await agree(database, brand, Window(collector="claude"))
    (new,) = await cited(database, brand, Window(collector="claude"))
    assert (new.url, new.title, new.domain) == ("https://new.example", "<b>New</b>", "new.example")


async def test_days_whose_answers_retention_took_stay_when_the_rest_of_their_week_is_counted_anew(
    database: Database, brand: Brand
) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    runs = [await leased(database, brand) for _ in range(2)]
    monday = datetime(2025, 11, 17, 12, tzinfo=UTC)
    async with database.transaction() as session:
        for run, day in zip(runs, (0, 3), strict=True):
            told = {"engine_citations": [{"url": URLS[0], "title": None}], "search_queries": ["a"]}
            what = {"query_id": query_id, "question": question, **told}
            session.add_all(answer_rows(brand, run.id, monday + timedelta(days=day), **what))
    await read_and_counted(database, runs[0])
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM job_runs WHERE id = :id"), {"id": runs[0].id})
        await session.execute(text("UPDATE collector_results SET positions_rules = NULL"))
    await read_and_counted(database, runs[1])
    (page,), (search,) = await cited(database, brand), await made(database, brand)
    assert (page.answers, search.answers) == (2, 2)
    assert (page.first_seen, page.last_seen) == (date(2025, 11, 17), date(2025, 11, 20))


async def test_first_and_last_seen_are_of_all_answers_that_count(database: Database, brand: Brand) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    runs = [await leased(database, brand) for _ in range(3)]
    async with database.transaction() as session:
        for number, run in enumerate(runs):
            told = {
                "engine_citations": [{"url": URLS[6], "title": "T" * number}],
                "search_queries": [f"{'A' * number}x"],
            }
            what = {"query_id": query_id, "question": question, **told}
            session.add_all(answer_rows(brand, run.id, FIRST + timedelta(days=10 * number), **what))
    await read_and_counted(database, runs[0])
    days = [FIRST.date() + timedelta(days=10 * number) for number in range(3)]
    (page,) = await cited(database, brand, Window(days[1], days[1] + timedelta(days=1)))
    assert (page.answers, page.first_seen, page.last_seen, page.title) == (1, days[0], days[2], "TT")
    async with database.transaction() as session:
        await set_asides.set_run_aside(session, runs[0].id, "a test", "test")
    await count(database)
    (page,) = await cited(database, brand)
    assert (page.answers, page.first_seen, page.last_seen) == (2, days[1], days[2])


async def test_a_page_has_the_fullest_title_that_any_answer_gave_it_whenever(database: Database, brand: Brand) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    for number, title in enumerate(("Short", "A fuller title", None, "Other")):
        run = await leased(database, brand)
        async with database.transaction() as session:
            told = {"engine_citations": [{"url": URLS[6], "title": title}]}
            at = FIRST + timedelta(days=number)
            session.add_all(answer_rows(brand, run.id, at, query_id=query_id, question=question, **told))
        await read_and_counted(database, run)
    (page,) = await cited(database, brand)
    assert (page.title, page.answers) == ("A fuller title", 4)


async def test_a_search_is_shown_as_it_was_first_written(database: Database, brand: Brand) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    run = await leased(database, brand)
    async with database.transaction() as session:
        for sample, search in enumerate(("Best  App", "best app", "BEST APP\n"), start=1):
            what = {"query_id": query_id, "question": question, "search_queries": [search, search]}
            session.add_all(answer_rows(brand, run.id, FIRST + timedelta(minutes=sample), **what, sample=sample))
    await read_and_counted(database, run)
    (found,) = await made(database, brand)
    assert (found.text, found.answers, found.times) == ("Best  App", 3, 6)


async def kinds(database: Database, brand: Brand) -> dict[str, str]:
    return {row.url: row.kind for row in await cited(database, brand)}


async def say(database: Database, brand: Brand, kind: PageKind | None, url: str = "", domain: str = "") -> None:
    async with database.transaction() as session:
        await pages.say_kind(of(session, brand), pages.named(url, domain), kind, "test")


async def test_a_kind_is_by_whose_it_is_then_by_the_list_and_by_hand_before_both(
    database: Database, brand: Brand
) -> None:
    (question, query_id), *_ = (await queries(database, brand)).items()
    run = await leased(database, brand)
    async with database.transaction() as session:
        told = {"engine_citations": [{"url": url, "title": None} for url in URLS]}
        session.add_all(answer_rows(brand, run.id, FIRST, query_id=query_id, question=question, **told))
    await read_and_counted(database, run)
    by_rules = dict(
        zip(URLS, ("own", "competitor", "forum", "shop", "reference", "press", "other", "other"), strict=True)
    )
    assert await kinds(database, brand) == by_rules
    await say(database, brand, PageKind.PRESS, domain="https://Blog.example/")
    await say(database, brand, PageKind.FORUM, url="https://BLOG.example:443/2/?utm_source=x#y")
    await say(database, brand, PageKind.SHOP, domain="www.ledgerly.example")
    await say(database, brand, PageKind.PRESS, domain="shop.z.example")
    await say(database, brand, PageKind.FORUM, domain="z.example")
    said = {URLS[6]: "press", URLS[7]: "forum", URLS[0]: "shop", URLS[3]: "press"}
    assert await kinds(database, brand) == by_rules | said
    assert {row.url for row in await cited(database, brand) if row.is_kind_by_hand} == set(said)
    assert {row.url for row in await cited(database, brand, kind=PageKind.FORUM)} == {URLS[7], URLS[2]}
    assert {row.url for row in await cited(database, brand, domain="blog.example")} == set(URLS[6:])
    assert [row.url for row in await cited(database, brand, domain="old.reddit.com")] == [URLS[2]]
    await say(database, brand, PageKind.OTHER, url=URLS[7])
    assert (await kinds(database, brand))[URLS[7]] == "other"
    await say(database, brand, None, URLS[7])
    for domain in ("blog.example", "ledgerly.example", "shop.z.example"):
        await say(database, brand, None, domain=domain)
    assert await kinds(database, brand) == by_rules | {URLS[3]: "forum"}
    await say(database, brand, None, domain="z.example")
    await say(database, brand, None, URLS[2])  # nobody had said anything
    assert await kinds(database, brand) == by_rules


@pytest.mark.parametrize(
    ("url", "domain", "field"),
    [
        ("", "", "url"),
        ("https://a.example", "a.example", "url"),
        ("javascript:alert(1)", "", "url"),
        ("", "a b", "domain"),
        ("", "https://[", "domain"),
    ],
)
def test_what_names_no_page_or_domain_is_refused(url: str, domain: str, field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        pages.named(url, domain)
    assert refused.value.violations[0].field == field


LONG = "https://long.example/" + "".join(random.Random(1).choices("aé日🧾", k=8_000))
TITLE = '<script>alert("x")</script> \u202eمرحبا\u202c 🧾 =1+1'


async def test_ten_thousand_pages_in_a_week_and_addresses_of_8000_characters(database: Database, brand: Brand) -> None:
    """Written as citations directly: reading keeps no address as long as that."""
    (question, query_id), *_ = (await queries(database, brand)).items()
    run = await leased(database, brand)
    async with database.transaction() as session:
        for sample in range(1, 101):
            what = {"query_id": query_id, "question": question, "search_queries": [LONG + str(sample % 2)]}
            session.add_all(answer_rows(brand, run.id, FIRST, **what, sample=sample, positions_rules="r"))
        await session.flush()
        await session.execute(
            text("""
                INSERT INTO citations (collector_result_id, customer_id, brand_id, ordinal, url, title, domain)
                SELECT id, customer_id, brand_id, page,
                       CASE page WHEN 1 THEN :url ELSE 'https://long.example/' END || sample * 100 + page, :title,
                       'long.example'
                FROM collector_results, generate_series(1, 100) AS page
            """),
            {"url": LONG, "title": TITLE},
        )
        await session.execute(
            text("""
            INSERT INTO rollups_due (brand_id, query_id, collector, day)
            SELECT DISTINCT brand_id, query_id, collector, day FROM collector_results
        """)
        )
    await count(database)
    found: list[PageSum] = []
    async with database.transaction() as session:
        answers, rows, last = await pages.pages(of(session, brand), Window(), WantedPages(), 3_000)
        found += rows
        while last:
            wanted = WantedPages(after=last.place)
            _, rows, last = await pages.pages(of(session, brand), Window(), wanted, 3_000)
            found += rows
    assert (answers, len(found), len({row.url for row in found})) == (100, 10_000, 10_000)
    assert sum(row.url.startswith(LONG) for row in found) == 100
    assert {(row.title, row.domain) for row in found} == {(TITLE, "long.example")}
    assert {(row.text, row.answers) for row in await made(database, brand)} == {(f"{LONG}{odd}", 50) for odd in (0, 1)}
