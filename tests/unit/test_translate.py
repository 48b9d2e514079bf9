"""JSON and messages: what goes in comes out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message

from admin_gateway.translate import enum_names, to_json, to_message
from answerbeat.errors import InvalidFields
from answerbeat.rpc.convert import to_struct
from answerbeat.rpc.validation import check
from answerbeat.v1 import brand_pb2, run_pb2, schedule_pb2

KEY = UUID("01a20e0f-313f-70aa-b68e-31ce327d0505")
SCHEDULE: dict[str, Any] = {
    "customer_id": str(KEY), "brand_id": str(KEY), "job_type": run_pb2.JOB_TYPE_SCORING, "cron_expression": "0 9 * * *",
}  # fmt: skip


def test_what_goes_into_a_message_comes_out_of_it() -> None:
    values = {
        "id": str(KEY),
        "job_type": "scoring",
        "is_active": True,
        "metadata": {"positionLimit": 50, "labels": ["a"], "nested": {"x": 1.5}},
        "jitter_seconds": 7,
        "next_run_at": datetime(2026, 3, 8, 7, tzinfo=UTC),
    }
    back = to_json(to_message(schedule_pb2.Schedule, values))
    assert {name: back[name] for name in values} == values | {"next_run_at": "2026-03-08T07:00:00Z"}
    assert back["depends_on"] is None
    assert back["last_run_status"] is None


def test_nested_messages_are_made_and_what_is_left_out_stays_out() -> None:
    message = to_message(
        brand_pb2.CreateBrandRequest,
        {"customer_id": KEY, "name": "A", "topics": [{"name": "T", "queries": [{"text": "Q?", "locale": None}]}]},
    )
    assert message.customer_id == str(KEY)
    assert message.topics[0].queries[0].text == "Q?"
    assert not message.topics[0].queries[0].HasField("locale")


def test_a_number_that_does_not_fit_names_its_field() -> None:
    with pytest.raises(InvalidFields) as caught:
        to_message(schedule_pb2.CreateScheduleRequest, {"max_attempts": 10**14})
    assert caught.value.violations[0].field == "max_attempts"


def test_an_enums_values_are_named_without_its_prefix() -> None:
    assert enum_names(run_pb2.RunStatus.DESCRIPTOR) == ["pending", "processing", "completed", "failed", "cancelled"]


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        (brand_pb2.CreateBrandRequest(customer_id=str(KEY), name="A\0"), {"name"}),
        (brand_pb2.CreateBrandRequest(customer_id=str(KEY), name="A", aliases=["a", "b\0"]), {"aliases[1]"}),
        (
            brand_pb2.CreateBrandRequest(
                customer_id=str(KEY), name="A", competitors=[brand_pb2.Competitor(name="B", aliases=["\0c"])]
            ),
            {"competitors[0].aliases[0]"},
        ),
        *(
            (schedule_pb2.CreateScheduleRequest(**SCHEDULE, metadata=to_struct(metadata)), {"metadata"})
            for metadata in ({"a\0": 1}, {"a": "\0"}, {"a": {"b": "\0"}}, {"a": [1, ["\0"]]})
        ),
    ],
)
def test_a_nul_is_found_wherever_it_stands(request_: Message, fields: set[str]) -> None:
    with pytest.raises(InvalidFields) as caught:
        check(request_)
    assert {v.field for v in caught.value.violations} == fields


def test_what_only_looks_like_a_nul_is_none() -> None:
    check(brand_pb2.CreateBrandRequest(customer_id=str(KEY), name="A \\000 B", aliases=["\\000"]))


def test_the_contract_names_each_field_at_fault() -> None:
    request = brand_pb2.CreateBrandRequest(
        customer_id="x",
        name="",
        topics=[brand_pb2.Topic(name="T", queries=[brand_pb2.Query(text="a\0", country="usa")])],
    )
    with pytest.raises(InvalidFields) as caught:
        check(request)
    assert {v.field for v in caught.value.violations} == {
        "customer_id",
        "name",
        "topics[0].queries[0].text",
        "topics[0].queries[0].country",
    }
