"""A database that the code of an earlier schema has left is brought to the newest one, with its rows, and read.

The dumps are made by `python -m tests.dumps`, which says what is in them.
"""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.rpc.caller import set_caller
from answerbeat.schema import CellRollup, QueryExecution, RollupDue
from answerbeat.schema.migrate import migrate
from answerbeat.schema.revision import NEEDED
from answerbeat.v1 import brand_pb2, insight_pb2, limit_pb2
from answerbeat.wakeup import Wakeup
from brand_svc.catalog.api.brand_service import BrandServicer
from brand_svc.catalog.api.limit_service import LimitServicer
from brand_svc.catalog.duties.removal import RemovalDuty
from brand_svc.catalog.operations import brands, tokens
from brand_svc.insights.api.insight_service import InsightServicer
from brand_svc.insights.duties.rollups import RollupDuty
from scheduler_svc.duties.removals import Removals
from tests.dumps import DUMPS
from tests.integration.conftest import empty
from tests.integration.stack import Stack

REVISIONS = [f"{number:04}" for number in range(1, int(NEEDED))]
WHO = Caller("test", Role.ADMIN)
BRAND = "01900000-0000-7000-8000-000000000010"
CUSTOMER = "01900000-0000-7000-8000-000000000001"
RUN = "01900000-0000-7000-8000-000000000030"
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
COUNTED_ANEW = ("alembic_version", "rollups_due")


def count(url: str) -> dict[str, int]:
    """How many rows each table has."""
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        counts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
        return dict(connection.execute(counts).fetchall())


def load(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute((DUMPS / f"{revision}.sql").read_bytes())


@pytest.fixture(params=REVISIONS)
def earlier(request: pytest.FixtureRequest, server: str) -> Iterator[str]:
    """A database as an earlier schema's code has left it."""
    with empty(server) as url:
        load(url, request.param)
        yield url


def test_each_earlier_schema_has_its_dump() -> None:
    assert [path.stem for path in sorted(Path(DUMPS).glob("*.sql"))] == REVISIONS


def test_no_table_of_a_dump_is_empty(earlier: str) -> None:
    assert [table for table, rows in count(earlier).items() if not rows] == []


async def test_an_earlier_schema_is_upgraded_with_its_rows_and_read(earlier: str) -> None:
    before = count(earlier)
    migrate(earlier)
    after = count(earlier)
    assert {table: after[table] for table in before if table not in COUNTED_ANEW} == {
        table: rows for table, rows in before.items() if table not in COUNTED_ANEW
    }
    assert after["spendings"] >= 1, "the bill of earlier calls is known"
    set_caller(WHO)
    async with Database(earlier) as database:
        await database.ping()
        catalog, insights = BrandServicer(database), InsightServicer(database)
        customers = await catalog.ListCustomers(brand_pb2.ListCustomersRequest(), None)
        names = [customer.name for customer in customers.customers]
        assert names == ["Customer without a brand", "Customer of Ledgerly"]
        brand = (await catalog.GetBrand(brand_pb2.GetBrandRequest(brand_id=BRAND), None)).brand
        assert (brand.name, [*brand.domains], brand.competitors[0].name) == (
            "Ledgerly", ["ledgerly.example"], "Countwise",
        )  # fmt: skip
        topics = await catalog.ListTopicsQueries(brand_pb2.ListTopicsQueriesRequest(brand_id=BRAND), None)
        assert (topics.total_queries, topics.active_queries) == (2, 1)
        limits = await LimitServicer(database).ListLimits(limit_pb2.ListLimitsRequest(), None)
        assert {(limit.key, limit.max_concurrent) for limit in limits.limits} >= {(BRAND, 2), ("chatgpt", 0)}
        answers = await insights.ListAnswers(insight_pb2.ListAnswersRequest(brand_id=BRAND), None)
        assert [(answer.collector, len(answer.citations)) for answer in answers.answers] == [("chatgpt", 1)]
        calls = await insights.ListCalls(insight_pb2.ListCallsRequest(run_id=RUN), None)
        assert {call.collector for call in calls.calls} >= {"chatgpt", "perplexity"}
        async with database.transaction() as session:
            assert [token.name for token in await tokens.list_all(session, WHO)] == ["of a page"]
        await RollupDuty(database, Wakeup()).round()
        async with database.transaction() as session:
            assert (await session.scalars(select(RollupDue))).all() == [], "all is counted"
            of_day = select(func.sum(CellRollup.asked)).where(CellRollup.grain == "day")
            ended = select(func.count()).where(QueryExecution.answer_id.is_(None), QueryExecution.status != "asking")
            assert await session.scalar(of_day) == await session.scalar(ended) >= 2


async def test_a_brand_of_an_earlier_schema_is_removed_with_all_that_it_had(earlier: str) -> None:
    migrate(earlier)
    async with Database(earlier) as database:
        async with database.transaction() as session:
            await brands.delete(session, (await brands.list_page(session, "", 1, None, WHO))[0][0].id, WHO)
        await Removals(database, Wakeup()).end()
        assert await RemovalDuty(database, Wakeup()).round() == 0
    left = {table for table, rows in count(earlier).items() if rows}
    stay = {"alembic_version", "api_tokens", "customers", "engine_pauses", "idempotency_keys", "limits", "spendings"}
    assert left - {"worker_engines"} == stay - {table for table in stay if not count(earlier)[table]}


async def test_the_services_serve_what_the_first_schema_left(server: str, tmp_path: Path) -> None:
    with empty(server) as url:
        load(url, REVISIONS[0])
        migrate(url)
        async with Stack(url, tmp_path) as stack:
            runs = (await stack.http.get("/api/admin/job-runs", params={"brand_id": BRAND})).json()["data"]
            assert [run["status"] for run in runs] == ["cancelled", "completed"]
            (job,) = (await stack.http.get("/api/admin/scheduled-jobs")).json()["data"]
            assert (job["cron_expression"], job["timezone"]) == ("0 9 * * *", "Europe/Berlin")
            events = (await stack.http.get(f"/api/admin/scheduled-jobs/{job['id']}/events")).json()["data"]
            assert [event["kind"] for event in events] == ["fired"]
            # Its answer is read once more, by today's rules, and counted.
            body = {"job_type": "scoring"}
            started = await stack.post(f"/api/admin/brands/{BRAND}/runs", body)
            ended = await stack.until_ended(started["id"])
            assert ended["metrics"]["scoring"]["positions_processed"] == 1
            path = f"/api/admin/brands/{BRAND}/insights"
            found = (await stack.http.get(path, params={"from": "2026-11-01T00:00:00Z"})).json()
            assert found["answers"] == 1
