"""A brand's answers, positions and citations as files."""

import csv
import io
import json
from datetime import date

import pyarrow.parquet
import pytest
from sqlalchemy import update

from answerbeat.database import Database
from answerbeat.schema import Brand, CollectorResult
from brand_svc.insights.formats import Format, written
from brand_svc.insights.store.exports import BATCH, EXPORTS, Table, batches
from tests.integration.collecting import NO_ENGINES, score
from tests.integration.rows import brand_of
from tests.integration.test_collect import leased
from tests.integration.test_score import answers_of

HOSTILE = '=HYPERLINK("http://x.example")\n"quoted", Ünïcode 日本語 \u202eabc'


async def file_of(database: Database, brand: Brand, table: str, form: str, *days: date | None) -> bytes:
    start, end = days or (None, None)
    async with database.transaction() as session:
        taken = batches(session, brand.id, Table(table), start, end)
        return b"".join([piece async for piece in written(Format(form), EXPORTS[Table(table)].schema, taken)])


async def scored(database: Database, count: int) -> Brand:
    brand = await brand_of(database)
    run = await leased(database, brand)
    await answers_of(database, brand, run, count)
    await score(run, database, NO_ENGINES)
    return brand


def rows_in(form: str, content: bytes) -> list[dict]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    if form == "jsonl":
        return [json.loads(line) for line in content.decode().splitlines()]
    return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(("table", "count"), [("answers", 3), ("positions", 6), ("citations", 3)])
async def test_each_table_in_each_format(database: Database, table: str, count: int, form: str) -> None:
    brand = await scored(database, 3)
    rows = rows_in(form, await file_of(database, brand, table, form))
    assert len(rows) == count
    assert list(rows[0]) == EXPORTS[Table(table)].schema.names
    if table == "positions":
        facts = sorted({(r["name"], str(r["mentions"]), str(r["position"]), r["sentiment"]) for r in rows})
        assert facts == [("Countwise", "1", "1", "negative"), ("Ledgerly", "1", "2", "positive")]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_hostile_text_comes_back_whole(database: Database, form: str) -> None:
    brand = await scored(database, 1)
    async with database.transaction() as session:
        await session.execute(update(CollectorResult).values(answer=HOSTILE, search_queries=["a", "b"]))
    (row,) = rows_in(form, await file_of(database, brand, "answers", form))
    # A spreadsheet would run it as a formula.
    assert row["answer"] == (f"'{HOSTILE}" if form == "csv" else HOSTILE)
    assert row["search_queries"] == ('["a", "b"]' if form == "csv" else ["a", "b"])


async def test_more_rows_than_a_batch_come_whole_and_none_give_an_empty_file(database: Database) -> None:
    brand = await scored(database, BATCH // 2 + 1)
    parquet = await file_of(database, brand, "positions", "parquet")
    assert pyarrow.parquet.ParquetFile(io.BytesIO(parquet)).num_row_groups == 2
    assert len(rows_in("parquet", parquet)) == BATCH + 2
    long_ago = date(2000, 1, 1), date(2000, 2, 1)
    for form in ("csv", "jsonl", "parquet"):
        assert rows_in(form, await file_of(database, brand, "positions", form, *long_ago)) == []
