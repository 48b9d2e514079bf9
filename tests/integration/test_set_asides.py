"""What is left out of the numbers: they are those of the answers that are left, until it is taken back."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import Caller, Role
from answerbeat.database import Database
from answerbeat.errors import Conflict, NotFound
from answerbeat.ids import new_id
from answerbeat.kinds import JobType
from answerbeat.schema import Brand, CollectorResult, GeneratedQuery, JobRun, SetAside, Spending
from answerbeat.wakeup import Wakeup
from brand_svc.insights import numbers, opportunities
from brand_svc.insights.duties.rollups import RollupDuty
from brand_svc.insights.operations import set_asides
from brand_svc.insights.store.learned import Learned
from brand_svc.insights.store.window import Window
from scheduler_svc.operations import manual
from tests.integration.collecting import NO_ENGINES, leased, score
from tests.integration.rows import answer_rows, brand_of, job_of, run_of
from tests.integration.stack import Stack
from tests.integration.test_api import problem

WHO = Caller("Ada", Role.OPERATOR)
FILE = {"table": "answers", "format": "jsonl"}
FIRST = datetime(2025, 11, 20, 12, tzinfo=UTC)
SAID = ("1. **Ledgerly** – excellent.\n2. **Countwise**", "1. **Countwise**\n2. Tallymint", "It depends.")
SPANS = ((None, None), (FIRST.date(), (FIRST + timedelta(days=1)).date()), ("2025-11-01", "2025-12-01"),
         ("2025-01-01", "2026-01-01"))  # fmt: skip
"""All, a day, a month, a year."""

COUNTED = text("""
    SELECT (SELECT count(*) FROM query_executions AS call
            WHERE call.brand_id = :brand_id AND call.job_run_id <> ALL(:runs)
              AND NOT EXISTS (SELECT FROM collector_results AS answer
                              WHERE answer.job_run_id = call.job_run_id AND answer.query_id = call.query_id
                                AND answer.sample = call.sample AND answer.id = ANY(:answers))
              AND call.day >= coalesce(CAST(:start AS date), '-infinity')
              AND call.day < coalesce(CAST(:end AS date), 'infinity')) AS asked,
           count(*) FILTER (WHERE mentions > 0) AS named,
           coalesce(sum(mentions), 0) AS mentions
    FROM extracted_positions AS place
    JOIN collector_results AS answer ON answer.id = place.collector_result_id
    WHERE place.brand_id = :brand_id AND place.is_brand
      AND answer.id <> ALL(:answers) AND answer.job_run_id <> ALL(:runs)
      AND answer.day >= coalesce(CAST(:start AS date), '-infinity')
      AND answer.day < coalesce(CAST(:end AS date), 'infinity')
