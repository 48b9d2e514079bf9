"""Tone judged by an engine's model: every engine that can, never twice for the same words, and within budgets."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text

from answerbeat.database import Database
from answerbeat.schema import Brand, CollectorResult, Competitor, QueryExecution
from tests.integration.collecting import MakeEngines, fault, lease_again, leased, lose, rows, score
from tests.integration.rows import brand_of
from tests.integration.test_money import budget, spent
from tests.integration.test_score import answers_of
from worker_svc.collectors.structured import StructuredCollector
from worker_svc.engines import registered
from worker_svc.run import Drained, Run

JUDGES = [name for name, kind in registered().items() if issubclass(kind, StructuredCollector)]
TEXTS = (
    "Ledgerly is loved by freelancers.",
    "Ledgerly crashes now and then.",
    "Countwise is easy to set up. Ledgerly is slow to load.",
)


async def judging(database: Database, *texts: str, **options: object) -> tuple[Brand, Run]:
    """A brand with answers of these texts, and a run that has their tone judged."""
    brand = await brand_of(database)
    run = await leased(database, brand, **{"sentiment": "llm", "judge": "chatgpt", **options})
    await answers_of(database, brand, run, len(texts))
    async with database.transaction() as session:
        for answer, said in zip(await rows(database, CollectorResult), texts, strict=True):
            await session.execute(
                text("UPDATE collector_results SET answer = :said WHERE id = :id"), {"said": said, "id": answer.id}
            )
    return brand, run


async def tones(database: Database) -> list[tuple[str, str, str | None]]:
    async with database.transaction() as session:
        found = await session.execute(
            text("SELECT name, label, judge FROM extracted_sentiments ORDER BY collector_result_id, name")
        )
        return [tuple(row) for row in found]


async def journal(emulator: httpx2.AsyncClient) -> list[str]:
    return [entry["engine"] for entry in (await emulator.get("/emulator/calls")).json()]


async def judgings(database: Database) -> list[QueryExecution]:
    """The calls that had an answer judged."""
    return [call for call in await rows(database, QueryExecution) if call.answer_id]


@pytest.mark.parametrize("engine", JUDGES)
async def test_each_engine_that_can_judges(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines, engine: str
) -> None:
    engines = engines_of()
    praise = "great value, with friendly and fast support"
    blame = "a dated interface that frustrates many users"
    _, run = await judging(database, f"Ledgerly: {praise}.", f"Ledgerly: {blame}. Countwise: {praise}.", judge=engine)
    await score(run, database, engines)
    by = f"{engine}/{engines.all[engine].model}"
    assert await tones(database) == [
        ("Ledgerly", "positive", by),
        ("Countwise", "positive", by),
        ("Ledgerly", "negative", by),
    ]
    assert run.complaints == []
    assert run.metrics["scoring"]["judge_calls"] == 2
    costs = [call.cost_micro_usd or 0 for call in await judgings(database)]
    assert run.metrics["scoring"]["judge_cost_usd"] == sum(costs) / 1_000_000
    assert await spent(database) == (2, sum(costs))
    assert await journal(emulator) == [engine] * 2


def test_which_engines_can_judge() -> None:
    assert JUDGES == [
        "chatgpt", "claude", "deepseek", "gemini", "grok", "mistral", "openai_compatible", "perplexity",
    ]  # fmt: skip


async def test_what_was_judged_is_not_asked_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand, run = await judging(database, *TEXTS, parallel=True)
    engines = engines_of()
    await score(run, database, engines)
    assert len(await journal(emulator)) == 3
    told = await tones(database)
    async with database.transaction() as session:  # another alias: all answers are read again, by the same words
        await session.execute(text("UPDATE brands SET aliases = '{Ledger Lee}' WHERE id = :id"), {"id": brand.id})
    await score(run, database, engines)
    assert run.metrics["scoring"]["sentiments_processed"] == 3
    assert len(await journal(emulator)) == 3
    assert await tones(database) == told
    await score(run, database, engines)
    assert run.metrics["scoring"]["sentiments_processed"] == 0


async def test_what_a_run_can_not_ask_twice_is_not_taken_for_neutral(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand, run = await judging(database, "Tallymint is loved. Ledgerly is dated.")
    engines = engines_of()
    await score(run, database, engines)
    told = await tones(database)
    async with database.transaction() as session:  # another name within the run: the answer says more by it
        session.add(
            Competitor(brand_id=brand.id, customer_id=brand.customer_id, name="Tallymint", aliases=[], domains=[])
        )
    await score(run, database, engines)
    assert len(await journal(emulator)) == 1
    assert await tones(database) == told
    (complaint,) = run.complaints
    assert "the next run judges" in complaint
    again = await leased(database, brand, sentiment="llm", judge="chatgpt")
    await score(again, database, engines)
    assert [name for name, *_ in await tones(database)] == ["Ledgerly", "Tallymint"]


async def test_the_encoder_reads_again_what_a_model_judged_and_back(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    engines = engines_of()
    await score(run, database, engines)
    by_model = await tones(database)
    run.options = run.options.model_copy(update={"sentiment": "encoder"})
    await score(run, database, engines)
    assert {judge for *_, judge in await tones(database)} == {None}
    run.options = run.options.model_copy(update={"sentiment": "llm"})
    await score(run, database, engines)
    assert await tones(database) == by_model
    assert len(await journal(emulator)) == 3


async def test_a_budget_stops_judging_and_the_next_run_goes_on(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    brand, run = await judging(database, *TEXTS)
    engines = engines_of()
    await budget(database, "brand", brand.id, max_micro_usd_per_day=1)
    await score(run, database, engines)
    assert len(await journal(emulator)) == 1
    assert run.metrics["scoring"]["positions_processed"] == 3
    (complaint,) = run.complaints
    assert complaint.startswith(f"Tone: 2 answers were not judged: The budget of brand {brand.id} is $0.00 a day")
    async with database.transaction() as session:
        await session.execute(text("UPDATE limits SET max_micro_usd_per_day = 1000000000"))
    run.complaints.clear()
    await score(run, database, engines)
    assert len(await journal(emulator)) == 3
    assert run.complaints == []


async def test_a_busy_engine_is_asked_again(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    engines = engines_of()
    await fault(emulator, kind="rate_limit", times=1, retry_after=0)
    await score(run, database, engines)
    assert len(await journal(emulator)) == 4
    assert run.complaints == []


async def test_an_engine_that_refuses_the_key_is_asked_once(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    await fault(emulator, kind="unauthorized", times=9)
    await score(run, database, engines_of())
    assert len(await journal(emulator)) == 1
    assert run.complaints == ["Tone: 3 answers were not judged: Incorrect API key provided."]


async def test_a_reply_that_can_not_be_read_is_paid_and_passed_over(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    await fault(emulator, kind="not_json", contains="crashes", times=1)
    await score(run, database, engines_of())
    assert [call.status for call in await judgings(database)] == ["answered", "failed", "answered"]
    assert run.complaints[0].startswith("Tone: 1 answer was not judged: The answer is not JSON")
    assert len(await tones(database)) == 3


async def test_a_call_of_unknown_fate_is_made_again_only_when_a_person_asks(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    engines = engines_of()
    await fault(emulator, kind="hang", contains="crashes", times=1)
    working = asyncio.create_task(score(run, database, engines))
    assert (await emulator.get("/emulator/wait", params={"count": 1, "outcome": "hung"})).json()
    working.cancel()
    await asyncio.wait([working])
    await lose(database)
    run = await lease_again(database, sentiment="llm", judge="chatgpt")
    await score(run, database, engines)
    assert sorted(call.status for call in await judgings(database)) == ["answered", "answered", "unknown"]
    assert run.complaints == [
        "Tone: 1 answer was not judged: an earlier call to judge it may have been paid for; retry the run to ask again."
    ]
    async with database.transaction() as session:
        run.retried_at = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    await score(run, database, engines)
    assert [call.status for call in await judgings(database)] == ["answered"] * 3
    assert len(await tones(database)) == 4


async def test_a_stopping_worker_begins_no_further_call(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, *TEXTS)
    run.draining.set()
    with pytest.raises(Drained):
        await score(run, database, engines_of())
    assert await journal(emulator) == []
    run.draining.clear()
    await score(run, database, engines_of())
    assert len(await tones(database)) == 4


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        ("google_aio", "google_aio: it is not one"),
        ("claude", "claude: ANTHROPIC_API_KEY is not set"),
        (None, "none of them has a key"),
    ],
)
async def test_without_a_judge_positions_are_read_and_the_run_says_why_tone_is_not(
    database: Database, engines_of: MakeEngines, judge: str | None, told: str
) -> None:
    _, run = await judging(database, *TEXTS, judge=judge)
    names = ("OPENAI", "ANTHROPIC", "DEEPSEEK", "GEMINI", "XAI", "MISTRAL", "PERPLEXITY")
    without = {f"{name}_API_KEY": "" for name in names}
    await score(run, database, engines_of(**without, OPENAI_COMPATIBLE_BASE_URL=""))
    assert run.metrics["scoring"]["positions_processed"] == 3
    assert await rows_of_tone(database) == 0
    (complaint,) = run.complaints
    assert told in complaint
    assert "chatgpt, claude" in complaint


async def rows_of_tone(database: Database) -> int:
    async with database.transaction() as session:
        return len((await session.scalars(text("SELECT 1 FROM extracted_sentiments"))).all())


async def test_a_bare_name_is_neutral_and_costs_nothing(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    _, run = await judging(database, "1. Ledgerly\n2. Countwise")
    await score(run, database, engines_of())
    assert [label for _, label, _ in await tones(database)] == ["neutral", "neutral"]
    assert await journal(emulator) == []
