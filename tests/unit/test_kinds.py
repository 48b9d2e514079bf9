"""The kernel's words are the contract's, and those that the page's API shows."""

from enum import StrEnum
from typing import get_args

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from admin_gateway import models
from answerbeat.kinds import CatchUp, JobType, Outcome, OverlapPolicy, RunStatus, Trigger
from answerbeat.rpc.convert import enum_name
from answerbeat.v1 import dispatch_pb2, run_pb2, schedule_pb2


@pytest.mark.parametrize(
    ("kind", "enum"),
    [
        (JobType, run_pb2.JobType),
        (RunStatus, run_pb2.RunStatus),
        (Trigger, run_pb2.RunTrigger),
        (Outcome, dispatch_pb2.Outcome),
        (OverlapPolicy, schedule_pb2.OverlapPolicy),
        (CatchUp, schedule_pb2.CatchUp),
    ],
)
def test_a_kind_has_the_words_of_the_contract(kind: type[StrEnum], enum: EnumTypeWrapper) -> None:
    assert list(kind) == [enum_name(enum, value) for value in enum.values() if value]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (JobType, models.JobType),
        (RunStatus, models.RunStatus),
        (Trigger, models.RunTrigger),
        (OverlapPolicy, models.OverlapPolicy),
        (CatchUp, models.CatchUp),
    ],
)
def test_a_kind_has_the_words_of_the_api(kind: type[StrEnum], shown: object) -> None:
    assert tuple(kind) == get_args(shown)
