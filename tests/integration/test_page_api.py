"""What the admin page needs of the API: sessions, tokens, editing of brands, runs without a schedule, trends."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from brand_svc.catalog.api.token_command import create as create_token
from tests.integration.stack import TOKEN, Stack
from tests.integration.test_api import NOBODY, problem

SESSION = "/api/admin/session"
BRANDS = "/api/admin/brands"
TOKENS = "/api/admin/tokens"


def browser(stack: Stack, **headers: str) -> httpx2.AsyncClient:
    """A client that has no token of its own, and keeps cookies."""
    return httpx2.AsyncClient(base_url=stack.http.base_url, headers=headers, timeout=30, trust_env=False)


async def test_a_session_is_a_cookie_that_no_script_reads_and_no_other_site_sends(stack: Stack) -> None:
    async with browser(stack) as page:
        problem(await page.get(SESSION), 401)
        problem(await page.post(SESSION, json={"token": "nobody's"}), 401)
        problem(await page.post(SESSION, json={"token": "ü"}), 401)
        signed_in = await page.post(SESSION, json={"token": f" {TOKEN}"})
        assert signed_in.json() == {"name": "admin", "role": "admin", "customer_id": None}
        cookie = signed_in.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/api" in cookie
        assert (await page.get(SESSION)).json() == signed_in.json()
        assert (await page.post("/api/admin/customers", json={"name": "Of a session"})).status_code == 201
        elsewhere = {"origin": "https://elsewhere.example"}
        problem(await page.post("/api/admin/customers", json={"name": "Forged"}, headers=elsewhere), 403)
        proxied = {"origin": "https://answerbeat.example", "sec-fetch-site": "same-origin"}
        assert (await page.post("/api/admin/customers", json={"name": "Proxied"}, headers=proxied)).status_code == 201
        cross = {"sec-fetch-site": "cross-site"}
        problem(await page.post("/api/admin/customers", json={"name": "Crossed"}, headers=cross), 403)
        problem(await page.post(SESSION, json={"token": TOKEN}, headers=elsewhere), 403)
        here = {"origin": str(stack.http.base_url).rstrip("/")}
        assert (await page.post("/api/admin/customers", json={"name": "Own"}, headers=here)).status_code == 201
        assert (await page.delete(SESSION)).status_code == 204
        problem(await page.get(SESSION), 401)


async def test_a_header_goes_before_the_session(stack: Stack) -> None:
    async with browser(stack) as page:
        await page.post(SESSION, json={"token": TOKEN})
        problem(await page.get(SESSION, headers={"authorization": "Bearer nobody"}), 401)


async def test_the_life_of_a_token(stack: Stack) -> None:
    made = await stack.post(TOKENS, {"name": "Marketing", "role": "viewer"})
    token = made["token"]
    assert token["role"] == "viewer"
    listed = (await stack.http.get(TOKENS)).json()["data"]
    assert token in listed
    assert made["secret"] not in str(listed)
    mine = {"authorization": f"Bearer {made['secret']}"}
    assert (await stack.http.get(SESSION, headers=mine)).json()["name"] == "Marketing"
    problem(await stack.http.get(TOKENS, headers=mine), 403)
    assert (await stack.http.delete(f"{TOKENS}/{token['id']}")).status_code == 204
    problem(await stack.http.delete(f"{TOKENS}/{token['id']}"), 404)
    # Where it was never shown before, nobody remembers it: it is worthless at once.
    problem(await stack.http.get(BRANDS, headers=mine), 401)
    assert next(t for t in (await stack.http.get(TOKENS)).json()["data"] if t["id"] == token["id"])["revoked_at"]


async def test_whoever_is_bound_to_a_customer_gives_tokens_of_that_customer_only(stack: Stack) -> None:
    brand = await stack.new_brand("Bound tokens", [])
    bound = await create_token(stack.database_url, "bound", "admin", brand["customer_id"])
    mine = {"authorization": f"Bearer {bound}"}
    answer = await stack.http.post(TOKENS, json={"name": "more", "role": "admin"}, headers=mine)
    assert answer.json()["token"]["customer_id"] == brand["customer_id"]
    other = await stack.post("/api/admin/customers", {"name": "Other than the bound"})
    refused = await stack.http.post(
        TOKENS, json={"name": "x", "role": "admin", "customer_id": other["id"]}, headers=mine
    )
    assert problem(refused, 404)["errors"][0]["field"] == "customer_id"
    assert {t["customer_id"] for t in (await stack.http.get(TOKENS, headers=mine)).json()["data"]} == {
        brand["customer_id"]
    }
    assert [b["id"] for b in (await stack.http.get(BRANDS, headers=mine)).json()["data"]] == [brand["id"]]
    problem(await stack.http.get(BRANDS, params={"customer_id": other["id"]}, headers=mine), 404)
    wrong = await stack.http.post(TOKENS, json={"name": " ", "role": "viewer"})
    assert problem(wrong, 422)["errors"][0]["field"] == "name"


async def topics(stack: Stack, brand: dict[str, Any]) -> list[dict[str, Any]]:
    return list((await stack.http.get(f"{BRANDS}/{brand['id']}/topics-queries")).json()["topics"])


def content(brand: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A brand as it is sent to be changed."""
    names = ("name", "aliases", "domains", "ai_models", "competitors")
    return {name: brand[name] for name in names} | {"topics": []} | changes


