"""Cited pages, what they are, and engines' searches over HTTP, and as files."""

import csv
import io
import json
from typing import Any

import pyarrow.parquet
import pytest

from brand_svc.catalog.api.token_command import create as create_token
from tests.integration.stack import Stack
from tests.integration.test_api import NOBODY, problem

JOBS = "/api/admin/scheduled-jobs"
QUESTIONS = ["Which invoicing app suits cooks?", "Which invoicing app suits bakers?", "Which app suits pilots?"]


async def collected(stack: Stack, name: str) -> dict[str, Any]:
    brand = await stack.new_brand(name, QUESTIONS, competitors=[{"name": "Countwise"}])
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt", "perplexity"]})
    run = (await stack.http.post(f"{JOBS}/{job['id']}/trigger")).json()
    assert (await stack.until_ended(run["id"]))["status"] == "completed"
    return brand


async def every(stack: Stack, path: str, **query: Any) -> list[dict[str, Any]]:
    """All rows of a list, a few at a time."""
    found: list[dict[str, Any]] = []
    token = ""
    while token is not None:
        answer = await stack.http.get(path, params={"limit": 3, **query, **({"page_token": token} if token else {})})
        assert answer.is_success, answer.text
        rows, token = answer.json()["data"], answer.json()["next_page_token"]
        assert len(rows) == 3 or token is None
        found += rows
    return found


def rows_in(form: str, content: bytes) -> list[dict[str, Any]]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    if form == "jsonl":
        return [json.loads(line) for line in content.decode().splitlines()]
    return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()


async def test_pages_and_searches_over_http_follow_from_the_answers(stack: Stack) -> None:
    brand = await collected(stack, "Pages over HTTP")
    base = f"/api/admin/brands/{brand['id']}"
    answers = (await stack.http.get(f"{base}/answers", params={"limit": 100})).json()["data"]
    pages, searches = await every(stack, f"{base}/pages"), await every(stack, f"{base}/searches")
    urls = [page["url"] for answer in answers for page in answer["citations"]]
    assert {page["url"]: page["citations"] for page in pages} == {url: urls.count(url) for url in urls}
    assert [page["answers"] for page in pages] == sorted((page["answers"] for page in pages), reverse=True)
    assert len({page["url"] for page in pages}) == len(pages) > 3
    made = [" ".join(search.split()).casefold() for answer in answers for search in answer["search_queries"]]
    assert {each["text"].casefold(): each["times"] for each in searches} == {text: made.count(text) for text in made}
    assert len(searches) > 1
    days = {answer["day"] for answer in answers}
    assert {day for page in pages for day in (page["first_seen"], page["last_seen"])} <= days
    one = answers[0]
    of_one = await every(stack, f"{base}/pages", query_id=one["query_id"], collector=one["collector"], topic="Topic")
    assert {page["url"] for page in of_one} == {page["url"] for page in one["citations"]}
    of_nobody = (await stack.http.get(f"{base}/pages", params={"to": "2020-01-01T00:00:00Z"})).json()
    assert of_nobody == {"answers": 0, "data": [], "next_page_token": None}
    assert (await stack.http.get(f"{base}/searches", params={"topic": "None such"})).json()["data"] == []


async def test_a_kind_by_hand_over_http(stack: Stack) -> None:
    brand = await collected(stack, "Kinds")
    base = f"/api/admin/brands/{brand['id']}"
    page = (await stack.http.get(f"{base}/pages")).json()["data"][0]
    assert page["is_kind_by_hand"] is False
    other = "forum" if page["kind"] != "forum" else "press"
    said = await stack.http.put(f"{base}/page-kinds", json={"url": f"{page['url']}#top", "kind": other})
    assert said.json() == {"url": page["url"], "domain": None, "kind": other}
    found = await every(stack, f"{base}/pages", kind=other)
    assert [(each["kind"], each["is_kind_by_hand"]) for each in found if each["url"] == page["url"]] == [(other, True)]
    taken = await stack.http.delete(f"{base}/page-kinds", params={"url": page["url"]})
    assert taken.status_code == 204
    assert (await stack.http.get(f"{base}/pages")).json()["data"][0] == page
    await stack.http.put(f"{base}/page-kinds", json={"domain": page["domain"], "kind": "reference"})
    of_domain = await every(stack, f"{base}/pages", domain=page["domain"])
    assert {each["kind"] for each in of_domain} == {"reference"}
    viewer = await create_token(stack.database_url, "looks", "viewer", brand["customer_id"])
    mine = {"authorization": f"Bearer {viewer}"}
    assert (await stack.http.get(f"{base}/pages", headers=mine)).is_success
    refused = await stack.http.put(f"{base}/page-kinds", json={"domain": "a.example", "kind": "own"}, headers=mine)
    problem(refused, 403)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "press"}, "url"),
        ({"url": "mailto:a@b.example", "kind": "press"}, "url"),
        ({"url": "https://a.example", "domain": "a.example", "kind": "press"}, "url"),
        ({"domain": "a b", "kind": "press"}, "domain"),
        ({"domain": "a.example", "kind": "blog"}, "kind"),
        ({"domain": "a.example"}, "kind"),
        ({"url": "https://a.example/" + "x" * 8_000, "kind": "press"}, "url"),
    ],
)
async def test_a_kind_that_can_not_be_said_names_its_field(stack: Stack, body: dict[str, str], field: str) -> None:
    answer = await stack.http.put(f"/api/admin/brands/{NOBODY}/page-kinds", json=body)
    assert field == problem(answer, 422)["errors"][0]["field"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("pages?kind=blog", "kind"),
        ("pages?limit=501", "limit"),
        ("pages?page_token=x", "page_token"),
        ("searches?page_token=MS4y", "page_token"),
        ("searches?kind=press", "kind"),
    ],
)
async def test_a_wrong_list_names_its_field(stack: Stack, path: str, field: str) -> None:
    answer = await stack.http.get(f"/api/admin/brands/{NOBODY}/{path}")
    assert field == problem(answer, 422)["errors"][0]["field"]


async def test_a_brand_that_is_not_has_no_pages(stack: Stack) -> None:
    for path in ("pages", "searches", "export?table=pages", "export?table=searches"):
        problem(await stack.http.get(f"/api/admin/brands/{NOBODY}/{path}"), 404)
    said = await stack.http.put(f"/api/admin/brands/{NOBODY}/page-kinds", json={"domain": "a.example", "kind": "own"})
    problem(said, 404)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
async def test_pages_and_searches_as_files_add_up_to_the_lists(stack: Stack, form: str) -> None:
    brand = await collected(stack, f"Files as {form}")
    base = f"/api/admin/brands/{brand['id']}"
    for table, what, often in (("pages", "url", "citations"), ("searches", "search", "times")):
        file = await stack.http.get(f"{base}/export", params={"table": table, "format": form})
        assert file.headers["content-disposition"] == f'attachment; filename="{table}.{form}"'
        rows = rows_in(form, file.content)
        summed: dict[str, int] = {}
        for row in rows:
            summed[row[what]] = summed.get(row[what], 0) + int(row[often])
        listed = await every(stack, f"{base}/{table}")
        assert summed == {each["url" if table == "pages" else "text"]: each[often] for each in listed}
        assert {row["question"] for row in rows} == set(QUESTIONS)
        assert {row["collector"] for row in rows} <= {"chatgpt", "perplexity"}
        keys = [(row["week"], row["query_id"], row["collector"], row[what]) for row in rows]
        assert len(set(keys)) == len(keys)
