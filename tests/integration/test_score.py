"""Scoring stored answers: what was not read yet, once, in bounds."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from answerbeat.database import Database
from answerbeat.ids import new_id
from answerbeat.schema import (
    Brand,
    Citation,
    CitationRollup,
    CollectorResult,
    Competitor,
    ExtractedPosition,
    ExtractedSentiment,
    NameRollup,
    UntrackedName,
)
from reading import reading
from tests.integration.collecting import NO_ENGINES, score
from tests.integration.rows import answer_rows, brand_of
from tests.integration.test_collect import leased
from worker_svc.run import LeaseLost, Run
from worker_svc.steps import score as score_step
from worker_svc.steps.places import read_places
from worker_svc.store.readings import StoredAnswer

ANSWER = "1. **Countwise** – a terrible, buggy mess.\n2. **Ledgerly** – excellent, people love it.\n3. Tallymint"


async def answers_of(database: Database, brand: Brand, run: Run, count: int) -> None:
    async with database.transaction() as session:
        for i in range(count):
            cited = [{"url": "https://www.ledgerly.example/?utm_source=openai", "title": "L"}]
            said = {"question": f"Question {i}?", "answer": ANSWER, "engine_citations": cited}
            session.add_all(answer_rows(brand, run.id, **said))


async def rows(database: Database, table: Any, *order: Any) -> list[Any]:
    async with database.transaction() as session:
        return list(await session.scalars(select(table).order_by(*order)))


async def test_answers_are_read_once(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 30)
    await score(run, database, NO_ENGINES)
    expected = {
        "positions_processed": 30,
        "sentiments_processed": 30,
        "competitor_sentiments_processed": 30,
        "citations_processed": 30,
    }
    assert run.metrics["scoring"] == expected
    assert run.progress["scoring"] == {"done": 60, "total": 60}
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"] == dict.fromkeys(expected, 0)
    assert len(await rows(database, ExtractedPosition, ExtractedPosition.name)) == 60


async def test_what_is_read_off_an_answer(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 1)
    await score(run, database, NO_ENGINES)
    places = await rows(database, ExtractedPosition, ExtractedPosition.name)
    assert [(p.name, p.is_brand, p.mentions, p.position) for p in places] == [
        ("Countwise", False, 1, 1),
        ("Ledgerly", True, 1, 2),
    ]
    tones = await rows(database, ExtractedSentiment, ExtractedSentiment.name)
    assert [(t.name, t.label) for t in tones] == [("Countwise", "negative"), ("Ledgerly", "positive")]
    assert tones[1].sentences == ["Ledgerly – excellent, people love it."]
    (page,) = await rows(database, Citation, Citation.ordinal)
    assert (page.url, page.domain, page.owner) == ("https://www.ledgerly.example", "ledgerly.example", "Ledgerly")


async def test_an_answer_that_breaks_the_reader_does_not_stop_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 3)
    bad = (await rows(database, CollectorResult, CollectorResult.id))[0].id

    async def breaks(answer: StoredAnswer, names: Any) -> Any:
        if answer.id == bad:
            raise ValueError
        return await read_places(answer, names)

    monkeypatch.setattr(score_step, "PLACES", replace(score_step.PLACES, read=breaks))
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 2
    assert str(bad) in run.complaints[0]
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 0


async def test_hostile_answers_are_read_in_bounded_time(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 3)
    hostile = [
        "*a _b " * 400 + " Ledgerly " + "b_ a* " * 400,
        "Ledgerly is good " * 20_000,
        f"[x](https://{'深' * 1_900}.com/x) Ledgerly",
    ]
    async with database.transaction() as session:
        for answer, text in zip(await session.scalars(select(CollectorResult)), hostile, strict=True):
            answer.answer = text
    async with asyncio.timeout(30):
        await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 3
    assert run.complaints == []
    places = await rows(database, ExtractedPosition, ExtractedPosition.name)
    assert sorted(p.mentions for p in places if p.is_brand) == [1, 1, reading.MAX_READ // len("Ledgerly is good ")]


async def test_limits_count_answers(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand, positionLimit=26, sentimentLimit=2)
    await answers_of(database, brand, run, 30)
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 26
    assert run.metrics["scoring"]["sentiments_processed"] == 2


async def test_a_zombie_scores_nothing(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 1)
    run.token = new_id()
    with pytest.raises(LeaseLost):
        await score(run, database, NO_ENGINES)
    assert await rows(database, ExtractedPosition, ExtractedPosition.name) == []


async def test_a_new_alias_is_found_in_old_answers_without_asking(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 30)
    await score(run, database, NO_ENGINES)
    async with database.transaction() as session:
        session.add(
            Competitor(
                brand_id=brand.id, customer_id=brand.customer_id, name="Tally", aliases=["Tallymint"], domains=[]
            )
        )
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 30
    assert run.metrics["scoring"]["sentiments_processed"] == 30
    places = await rows(database, ExtractedPosition, ExtractedPosition.name)
    assert [(p.mentions, p.position) for p in places if p.name == "Tally"] == [(1, 3)] * 30
    assert await rows(database, UntrackedName, UntrackedName.name) == []
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 0


async def test_answers_that_were_never_read_come_before_those_to_read_again(database: Database) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand, positionLimit=2)
    await answers_of(database, brand, run, 2)
    await score(run, database, NO_ENGINES)
    async with database.transaction() as session:
        session.add(
            Competitor(brand_id=brand.id, customer_id=brand.customer_id, name="Tallymint", aliases=[], domains=[])
        )
    await answers_of(database, brand, run, 2)
    await score(run, database, NO_ENGINES)
    read = [a.positions_rules for a in await rows(database, CollectorResult, CollectorResult.id)]
    assert read[0] == read[1] != read[2] == read[3]


async def test_reading_again_by_a_new_version_changes_what_was_read_and_nothing_else(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, 3)
    await score(run, database, NO_ENGINES)
    facts = [await facts_of(database, table) for table in FACTS]
    for kind in ("PLACES", "TONE"):
        monkeypatch.setattr(score_step, kind, replace(getattr(score_step, kind), version="99"))
    await score(run, database, NO_ENGINES)
    assert run.metrics["scoring"]["positions_processed"] == 3
    assert [await facts_of(database, table) for table in FACTS] == facts


FACTS = (ExtractedPosition, ExtractedSentiment, Citation, UntrackedName, NameRollup, CitationRollup)


async def facts_of(database: Database, table: Any) -> list[dict[str, Any]]:
    columns = [column.name for column in table.__table__.columns]
    keys = list(table.__table__.primary_key.columns)
    return [{name: getattr(row, name) for name in columns} for row in await rows(database, table, *keys)]
