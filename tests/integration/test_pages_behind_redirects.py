"""A worker finds the pages behind an engine's redirects before it stores the answer, and keeps where each came from."""

import json
from dataclasses import replace

import httpx2
import pytest

from answerbeat.database import Database
from answerbeat.schema import CollectorResult
from engine_emulator.gemini import REDIRECT
from tests.integration.collecting import MakeEngines, collect, leased, rows
from tests.integration.rows import brand_of
from tests.unit.test_redirects import hosting, moved
from worker_svc.collectors.exchange import Exchange
from worker_svc.collectors.gemini import Gemini
from worker_svc.collectors.redirects import pages_of
from worker_svc.engines import Engines

QUESTION = ("Which invoicing app is best?",)


def real(engines: Engines) -> Engines:
    """The same, as if the emulator were the engine itself: nobody follows redirects that were made up."""
    return Engines({name: replace(engine, is_emulated=False) for name, engine in engines.all.items()})


@pytest.mark.usefixtures("emulator")
async def test_the_page_is_stored_and_the_body_is_read_again_to_the_same(
    database: Database, engines_of: MakeEngines
) -> None:
    run = await leased(database, await brand_of(database, questions=QUESTION), collectors=["gemini"])
    async with hosting({}) as (host, follow):
        host.otherwise = moved("https://page.example/one")
        await collect(run, database, real(engines_of()), redirects=follow)
    (answer,) = await rows(database, CollectorResult)
    (source,) = answer.engine_citations
    assert source["url"] == "https://page.example/one"
    assert len(source["redirects"]) == len(host.asked) > 1
    assert all(redirect.startswith(REDIRECT) for redirect in source["redirects"])
    again = Gemini.read(Exchange(answer.raw_response, 200, pages=pages_of(answer.engine_citations)))
    assert [found.url for found in again.citations] == ["https://page.example/one"]


async def test_an_emulated_engines_redirects_are_not_followed(
    database: Database, emulator: httpx2.AsyncClient, engines_of: MakeEngines
) -> None:
    assert emulator
    run = await leased(database, await brand_of(database, questions=QUESTION), collectors=["gemini"])
    async with hosting({}) as (host, follow):
        await collect(run, database, engines_of(), redirects=follow)
    (answer,) = await rows(database, CollectorResult)
    assert host.asked == []
    assert REDIRECT not in json.dumps([source["url"] for source in answer.engine_citations])