async def test_a_brand_is_changed_as_a_whole_and_what_stays_keeps_its_key(stack: Stack) -> None:
    brand = await stack.new_brand("Edit", ["Kept?", "Reworded?", "Gone?"], competitors=[{"name": "A"}, {"name": "B"}])
    path = f"{BRANDS}/{brand['id']}"
    read = await stack.http.get(path)
    kept, reworded, _ = (await topics(stack, brand))[0]["queries"]
    wanted = content(
        brand,
        name="Edited",
        aliases=["Ed"],
        domains=["https://www.edited.example/"],
        competitors=[{"name": "B", "aliases": ["Bee"]}, {"name": "C"}],
        topics=[
            {"name": "Topic", "queries": [{"text": "Kept?", "is_active": False}]},
            {"name": "New", "queries": [{"id": reworded["id"], "text": "Said otherwise?"}, {"text": "Fresh?"}]},
        ],
    )
    changed = await stack.http.put(path, json=wanted, headers={"if-match": read.headers["etag"]})
    assert changed.status_code == 200, changed.text
    told = changed.json()
    assert (told["name"], told["aliases"], told["domains"]) == ("Edited", ["Ed"], ["edited.example"])
    assert [c["name"] for c in told["competitors"]] == ["B", "C"]
    first, second = await topics(stack, brand)
    assert [(q["id"], q["is_active"]) for q in first["queries"]] == [(kept["id"], False)]
    assert {q["text"]: q["id"] for q in second["queries"]}["Said otherwise?"] == reworded["id"]
    stale = await stack.http.put(path, json=wanted, headers={"if-match": read.headers["etag"]})
    assert "changed since you read it" in problem(stale, 412)["detail"]
    assert (await stack.http.put(path, json=wanted, headers={"if-match": changed.headers["etag"]})).is_success
    assert (await stack.http.put(path, json=wanted)).is_success


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"competitors": [{"name": "Wrong"}]}, "competitors[0].name"),
        ({"domains": ["no domain"]}, "domains[0]"),
        ({"ai_models": ["chatgtp"]}, "ai_models[0]"),
        ({"topics": [{"name": "T", "queries": [{"text": "Q?"}, {"text": "Q?"}]}]}, "topics[0].queries[1].text"),
        ({"topics": [{"name": "T", "queries": [{"id": NOBODY, "text": "Q?"}]}]}, "topics[0].queries[0].id"),
    ],
)
async def test_a_wrong_change_of_a_brand_changes_nothing(stack: Stack, changes: dict[str, Any], field: str) -> None:
    brand = await stack.new_brand(f"Wrong {field} {len(str(changes))}", ["Q1?"])
    wanted = content(brand, **{"name": "Wrong", "competitors": [], **changes})
    answer = await stack.http.put(f"{BRANDS}/{brand['id']}", json=wanted)
    assert [error["field"] for error in problem(answer, 422)["errors"]] == [field]
    assert (await stack.http.get(f"{BRANDS}/{brand['id']}")).json() == brand
    assert [q["text"] for q in (await topics(stack, brand))[0]["queries"]] == ["Q1?"]


