"""Between Python's values and the contract's: times, JSON objects, and names of enum values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from answerbeat.errors import InvalidField
from answerbeat.jsons import JsonObject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_timestamp(moment: datetime | None) -> Timestamp | None:
    """A time for a message; None stays unset."""
    if moment is None:
        return None
    since = moment - EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def to_datetime(stamp: Timestamp, field: str) -> datetime:
    """A message's time, in UTC. Raises InvalidField when it can't be held."""
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidField(field, "must lie between the years 1 and 9999") from None


def to_struct(values: Mapping[str, Any]) -> Struct:
    """A JSON object for a message."""
    made = Struct()
    if values:
        made.update(values)
    return made


def to_dict(struct: Struct) -> JsonObject:
    """A message's JSON object. Whole numbers are ints again, which a Struct can't say. Raises InvalidField."""
    if not struct.fields:
        return {}
    try:
        return {name: _whole(value) for name, value in json_format.MessageToDict(struct).items()}
    except json_format.SerializeToJsonError:
        raise InvalidField("metadata", "holds NaN or Infinity, which JSON does not have") from None


def enum_name(enum: Any, value: int) -> str:
    """JOB_TYPE_DATA_COLLECTION → data_collection. "" for the unspecified value."""
    return "" if value == 0 else str(enum.Name(value)).removeprefix(_prefix(enum)).lower()


def enum_value(enum: Any, name: str | None) -> Any:
    """data_collection → JOB_TYPE_DATA_COLLECTION. 0 for None. Raises ValueError for an unknown name."""
    return 0 if name is None else enum.Value(_prefix(enum) + name.upper())


@lru_cache
def _prefix(enum: Any) -> str:
    return str(enum.keys()[0]).removesuffix("UNSPECIFIED")


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return value
