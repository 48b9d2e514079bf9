"""Insights over 1,000,000 answers beside those over 100,000: how long they take, and the ratio.

100 questions, 5 engines, 5 samples a day, for 400 days and for 40; 6 names, and 8 domains cited. The rollups are made
up by day, as scoring would leave them; those of months and years are the product's own sums. What is timed is all that
the service does between request and response, but for gRPC.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import Caller
from answerbeat.database import Database
from answerbeat.rpc.caller import set_caller
from answerbeat.schema import Brand, Competitor, Customer
from bench.postgres import fresh_database
from brand_svc.insights import numbers
from brand_svc.insights.api.number_messages import insights_message
from brand_svc.insights.store.cell_rollups import sum_cells
from brand_svc.insights.store.citation_rollups import sum_citations
from brand_svc.insights.store.due import Due, facts_of
from brand_svc.insights.store.learned import learn
from brand_svc.insights.store.name_rollups import sum_names
from brand_svc.insights.store.spans import Grain, first_day
from brand_svc.insights.store.window import Split, Window

QUESTIONS, ENGINES, SAMPLES, DOMAINS = 100, 5, 5, 8
RIVALS = ("Countwise", "Tallymint", "Sumly", "Paperloop", "Billow")
DAYS = {"100,000": 40, "1,000,000": 400}
ROUNDS = 40
LAST = datetime.now(UTC).date()

CELLS = """
    FROM cells AS cell,
         generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS day (starts)"""

FILL_CELLS = text("""
    INSERT INTO cells (customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, locale,
                       country, city, model, rules)
    SELECT :customer_id, :brand_id, CAST(md5('q' || question.number) AS uuid), CAST('' AS bytea),
           'topic' || question.number % 10, FALSE, 'engine' || engine.number, 'api', 'en', 'US', '', 'm', 'rules'
    FROM generate_series(1, :questions) AS question (number), generate_series(1, :engines) AS engine (number)
""")
FILL_RULES = text("INSERT INTO reading_rules VALUES (:customer_id, :brand_id, 'rules', :names)")
FILL_SUMS = text(f"""
    INSERT INTO cell_rollups
    SELECT :customer_id, :brand_id, 'day', CAST(day.starts AS date), cell.id, :samples, :samples, 0, 0, :samples,
           4 * :domains, 1000, 0
    {CELLS}
    WHERE cell.brand_id = :brand_id
""")
FILL_NAMES = text(f"""
    INSERT INTO name_rollups
    SELECT :customer_id, :brand_id, 'day', CAST(day.starts AS date), cell.id, name.name, facts.named, 2 * facts.named,
           facts.named, 2 * facts.named, facts.named / 2, facts.named, 0.3 * facts.named, 1, 1
    {CELLS},
         unnest(CAST(:names AS text[])) AS name (name),
         LATERAL (SELECT CAST(floor(random() * (:samples + 1)) AS integer) AS named WHERE name.name <> '') AS facts
    WHERE cell.brand_id = :brand_id AND facts.named > 0
""")
FILL_CITATIONS = text(f"""
    INSERT INTO citation_rollups
    SELECT :customer_id, :brand_id, 'day', CAST(day.starts AS date), cell.id,
           'domain' || (cell.id + site.number) % 40 || '.example', CASE site.number WHEN 1 THEN 'Ledgerly' END, 3, 4
    {CELLS},
         generate_series(1, :domains) AS site (number)
    WHERE cell.brand_id = :brand_id
""")


async def fill(database: Database, name: str, days: int) -> Brand:
    """A brand with rollups of so many days."""
    first = LAST - timedelta(days=days - 1)
    async with database.transaction() as session:
        customer = Customer(name=name)
        session.add(customer)
        await session.flush()
        brand = Brand(customer_id=customer.id, name="Ledgerly")
        session.add(brand)
        await session.flush()
        whose = {"customer_id": customer.id, "brand_id": brand.id}
        session.add_all(Competitor(**whose, name=rival, aliases=[], domains=[]) for rival in RIVALS)
        await session.flush()
        facts = {**whose, "first": first, "last": LAST, "samples": SAMPLES, "domains": DOMAINS}
        names = {"names": ["Ledgerly", *RIVALS]}
        await session.execute(FILL_CELLS, {**whose, "questions": QUESTIONS, "engines": ENGINES})
        await session.execute(FILL_RULES, whose | names)
        await session.execute(FILL_SUMS, facts)
        await session.execute(FILL_NAMES, facts | names)
        await session.execute(FILL_CITATIONS, facts)
        await _add_up(session, brand, days)
        # As autovacuum does within a minute of so many rows: without, joins are planned for a handful.
        await session.execute(text("ANALYZE cells, cell_rollups, name_rollups, citation_rollups, reading_rules"))
        return brand


async def _add_up(session: AsyncSession, brand: Brand, days: int) -> None:
    pairs = "SELECT DISTINCT query_id, collector FROM cells WHERE brand_id = :brand_id"
    asked = (await session.execute(text(pairs), {"brand_id": brand.id})).all()
    for grain in (Grain.MONTH, Grain.YEAR):
        starts = {first_day(grain, LAST - timedelta(days=i)) for i in range(days)}
        due = [Due(query_id, collector, start) for query_id, collector in asked for start in starts]
        facts = facts_of(brand.customer_id, brand.id, grain, due)
        await sum_cells(session, facts)
        await sum_names(session, facts)
        await sum_citations(session, facts)


async def measure(database: Database, brand: Brand, window: Window, **split: Split) -> float:
    """The 95th percentile in milliseconds."""

    async def once() -> None:
        async with database.transaction() as session:
            learned = await learn(session, brand.customer_id, brand.id, "Ledgerly")
            insights_message(await numbers.insights(learned, window, split.get("bucket"), split.get("by")))

    return await _p95(once)


async def _p95(work: Callable[[], Awaitable[None]]) -> float:
    await work()
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[int(0.95 * ROUNDS)]


WINDOWS = {
    "last 28 days against the 28 before": (Window(LAST - timedelta(days=27)), {}),
    "the same, by engine": (Window(LAST - timedelta(days=27)), {"by": Split.COLLECTOR}),
    "all": (Window(), {}),
    "all, by engine": (Window(), {"by": Split.COLLECTOR}),
    "all, by month": (Window(), {"bucket": Split.MONTH}),
}


async def run() -> None:
    """Fills, and measures both sizes in turn."""
    set_caller(Caller("bench", 3))
    with fresh_database() as url:
        async with Database(url, 4) as database:
            brands = {size: await fill(database, size, days) for size, days in DAYS.items()}
            async with database.engine.connect() as connection:
                bare = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await bare.execute(text("VACUUM ANALYZE"))
            for title, (window, split) in WINDOWS.items():
                small, large = [await measure(database, brand, window, **split) for brand in brands.values()]
                print(f"{title}: p95 {small:.0f} ms over 100,000 answers, {large:.0f} ms over 1,000,000:"
                      f" {large / small:.2f} x (aims: 300 ms, 1.5 x)")  # fmt: skip


def main() -> None:
    """Runs it."""
    asyncio.run(run())