async def test_a_brand_goes_with_all_that_hangs_on_it(stack: Stack) -> None:
    brand = await stack.new_brand("Goes", ["Goes: which invoicing app?"])
    job = await stack.new_job(brand)
    run = await stack.trigger(job)
    await stack.until_ended(run["id"])
    limit = f"/api/admin/limits/customer/{brand['customer_id']}"
    spent = (await stack.http.put(limit, json={"max_micro_usd_per_day": 10**9})).json()["spent_micro_usd_today"]
    assert spent > 0
    assert (await stack.http.delete(f"{BRANDS}/{brand['id']}")).status_code == 204
    # A budget can't be won back by deleting.
    again = (await stack.http.put(limit, json={"max_micro_usd_per_day": 10**9})).json()
    assert again["spent_micro_usd_today"] == spent
    problem(await stack.http.get(f"{BRANDS}/{brand['id']}"), 404)
    problem(await stack.http.get(f"/api/admin/job-runs/{run['id']}"), 404)
    problem(await stack.http.get(f"/api/admin/scheduled-jobs/{job['id']}"), 404)
    problem(await stack.http.delete(f"{BRANDS}/{brand['id']}"), 404)


async def test_a_customer_is_renamed_and_goes_when_it_has_no_brand(stack: Stack) -> None:
    brand = await stack.new_brand("Last of its own", [])
    path = f"/api/admin/customers/{brand['customer_id']}"
    await stack.http.put(f"/api/admin/limits/customer/{brand['customer_id']}", json={"max_per_minute": 7})
    bound = {"name": "of its last", "role": "admin", "customer_id": brand["customer_id"]}
    token = (await stack.post(TOKENS, bound))["secret"]
    assert (await stack.http.put(path, json={"name": " Another "})).json()["name"] == "Another"
    other = await stack.new_brand("Other of its own", [])
    taken = await stack.http.put(f"/api/admin/customers/{other['customer_id']}", json={"name": "Another"})
    assert problem(taken, 409)["detail"] == "There is a customer named Another already."
    problem(await stack.http.put(path, json={"name": "  "}), 422)
    assert problem(await stack.http.delete(path), 409)["detail"] == "It still has brands, 1 of them; delete each first."
    await stack.http.delete(f"{BRANDS}/{brand['id']}")
    mine = {"authorization": f"Bearer {token}"}
    problem(await stack.http.delete(path, headers=mine), 403)
    assert (await stack.http.delete(path)).status_code == 204
    problem(await stack.http.get(path), 404)
    assert "of its last" not in [token["name"] for token in (await stack.http.get(TOKENS)).json()["data"]]
    limits = (await stack.http.get("/api/admin/limits")).json()["data"]
    assert brand["customer_id"] not in [limit["key"] for limit in limits]


