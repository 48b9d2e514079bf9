"""Policies as people set them over HTTP: spans, dependencies, backfill; and what contradicts itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.stack import Stack
from tests.integration.test_api import JOBS, RUNS, problem


@pytest.fixture(scope="module")
async def brand(stack: Stack) -> dict[str, Any]:
    return await stack.new_brand("Policies", [])


async def change(stack: Stack, job: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = await stack.http.put(f"{JOBS}/{job['id']}", json=fields)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_a_schedule_fires_from_its_start_on_and_not_after_its_end(stack: Stack, brand: dict[str, Any]) -> None:
    job = await stack.new_job(
        brand,
        job_type="scoring",
        cron_expression="0 12 * * *",
        start_at="2050-03-01T12:00:00Z",
        end_at="2050-03-03T00:00:00Z",
    )
    assert job["next_run_at"] == "2050-03-01T12:00:00Z"
    assert (await change(stack, job, start_at="2050-03-01T12:00:01Z"))["next_run_at"] == "2050-03-02T12:00:00Z"
    assert (await change(stack, job, start_at="2050-03-02T12:30:00Z"))["next_run_at"] is None
    open_end = await change(stack, job, end_at=None)
    assert (open_end["end_at"], open_end["next_run_at"]) == (None, "2050-03-03T12:00:00Z")
    backwards = await stack.http.put(f"{JOBS}/{job['id']}", json={"end_at": "2049-01-01T00:00:00Z"})
    assert problem(backwards, 422)["errors"][0]["field"] == "end_at"


async def test_dependencies_that_run_in_a_circle_or_to_another_customer_are_refused(
    stack: Stack, brand: dict[str, Any]
) -> None:
    first, second, third = [await stack.new_job(brand, job_type="scoring") for _ in range(3)]
    await change(stack, second, depends_on=first["id"])
    await change(stack, third, depends_on=second["id"])
    for job, upstream in ((first, third), (first, first)):
        refused = await stack.http.put(f"{JOBS}/{job['id']}", json={"depends_on": upstream["id"]})
        assert "circle" in problem(refused, 422)["errors"][0]["message"]
    foreign = await stack.new_job(await stack.new_brand("Foreign policy", []), job_type="scoring")
    refused = await stack.http.put(f"{JOBS}/{first['id']}", json={"depends_on": foreign["id"]})
    assert problem(refused, 422)["errors"][0]["field"] == "depends_on"
    assert (await change(stack, third, depends_on=None))["depends_on"] is None


async def test_backfill_makes_each_run_once(stack: Stack, brand: dict[str, Any]) -> None:
    job = await stack.new_job(brand, job_type="scoring", cron_expression="0 */6 * * *")
    span = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    first = await stack.post(f"{JOBS}/{job['id']}/backfill", span)
    assert first == {"created": 4, "existing": 0}
    wider = await stack.post(f"{JOBS}/{job['id']}/backfill", span | {"to": "2026-03-02T06:00:01Z"})
    assert wider == {"created": 2, "existing": 4}
    runs = (await stack.http.get(RUNS, params={"scheduled_job_id": job["id"]})).json()["data"]
    assert sorted(run["scheduled_for"] for run in runs)[:2] == ["2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z"]
    assert {run["trigger"] for run in runs} == {"backfill"}
    for run in runs:
        assert (await stack.until_ended(run["id"]))["status"] == "completed"
    events = (await stack.http.get(f"{JOBS}/{job['id']}/events")).json()["data"]
    assert [event["kind"] for event in events].count("backfilled") == 2


async def test_backfills_out_of_bounds_are_refused(stack: Stack, brand: dict[str, Any]) -> None:
    job = await stack.new_job(brand, job_type="scoring", cron_expression="* * * * *", is_active=False)
    now = datetime.now(UTC)
    for body, field in (
        ({"from": "2016-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "2026-01-01T00:00:00Z", "to": (now + timedelta(hours=1)).isoformat()}, "to"),
        ({"from": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "2026-01-01", "to": "2026-01-01T00:00:00Z"}, "from"),
    ):
        refused = problem(await stack.http.post(f"{JOBS}/{job['id']}/backfill", json=body), 422)
        assert field in [error["field"] for error in refused["errors"]], refused
    assert (await stack.http.get(RUNS, params={"scheduled_job_id": job["id"]})).json()["data"] == []
