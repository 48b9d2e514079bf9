"""The HTTP API as http-api.md has it, through the real services."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
import httpx2
import pytest
from google.rpc.error_details_pb2 import BadRequest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_status import rpc_status

from answerbeat.v1 import schedule_pb2, schedule_pb2_grpc
from brand_svc.catalog.api.token_command import create as create_token
from tests.integration.conftest import logs_of
from tests.integration.stack import SERVICE_TOKEN, TOKEN, Stack
from worker_svc.engines import registered

JOBS = "/api/admin/scheduled-jobs"
RUNS = "/api/admin/job-runs"
NOBODY = "01900000-0000-7000-8000-000000000000"


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, after checking its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) <= {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return dict(body)


async def test_the_life_of_a_schedule(stack: Stack) -> None:
    brand = await stack.new_brand("Life", ["Life: which invoicing app is best?", "Life: which is cheapest?"])
    # Created, with the spec's own metadata, and Location and ETag.
    metadata = {
        "collectors": ["chatgpt", "google_aio", "perplexity"],
        "parallel": False,
        "positionLimit": 50,
        "sentimentLimit": 50,
    }
    created = await stack.http.post(
        JOBS,
        json={
            "brand_id": brand["id"],
            "customer_id": brand["customer_id"],
            "job_type": "data_collection_and_scoring",
            "cron_expression": "0 9 * * *",
            "timezone": "UTC",
            "is_active": True,
            "metadata": metadata,
        },
    )
    job = created.json()
    path = f"{JOBS}/{job['id']}"
    assert (created.status_code, created.headers["location"]) == (201, path)
    assert job["metadata"] == metadata
    assert (job["overlap_policy"], job["catch_up"], job["max_attempts"]) == ("skip", "latest", 3)
    assert job["next_run_at"].endswith("T09:00:00Z")
    assert job["cron_description"] == "At 09:00"
    # Previewed and edited: next_run_at is computed from now.
    preview = await stack.post(f"{JOBS}/preview", {"cron_expression": "30 14 * * 1-5", "timezone": "Europe/Paris"})
    assert preview["description"] == "At 14:30, Monday through Friday"
    assert len(preview["next_runs"]) == 5
    read = await stack.http.get(path)
    edited = await stack.http.put(
        path, json={"cron_expression": "30 14 * * *"}, headers={"if-match": read.headers["etag"]}
    )
    assert edited.json()["next_run_at"].endswith("T14:30:00Z")
    assert edited.json()["cron_description"] == "At 14:30"
    stale = await stack.http.put(path, json={"timezone": "UTC"}, headers={"if-match": read.headers["etag"]})
    problem(stale, 412)
    # Triggered: a run, next_run_at stands, a second trigger is a conflict.
    triggered = await stack.http.post(f"{path}/trigger")
    assert triggered.status_code == 202
    second = await stack.http.post(f"{path}/trigger")
    run = await stack.until_ended(triggered.json()["id"])
    assert triggered.json()["id"] in problem(second, 409)["detail"]
    assert (await stack.http.get(path)).json()["next_run_at"] == edited.json()["next_run_at"]
    # History with metrics.
    assert (run["status"], run["error_message"], run["trigger"], run["attempt"]) == ("completed", None, "manual", 1)
    assert run["metrics"]["data_collection"]["successful_executions"] == 6
    assert run["metrics"]["data_collection"]["cost_usd"] > 0
    assert run["metrics"]["scoring"]["positions_processed"] == 6
    assert run["progress"] == {
        "data_collection": {"done": 6, "total": 6},
        "scoring": {"done": 12, "total": 12},
    }
    history = (await stack.http.get(RUNS, params={"scheduled_job_id": job["id"], "status": "completed"})).json()
    assert [entry["id"] for entry in history["data"]] == [run["id"]]
    whole = (await stack.http.get(f"{RUNS}/{run['id']}")).json()
    assert [call["status"] for call in whole["calls"]] == ["answered"] * 6
    answers = (await stack.http.get(f"/api/admin/brands/{brand['id']}/answers", params={"run_id": run["id"]})).json()
    assert len(answers["data"]) == 6
    assert all(answer["citations"] and answer["names"] for answer in answers["data"])
    # Deactivated, and deleted: its history stays.
    off = (await stack.http.put(path, json={"is_active": False})).json()
    assert (off["is_active"], off["next_run_at"]) == (False, None)
    assert (await stack.http.delete(path)).status_code == 204
    problem(await stack.http.get(path), 404)
    problem(await stack.http.post(f"{path}/trigger"), 404)
    assert (await stack.http.get(f"{RUNS}/{run['id']}")).json()["status"] == "completed"
    events = (await stack.http.get(f"{path}/events")).json()["data"]
    assert [event["kind"] for event in reversed(events)] == ["created", "edited", "triggered", "deactivated", "deleted"]
    assert {event["actor"] for event in events} == {"admin"}
    # Each of the worker's lines about its calls has the run's id.
    answered = [line for line in (stack.logs / "worker.log").read_text().splitlines() if "Life: which" in line]
    assert len(answered) == 6
    assert all(f'"run_id": "{run["id"]}"' in line for line in answered)


BAD_JOBS: list[tuple[dict[str, Any], int, str]] = [
    ({"cron_expression": "61 * * * *"}, 422, "cron_expression"),
    ({"cron_expression": "0 0 30 2 *"}, 422, "cron_expression"),
    ({"cron_expression": "@reboot"}, 422, "cron_expression"),
    ({"cron_expression": 5}, 422, "cron_expression"),
    ({"timezone": "Mars/Base"}, 422, "timezone"),
    ({"timezone": "a\0b"}, 422, "timezone"),
    ({"job_type": "everything"}, 422, "job_type"),
    ({"metadata": [1]}, 422, "metadata"),
    ({"metadata": {"collector": []}}, 422, "metadata.collector"),
    ({"metadata": {"collectors": ["chatgtp"]}}, 422, "metadata.collectors[0]"),
    ({"metadata": {"labels": ["\0"]}}, 422, "metadata"),
    ({"colour": "red"}, 422, "colour"),
    ({"max_attempts": 0}, 422, "max_attempts"),
    ({"max_attempts": 10**12}, 422, "max_attempts"),
    ({"timeout_seconds": -1}, 422, "timeout_seconds"),
    ({"catch_up": "all", "catchup_window_seconds": 0}, 422, "catchup_window_seconds"),
    ({"brand_id": "5"}, 422, "brand_id"),
    ({"brand_id": NOBODY}, 404, "brand_id"),
    ({"customer_id": NOBODY}, 404, "brand_id"),
    ({"depends_on": NOBODY}, 422, "depends_on"),
    ({"is_active": "yes"}, 422, "is_active"),
]


@pytest.mark.parametrize(("change", "status", "field"), BAD_JOBS, ids=lambda value: str(value)[:40])
async def test_bad_jobs_are_refused_and_nothing_is_stored(
    stack: Stack, bad_brand: dict[str, Any], change: dict[str, Any], status: int, field: str
) -> None:
    body = {
        "customer_id": bad_brand["customer_id"],
        "brand_id": bad_brand["id"],
        "job_type": "scoring",
        "cron_expression": "0 9 * * *",
    }
    refused = problem(await stack.http.post(JOBS, json=body | change), status)
    assert field in [error["field"] for error in refused["errors"]]
    listed = await stack.http.get(JOBS, params={"customer_id": bad_brand["customer_id"]})
    assert listed.json()["data"] == []


@pytest.fixture(scope="module")
async def bad_brand(stack: Stack) -> dict[str, Any]:
    return await stack.new_brand("Bad", ["Bad?"])


async def test_a_bad_request_is_refused_with_its_status_and_the_field_at_fault(stack: Stack) -> None:
    json_type = {"content-type": "application/json"}
    malformed = problem(await stack.http.post(JOBS, content=b'{"a": ', headers=json_type), 400)
    assert "not JSON" in malformed["detail"]
    problem(await stack.http.post(JOBS, content=b"[]", headers=json_type), 422)
    problem(await stack.http.post(JOBS, content=b"x" * 10_000_000, headers=json_type), 413)

    async def chunks() -> Any:
        for _ in range(10):
            yield b"x" * 1_000_000

    problem(await stack.http.post(JOBS, content=chunks(), headers=json_type), 413)
    assert problem(await stack.http.get(f"{JOBS}/not-a-uuid"), 422)["errors"][0]["field"] == "job_id"
    problem(await stack.http.get(f"{JOBS}/{NOBODY}"), 404)
    problem(await stack.http.get(f"{RUNS}/{NOBODY}"), 404)
    problem(await stack.http.get("/api/admin/nothing"), 404)
    problem(await stack.http.patch(JOBS), 405)
    assert problem(await stack.http.get(JOBS, params={"limit": 101}), 422)["errors"][0]["field"] == "limit"
    assert problem(await stack.http.get(JOBS, params={"page_token": "!"}), 422)["errors"][0]["field"] == "page_token"
    assert problem(await stack.http.get(RUNS, params={"status": "done"}), 422)["errors"][0]["field"] == "status[0]"
    assert problem(await stack.http.get(RUNS, params={"from": "2026-01-01"}), 422)["errors"][0]["field"] == "from"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (JOBS, '{"metadata": {"positionLimit": NaN}}', "metadata"),
        (JOBS, '{"metadata": {"positionLimit": 1e999}}', "metadata"),
        (JOBS, '{"metadata": {"labels": ' + "[" * 60 + "]" * 60 + "}}", "metadata"),
        (JOBS, '{"start_at": "9999-12-31T23:59:00Z"}', "start_at"),
        (f"{JOBS}/preview", '{"cron_expression": "0 9 * * *", "after": "9999-12-31T23:59:59Z"}', "after"),
        (f"{JOBS}/preview", '{"cron_expression": "0 9 * * *", "after": "0001-01-01T00:00:00Z"}', "after"),
        ("/api/admin/customers", '{"name": "  "}', "name"),
        ("/api/admin/customers", '{"name": "\\ud800"}', "name"),
    ],
)
async def test_values_at_the_edge_of_what_can_be_are_refused(
    stack: Stack, bad_brand: dict[str, Any], path: str, body: str, field: str
) -> None:
    if path == JOBS:
        whose = f'{{"customer_id": "{bad_brand["customer_id"]}", "brand_id": "{bad_brand["id"]}",'
        body = f'{whose} "job_type": "scoring", "cron_expression": "0 9 * * *", {body[1:]}'
    answer = await stack.http.post(path, content=body, headers={"content-type": "application/json"})
    assert problem(answer, 422)["errors"][0]["field"] == field


@pytest.mark.parametrize("key", ["é", "k" * 201, ""])
async def test_an_idempotency_key_that_can_not_be_passed_on_is_refused(stack: Stack, key: str) -> None:
    answer = await stack.http.post(
        "/api/admin/customers", json={"name": "K"}, headers={"idempotency-key": key.encode()}
    )
    assert problem(answer, 422)["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("request_id", ["é", "r" * 9_000])
async def test_an_odd_request_id_is_replaced(stack: Stack, request_id: str) -> None:
    answer = await stack.http.get(JOBS, headers={"x-request-id": request_id.encode()})
    assert answer.is_success
    assert UUID(answer.headers["x-request-id"])


async def test_a_request_is_found_in_the_log_by_the_id_it_came_with(stack: Stack) -> None:
    answer = await stack.http.get(f"{JOBS}/{uuid4()}", headers={"x-request-id": "mine-7"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (404, "mine-7")
    await stack.until_logged("gateway", '"request_id": "mine-7"')


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"{JOBS}?custmer_id=x", "did you mean customer_id?"),
        (f"{RUNS}?state=done", "did you mean status?"),
        (f"{JOBS}/{NOBODY}?x=1", "it takes none"),
        (f"/api/admin/brands/{NOBODY}/insights?colector=chatgpt", "did you mean collector?"),
    ],
)
async def test_a_misspelt_filter_is_refused(stack: Stack, path: str, says: str) -> None:
    assert says in problem(await stack.http.get(path), 422)["errors"][0]["message"]


async def test_a_body_that_is_not_said_to_be_json_is_refused(stack: Stack) -> None:
    answer = await stack.http.post(JOBS, content=b"{}", headers={"content-type": "text/plain"})
    assert "application/json" in problem(answer, 415)["detail"]
    assert problem(await stack.http.post(JOBS), 422)["errors"][0]["field"] == "body"


async def test_a_job_that_changed_is_not_deleted_by_who_has_not_seen_it(stack: Stack) -> None:
    job = await stack.new_job(await stack.new_brand("Deleted", []))
    problem(await stack.http.delete(f"{JOBS}/{job['id']}", headers={"if-match": '"0"'}), 412)
    assert (await stack.http.delete(f"{JOBS}/{job['id']}", headers={"if-match": '"1"'})).status_code == 204


async def test_a_null_is_refused_where_something_must_be_and_else_takes_away(stack: Stack) -> None:
    brand = await stack.new_brand("Nulls", [])
    upstream = await stack.new_job(brand)
    job = await stack.new_job(brand, depends_on=upstream["id"])
    path = f"{JOBS}/{job['id']}"
    refused = problem(await stack.http.put(path, json={"timezone": None, "cron_expression": "1 1 1 1 *"}), 422)
    assert "timezone must not be null" in refused["detail"]
    assert (await stack.http.get(path)).json() == job
    assert (await stack.http.put(path, json={"depends_on": None})).json()["depends_on"] is None


@pytest.mark.parametrize(
    "header", [None, "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer é", "Bearer " + "x" * 20_000]
)
async def test_without_a_token_nothing_is_told(stack: Stack, header: str | None) -> None:
    async with httpx2.AsyncClient(base_url=stack.http.base_url, trust_env=False) as stranger:
        answer = await stranger.get(JOBS, headers={"authorization": header.encode()} if header else {})
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_does_what_its_role_may_and_sees_its_customer_alone(stack: Stack) -> None:
    brand = await stack.new_brand("Bound", ["Bound: question?"])
    other = await stack.new_brand("Foreign", ["Foreign: question?"])
    job, foreign = await stack.new_job(brand, job_type="scoring"), await stack.new_job(other)
    viewer = await create_token(stack.database_url, "viewer", "viewer", brand["customer_id"])
    operator = await create_token(stack.database_url, "operator", "operator", brand["customer_id"])
    async with httpx2.AsyncClient(base_url=stack.http.base_url, trust_env=False) as http:

        async def call(token: str, method: str, path: str, **more: Any) -> httpx2.Response:
            return await http.request(method, path, headers={"authorization": f"Bearer {token}"}, **more)

        listed = (await call(viewer, "GET", JOBS)).json()["data"]
        assert [entry["id"] for entry in listed] == [job["id"]]
        assert [c["id"] for c in (await call(viewer, "GET", "/api/admin/customers")).json()["data"]] == [
            brand["customer_id"]
        ]
        problem(await call(viewer, "GET", f"{JOBS}/{foreign['id']}"), 404)
        problem(await call(viewer, "GET", f"/api/admin/brands/{other['id']}"), 404)
        problem(await call(viewer, "GET", f"/api/admin/brands/{other['id']}/insights"), 404)
        problem(await call(viewer, "GET", JOBS, params={"customer_id": other["customer_id"]}), 404)
        assert "operator" in problem(await call(viewer, "POST", f"{JOBS}/{job['id']}/trigger"), 403)["detail"]
        assert "admin" in problem(await call(operator, "DELETE", f"{JOBS}/{job['id']}"), 403)["detail"]
        problem(await call(operator, "POST", f"{JOBS}/{foreign['id']}/trigger"), 404)
        run = (await call(operator, "POST", f"{JOBS}/{job['id']}/trigger")).json()
    assert (await stack.until_ended(run["id"]))["status"] == "completed"


async def test_the_same_key_does_the_thing_once(stack: Stack) -> None:
    brand = await stack.new_brand("Once", [])
    body = {
        "customer_id": brand["customer_id"],
        "brand_id": brand["id"],
        "job_type": "scoring",
        "cron_expression": "0 9 * * *",
    }
    headers = {"idempotency-key": "once-1"}
    answers = await asyncio.gather(*(stack.http.post(JOBS, json=body, headers=headers) for _ in range(5)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    listed = await stack.http.get(JOBS, params={"customer_id": brand["customer_id"]})
    assert len(listed.json()["data"]) == 1
    other = problem(await stack.http.post(JOBS, json=body | {"job_type": "data_collection"}, headers=headers), 422)
    assert other["errors"][0]["field"] == "Idempotency-Key"


async def test_pages_show_each_job_once_and_the_newest_first(stack: Stack) -> None:
    brand = await stack.new_brand("Pages", [])
    ids = [(await stack.new_job(brand, job_type="scoring"))["id"] for _ in range(5)]
    seen: list[str] = []
    token = None
    for _ in range(3):
        params = {"brand_id": brand["id"], "limit": 2} | ({"page_token": token} if token else {})
        page = (await stack.http.get(JOBS, params=params)).json()
        seen += [job["id"] for job in page["data"]]
        token = page["next_page_token"]
    assert (seen, token) == (ids[::-1], None)


async def test_a_brand_with_all_that_belongs_to_it(stack: Stack) -> None:
    brand = await stack.new_brand(
        "Whole",
        ["Whole: one?", "Whole: two?"],
        aliases=["Whole Ltd"],
        domains=["https://www.Whole.example/"],
        ai_models=["chatgpt"],
        competitors=[{"name": "Part", "domains": ["part.example"]}],
    )
    assert brand["domains"] == ["whole.example"]
    assert brand["competitors"] == [{"name": "Part", "aliases": [], "domains": ["part.example"]}]
    topics = (await stack.http.get(f"/api/admin/brands/{brand['id']}/topics-queries")).json()
    assert (topics["total_queries"], topics["active_queries"]) == (2, 2)
    assert [query["text"] for query in topics["topics"][0]["queries"]] == ["Whole: one?", "Whole: two?"]
    same = {"customer_id": brand["customer_id"], "name": "Whole"}
    problem(await stack.http.post("/api/admin/brands", json=same), 409)


async def test_a_bad_brand_names_each_field(stack: Stack) -> None:
    customer = await stack.post("/api/admin/customers", {"name": "Of bad brands"})
    body = {
        "customer_id": customer["id"],
        "name": "Bad",
        "domains": ["not a domain"],
        "ai_models": ["gpt"],
        "aliases": [" ", "B"],
        "competitors": [{"name": "bad", "aliases": ["b"], "domains": ["a..b", "192.168.0.1", "ok.example"]}],
        "topics": [{"name": "T", "queries": [{"text": "Q?"}, {"text": "Q? "}]}],
    }
    refused = problem(await stack.http.post("/api/admin/brands", json=body), 422)
    assert {error["field"] for error in refused["errors"]} == {
        "domains[0]",
        "aliases[0]",
        "competitors[0].aliases[0]",
        "competitors[0].domains[0]",
        "competitors[0].domains[1]",
        "ai_models[0]",
        "competitors[0].name",
        "topics[0].queries[1].text",
    }
    deep = {"customer_id": customer["id"], "name": "B", "topics": [{"name": "T", "queries": [{"text": 5}]}]}
    refused = problem(await stack.http.post("/api/admin/brands", json=deep), 422)
    assert refused["errors"][0]["field"] == "topics[0].queries[0].text"


async def test_each_job_type_takes_its_own_steps(stack: Stack) -> None:
    brand = await stack.new_brand("Types", ["Types: which invoicing app?"])
    steps = {}
    for job_type in ("data_collection", "scoring", "data_collection_and_scoring"):
        run = await stack.trigger(await stack.new_job(brand, job_type=job_type))
        steps[job_type] = sorted((await stack.until_ended(run["id"]))["metrics"])
    assert steps == {
        "data_collection": ["data_collection"],
        "scoring": ["scoring"],
        "data_collection_and_scoring": ["data_collection", "scoring"],
    }


async def test_cancel_stops_within_seconds_and_keeps_what_was_stored_and_retry_asks_the_rest(stack: Stack) -> None:
    questions = [f"Cancelled {i}: which hiking boots?" for i in range(3)]
    brand = await stack.new_brand("Cancelled", questions)
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt"]})
    await stack.emulator.put("/emulator/faults", json=[{"kind": "hang", "contains": questions[1]}])
    run = await stack.trigger(job)
    await stack.until_called(1, "hung", questions[1])
    problem(await stack.http.post(f"{RUNS}/{run['id']}/retry"), 409)
    cancelled = await stack.http.post(f"{RUNS}/{run['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["cancel_requested"]) == (202, True)
    async with asyncio.timeout(5):
        ended = await stack.until_ended(run["id"])
    assert ended["status"] == "cancelled"
    assert [call["status"] for call in (await stack.http.get(f"{RUNS}/{run['id']}")).json()["calls"]] == [
        "answered",
        "unknown",
    ]
    problem(await stack.http.post(f"{RUNS}/{run['id']}/cancel"), 409)
    assert (await stack.http.post(f"{RUNS}/{run['id']}/retry")).status_code == 202
    again = await stack.until_ended(run["id"])
    assert (again["status"], again["attempt"]) == ("completed", 2)
    assert again["progress"]["data_collection"] == {"done": 3, "total": 3}
    asked = [entry["question"] for entry in await stack.calls("Cancelled")]
    assert sorted(asked) == sorted([*questions, questions[1]])
    events = (await stack.http.get(f"{JOBS}/{job['id']}/events")).json()["data"]
    assert [(event["kind"], event["run_id"]) for event in events[:2]] == [
        ("retried", run["id"]),
        ("cancelled", run["id"]),
    ]


async def test_health_metrics_engines_and_the_api_document_are_served(stack: Stack) -> None:
    assert (await stack.http.get("/healthz")).json() == {"status": "ok"}
    assert (await stack.http.get("/readyz")).json() == {"status": "ready", "missing": {}}
    assert "answerbeat_http_seconds" in (await stack.http.get("/metrics")).text
    assert (await stack.http.get("/docs")).is_success
    schema = (await stack.http.get("/openapi.json")).json()
    assert f"{JOBS}/{{job_id}}/trigger" in schema["paths"]
    collectors = (await stack.http.get("/api/admin/collectors")).json()["data"]
    assert {c["name"]: c["ready"] for c in collectors} == dict.fromkeys(registered(), True)
    assert all(c["is_emulated"] for c in collectors)


async def test_grpc_has_health_reflection_and_rich_errors(stack: Stack) -> None:
    async with grpc.aio.insecure_channel(stack.scheduler_target) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        name = "answerbeat.v1.ScheduleService"
        answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = reflection.ServerReflectionInfo()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        listed = await call.read()
        assert name in [service.name for service in listed.list_services_response.service]
        call.cancel()
        schedules: Any = schedule_pb2_grpc.ScheduleServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await schedules.PreviewSchedule(
                schedule_pb2.PreviewScheduleRequest(cron_expression="61 * * * *"),
                metadata=(("authorization", f"Bearer {TOKEN}"),),
            )
        details = rpc_status.from_call(refused.value).details
        bad = BadRequest()
        assert any(detail.Unpack(bad) for detail in details)
        assert bad.field_violations[0].field == "cron_expression"
        with pytest.raises(grpc.aio.AioRpcError) as stranger:
            await schedules.ListSchedules(schedule_pb2.ListSchedulesRequest())
        assert stranger.value.code() == grpc.StatusCode.UNAUTHENTICATED


async def test_no_secret_is_in_any_log(stack: Stack) -> None:
    brand = await stack.new_brand("Discreet", ["Discreet: which invoicing app is best?"])
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt", "google_aio"]})
    refusal = {"kind": "unauthorized", "contains": "Discreet", "engine": "google_aio"}
    await stack.emulator.put("/emulator/faults", json=[refusal])
    await stack.until_ended((await stack.trigger(job))["id"])
    await stack.http.post("/api/admin/session", json={"token": "a-token-that-was-mistyped"})
    made = await stack.post("/api/admin/tokens", {"name": "Discreet", "role": "viewer"})
    logs = logs_of(stack.logs)
    assert "Discreet: which invoicing app is best?" in logs
    assert "unauthorized" in logs
    for secret in (TOKEN, SERVICE_TOKEN, "emulated-openai", "emulated-serpapi", "that-was-mistyped", made["secret"]):
        assert secret not in logs


async def test_the_numbers_over_http_and_the_answers_behind_them(stack: Stack) -> None:
    questions = ["Which invoicing app suits cooks?", "Which invoicing app suits bakers?"]
    brand = await stack.new_brand("Numbers", questions, competitors=[{"name": "Countwise"}])
    job = await stack.new_job(brand, metadata={"collectors": ["chatgpt", "claude"]})
    run = (await stack.http.post(f"{JOBS}/{job['id']}/trigger")).json()
    assert (await stack.until_ended(run["id"]))["status"] == "completed"
    base = f"/api/admin/brands/{brand['id']}"
    found = (await stack.http.get(f"{base}/insights", params={"by": "collector", "bucket": "day"})).json()
    assert found["answers"] == sum(group["answers"] for group in found["groups"]) == 4
    assert [group["label"] for group in found["groups"]] == ["chatgpt", "claude"]
    assert sum(group["answers"] for group in found["series"]) == 4
    assert [name["name"] for name in found["names"]] == ["Numbers", "Countwise"]
    for name in found["names"]:
        assert name["visibility"]["low"] <= name["visibility"]["value"] <= name["visibility"]["high"]
        behind = await stack.http.get(f"{base}/answers", params={"name": name["name"]})
        assert len(behind.json()["data"]) == name["answers_named"]
    sources = (await stack.http.get(f"{base}/citations")).json()
    behind = await stack.http.get(f"{base}/answers", params={"domain": sources["sources"][0]["domain"]})
    assert len(behind.json()["data"]) == sources["sources"][0]["answers"]
    # Answers tell of Countwise and of others, and never of a brand by the name of Numbers.
    missed = (await stack.http.get(f"{base}/opportunities")).json()["opportunities"]
    assert sum(opportunity["missed"] for opportunity in missed) == found["names"][1]["answers_named"] > 0
    assert {opportunity["brand_named"] for opportunity in missed} == {0}
    suggested = (await stack.http.get(f"{base}/suggested-competitors")).json()["names"]
    assert {"FinchBooks", "Invoxa", "Tallymint"} & {each["name"] for each in suggested}
    exported = await stack.http.get(f"{base}/export", params={"table": "answers", "format": "jsonl"})
    assert len(exported.text.splitlines()) == 4
    assert exported.headers["content-disposition"] == 'attachment; filename="answers.jsonl"'


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("insights?by=colour", "by"),
        ("insights?bucket=year", "bucket"),
        ("insights?from=yesterday", "from"),
        ("export?format=xlsx", "format"),
        ("opportunities?limit=0", "limit"),
    ],
)
async def test_a_wrong_question_about_numbers_names_its_field(stack: Stack, path: str, field: str) -> None:
    answer = await stack.http.get(f"/api/admin/brands/{NOBODY}/{path}")
    assert field == problem(answer, 422)["errors"][0]["field"]


@pytest.mark.parametrize("path", ["insights", "opportunities", "citations", "suggested-competitors", "export"])
async def test_a_brand_that_is_not_has_no_numbers(stack: Stack, path: str) -> None:
    problem(await stack.http.get(f"/api/admin/brands/{NOBODY}/{path}"), 404)