async def test_a_run_without_a_schedule(stack: Stack) -> None:
    brand = await stack.new_brand("Start", ["Start: which invoicing app is best?"])
    path = f"{BRANDS}/{brand['id']}/runs"
    body = {"job_type": "data_collection_and_scoring", "metadata": {"collectors": ["chatgpt"]}}
    started = await stack.http.post(path, json=body, headers={"idempotency-key": "start"})
    again = await stack.http.post(path, json=body, headers={"idempotency-key": "start"})
    assert (started.status_code, again.json()["id"]) == (202, started.json()["id"])
    ended = await stack.until_ended(started.json()["id"])
    assert (ended["status"], ended["trigger"], ended["scheduled_job_id"]) == ("completed", "manual", None)
    assert ended["metrics"]["scoring"]["positions_processed"] == 1
    wrong = await stack.http.post(path, json={"job_type": "scoring", "metadata": {"colectors": []}})
    assert problem(wrong, 422)["errors"][0]["field"] == "metadata.colectors"
    problem(await stack.http.post(f"{BRANDS}/{NOBODY}/runs", json={"job_type": "scoring"}), 404)
    trends = (await stack.http.get("/api/admin/job-runs/trends", params={"brand_id": brand["id"], "days": 7})).json()
    assert len(trends["days"]) == 7
    today = trends["days"][-1]
    assert (today["completed"], today["failed"], today["open"]) == (1, 0, 0)
    assert today["cost_micro_usd"] == round(ended["metrics"]["data_collection"]["cost_usd"] * 1_000_000)
    assert today["median_seconds"] > 0
    assert today["p95_lateness_seconds"] is None


async def findings(stack: Stack, brand: dict[str, Any]) -> tuple[bool, dict[str, str]]:
    told = (await stack.http.get(f"{BRANDS}/{brand['id']}/diagnostics")).json()
    return told["would_collect"], {f["code"]: f["severity"] for f in told["findings"]}


async def test_diagnostics_say_why_a_collection_would_do_nothing(stack: Stack) -> None:
    empty = await stack.new_brand("Diagnosed", [])
    assert await findings(stack, empty) == (False, {"no_query": "error", "no_schedule": "info"})
    asleep = content(empty, topics=[{"name": "T", "queries": [{"text": "Q?", "is_active": False}]}])
    await stack.http.put(f"{BRANDS}/{empty['id']}", json=asleep)
    assert "no_active_query" in (await findings(stack, empty))[1]
    awake = content(empty, topics=[{"name": "T", "queries": [{"text": "Q?"}]}])
    await stack.http.put(f"{BRANDS}/{empty['id']}", json=awake)
    assert await findings(stack, empty) == (True, {"no_schedule": "info"})
    job = await stack.new_job(empty)
    assert await findings(stack, empty) == (True, {})
    await stack.http.put(f"/api/admin/scheduled-jobs/{job['id']}", json={"is_active": False})
    assert await findings(stack, empty) == (True, {"no_schedule": "info"})
    limit = {"max_micro_usd_per_day": 0}
    await stack.http.put(f"/api/admin/limits/brand/{empty['id']}", json=limit)
    assert (await findings(stack, empty))[1]["budget_spent"] == "error"


async def test_diagnostics_tell_of_engines_that_can_not_be_asked(stack: Stack) -> None:
    customer = await stack.post("/api/admin/customers", {"name": "Diagnosed engines"})
    async with stack.database.transaction() as session:
        await session.execute(
            text("INSERT INTO engine_pauses VALUES ('deepseek', now() + interval '1 hour', 3, 'it is busy')")
        )
    body = {
        "customer_id": customer["id"],
        "name": "Diagnosed engines",
        "ai_models": ["deepseek"],
        "topics": [{"name": "T", "queries": [{"text": "Q?"}]}],
    }
    brand = await stack.post(BRANDS, body)
    try:
        assert await findings(stack, brand) == (True, {"engine_paused": "warning", "no_schedule": "info"})
    finally:
        async with stack.database.transaction() as session:
            await session.execute(text("DELETE FROM engine_pauses"))


async def test_the_page_is_served_at_all_its_addresses_and_runs_nobody_elses_scripts(stack: Stack) -> None:
    led = await stack.http.get("/")
    assert (led.status_code, led.headers["location"]) == (307, "/admin")
    for address in ("/admin", "/admin/runs", f"/admin/brands/{NOBODY}?days=7"):
        page = await stack.http.get(address)
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'self'" in page.headers["content-security-policy"]