""")
GRAINS = text("SELECT grain, sum(asked) FROM cell_rollups WHERE brand_id = :brand_id GROUP BY grain ORDER BY grain")


@pytest.fixture
async def brand(database: Database) -> Brand:
    return await brand_of(database, questions=("Which invoicing app is best?", "Which is cheapest?"))


async def answered(database: Database, brand: Brand, days: int = 6, **fields: object) -> UUID:
    """A run with two answers a day, one to each question, which are read and counted."""
    run = await run_of(database, brand, status="completed", finished_at=FIRST, **fields)
    async with database.transaction() as session:
        asked = await session.scalars(select(GeneratedQuery).where(GeneratedQuery.brand_id == brand.id))
        for number, query in enumerate(asked):
            for i in range(days):
                what = {"query_id": query.id, "question": query.text, "answer": SAID[(number + i) % 3]}
                at = FIRST + timedelta(days=9 * i)
                session.add_all(answer_rows(brand, run.id, at, **what, sample=i + 1))
    await score(await leased(database, brand), database, NO_ENGINES)
    await RollupDuty(database, Wakeup()).round()
    return run.id


async def answers_of(database: Database, run_id: UUID) -> list[UUID]:
    async with database.transaction() as session:
        wanted = select(CollectorResult.id).where(CollectorResult.job_run_id == run_id)
        return list(await session.scalars(wanted.order_by(CollectorResult.id)))


async def grains(session: AsyncSession, brand: Brand) -> dict[str, int]:
    """How many calls the sums of days, months and years hold."""
    return {grain: int(asked) for grain, asked in await session.execute(GRAINS, {"brand_id": brand.id})}


async def without(database: Database, brand: Brand, *, runs: list[UUID] = [], answers: list[UUID] = []) -> None:  # noqa: B006
    """The numbers of each span are those of all but these."""
    await RollupDuty(database, Wakeup()).round()
    for start, end in SPANS:
        facts = {"brand_id": brand.id, "runs": runs, "answers": answers, "start": start, "end": end}
        async with database.transaction() as session:
            learned = Learned(session, brand.customer_id, brand.id, brand.name)
            days = [day if day is None else datetime.fromisoformat(str(day)).date() for day in (start, end)]
            found = (await numbers.insights(learned, Window(*days), None, None)).whole
            counted = (await session.execute(COUNTED, facts)).one()
        ours = found.names[0]
        assert (found.calls.asked, ours.answers_named, ours.mentions) == tuple(counted), (start, end)
    async with database.transaction() as session:
        sums = [*(await grains(session, brand)).values()]
        whole = (await session.execute(COUNTED, facts | {"start": None, "end": None})).one()
    assert sums == [whole.asked] * 3


async def test_the_numbers_are_those_of_what_is_not_left_out(database: Database, brand: Brand) -> None:
    run, other = await answered(database, brand), await answered(database, brand)
    one = (await answers_of(database, other))[0]
    await without(database, brand)
    async with database.transaction() as session:
        aside = await set_asides.set_run_aside(session, run, "A wrong key.", WHO)
    assert (aside.reason, aside.set_by) == ("A wrong key.", "Ada")
    await without(database, brand, runs=[run])
    async with database.transaction() as session:
        await set_asides.set_answer_aside(session, brand.id, one, "Half a text.", WHO)
    await without(database, brand, runs=[run], answers=[one])
    async with database.transaction() as session:
        await set_asides.take_run_back(session, run, WHO)
    await without(database, brand, answers=[one])
    async with database.transaction() as session:
        await set_asides.take_answer_back(session, brand.id, one, WHO)
    await without(database, brand)


async def test_who_leaves_out_twice_leaves_out_once(database: Database, brand: Brand) -> None:
    run = await answered(database, brand)
    for reason in ("First.", "Second."):
        async with database.transaction() as session:
            assert (await set_asides.set_run_aside(session, run, reason, WHO)).reason == "First."
    for _ in range(2):
        async with database.transaction() as session:
            await set_asides.take_run_back(session, run, WHO)
    await without(database, brand)
    async with database.transaction() as session:
        (kept,) = await session.scalars(select(SetAside))
    assert (kept.set_by, kept.back_by) == ("Ada", "Ada"), "what was left out once stays on record"


async def test_nobody_leaves_out_what_is_another_customers(database: Database, brand: Brand) -> None:
    run = await answered(database, brand)
    (answer, *_), stranger = await answers_of(database, run), Caller("Eve", Role.OPERATOR, customer_id=new_id())
    other = await brand_of(database, "Other")
    async with database.transaction() as session:
        for refused in (
            set_asides.set_run_aside(session, run, "Mine now.", stranger),
            set_asides.take_run_back(session, run, stranger),
            set_asides.set_answer_aside(session, brand.id, answer, "Mine now.", stranger),
            set_asides.take_answer_back(session, brand.id, answer, stranger),
            set_asides.set_answer_aside(session, other.id, answer, "Of another brand.", WHO),
        ):
            with pytest.raises(NotFound):
                await refused
    await without(database, brand)


async def test_what_retention_took_is_not_left_out_nor_what_would_be_counted_without_it(
    database: Database, brand: Brand
) -> None:
    old, young = await answered(database, brand, days=2), await answered(database, brand, days=3)
    first, _, alone, *_ = await answers_of(database, young)
    async with database.transaction() as session:
        before = await grains(session, brand)
        await session.execute(delete(JobRun).where(JobRun.id == old))  # as retention does, by age
    async with database.transaction() as session:
        for gone in (set_asides.set_run_aside(session, old, "?", WHO), set_asides.take_run_back(session, old, WHO)):
            with pytest.raises(NotFound, match="was kept for as long as runs are"):
                await gone
        with pytest.raises(Conflict, match="Retention took answers of the same days"):
            await set_asides.set_run_aside(session, young, "?", WHO)
        with pytest.raises(Conflict):
            await set_asides.set_answer_aside(session, brand.id, first, "?", WHO)
    async with database.transaction() as session:
        # Of this day nothing was taken.
        await set_asides.set_answer_aside(session, brand.id, alone, "Alone on its day.", WHO)
    await RollupDuty(database, Wakeup()).round()
    async with database.transaction() as session:
        after = await grains(session, brand)
    assert after == {grain: asked - 1 for grain, asked in before.items()}


async def test_a_test_counts_nowhere_and_what_it_costs_is_paid(database: Database, brand: Brand) -> None:
    test, run = await answered(database, brand, is_test=True), await answered(database, brand)
    await without(database, brand, runs=[test])
    async with database.transaction() as session:
        learned = Learned(session, brand.customer_id, brand.id, brand.name)
        (of_both,) = await opportunities.suggestions(learned)
        await session.execute(update(JobRun).where(JobRun.id == test).values(is_test=False))
        (of_all,) = await opportunities.suggestions(learned)
    assert (of_both.name, of_both.answers * 2) == ("Tallymint", of_all.answers)
    assert run != test


async def test_a_test_is_started_with_a_schedule_and_without_and_stays_one(database: Database, brand: Brand) -> None:
    job = await job_of(database, brand)
    async with database.transaction() as session:
        started = await manual.start(session, WHO, brand.id, JobType.SCORING, {}, is_test=True)
        triggered = await manual.trigger(session, WHO, job.id, is_test=True)
        plain = await manual.start(session, WHO, brand.id, JobType.SCORING, {})
        assert (started.is_test, triggered.is_test, plain.is_test) == (True, True, False)
        await manual.cancel(session, WHO, started.id)
        assert (await manual.retry(session, WHO, started.id)).is_test


async def test_over_http_a_run_and_an_answer_are_left_out_and_taken_back(stack: Stack) -> None:
    brand = await stack.new_brand("Aside", ["Aside: which invoicing app is best?"])
    path = f"/api/admin/brands/{brand['id']}"
    body = {"job_type": "data_collection_and_scoring", "metadata": {"collectors": ["chatgpt"]}}
    run = await stack.until_ended((await stack.post(f"{path}/runs", body))["id"])
    (answer,) = (await stack.http.get(f"{path}/answers")).json()["data"]

    async def asked() -> int:
        return int((await stack.http.get(f"{path}/insights")).json()["calls"]["asked"])

    assert (run["is_test"], run["set_aside"], answer["set_aside"], answer["is_test"]) == (False, None, None, False)
    assert await asked() == 1
    at_run, at_answer = f"/api/admin/job-runs/{run['id']}/set-aside", f"{path}/answers/{answer['id']}/set-aside"
    for at in (at_run, at_answer):
        problem(await stack.http.put(at, json={"reason": ""}), 422)
        problem(await stack.http.put(at, json={"reason": " \n"}), 422)
        problem(await stack.http.put(at, json={"reason": "x" * 501}), 422)
        put = await stack.http.put(at, json={"reason": "=1+1"})
        assert (put.status_code, put.json()["reason"]) == (200, "=1+1")
        assert await asked() == 0
        read = (await stack.http.get(f"/api/admin/job-runs/{run['id']}")).json()
        (listed,) = (await stack.http.get("/api/admin/job-runs", params={"brand_id": brand["id"]})).json()["data"]
        (answer,) = (await stack.http.get(f"{path}/answers")).json()["data"]
        of_run, of_answer = (put.json(), None) if at == at_run else (None, put.json())
        assert json.loads((await stack.http.get(f"{path}/export", params=FILE)).text)["is_measured"] is False
        assert read["set_aside"] == listed["set_aside"] == answer["run_set_aside"] == of_run
        assert answer["set_aside"] == of_answer
        assert (await stack.http.delete(at)).status_code == 204
        assert await asked() == 1
        assert json.loads((await stack.http.get(f"{path}/export", params=FILE)).text)["is_measured"] is True
    nobody = "00000000-0000-7000-8000-000000000000"
    gone = problem(await stack.http.put(f"/api/admin/job-runs/{nobody}/set-aside", json={"reason": "?"}), 404)
    assert "was kept for as long as runs are" in gone["detail"]


async def test_over_http_a_test_counts_nowhere(stack: Stack) -> None:
    brand = await stack.new_brand("Trial", ["Trial: which invoicing app is best?"])
    path = f"/api/admin/brands/{brand['id']}"
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
    for at, body in ((f"{path}/runs", {"job_type": job["job_type"], "metadata": job["metadata"], "is_test": True}),
                     (f"/api/admin/scheduled-jobs/{job['id']}/trigger", {"is_test": True})):  # fmt: skip
        run = await stack.until_ended((await stack.post(at, body))["id"])
        assert (run["status"], run["is_test"]) == ("completed", True)
    assert (await stack.http.get(f"{path}/insights")).json()["calls"]["asked"] == 0
    answers = (await stack.http.get(f"{path}/answers")).json()["data"]
    assert [answer["is_test"] for answer in answers] == [True, True]
    async with stack.database.transaction() as session:
        spent = await session.scalars(select(Spending.calls).where(Spending.brand_id == UUID(brand["id"])))
        assert list(spent) == [2], "it is paid all the same"
