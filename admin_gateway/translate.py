"""Between JSON and the contract's messages, by their descriptors: nothing here knows a single field.

Enums are lower-case names without their prefix, times RFC 3339 in UTC, what is unset is null.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from answerbeat.errors import InvalidField
from answerbeat.jsons import JsonObject
from answerbeat.rpc.convert import to_dict, to_struct, to_timestamp

Request = TypeVar("Request", bound=Message)


def to_json(message: Message) -> JsonObject:
    """A message as a JSON object with all its fields."""
    return {field.name: _field_to_json(message, field) for field in message.DESCRIPTOR.fields}


def to_message(kind: type[Request], values: JsonObject) -> Request:
    """A message with the values given. Those that are None stay unset."""
    message = kind()
    for name, value in values.items():
        if value is not None:
            _set(message, kind.DESCRIPTOR.fields_by_name[name], value)
    return message


def enum_names(enum: EnumDescriptor) -> list[str]:
    """The names that JSON uses for an enum, without the unspecified one."""
    return [_enum_name(enum, value.number) for value in enum.values if value.number]


def _field_to_json(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_to_json(field, item) for item in value]
    if field.has_presence and not message.HasField(field.name):
        return {} if field.message_type and field.message_type.full_name == Struct.DESCRIPTOR.full_name else None
    return _to_json(field, value)


def _to_json(field: Any, value: Any) -> Any:
    if isinstance(value, Timestamp):
        return value.ToDatetime(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Struct):
        return to_dict(value)
    if isinstance(value, Message):
        return to_json(value)
    if field.enum_type:
        return _enum_name(field.enum_type, value) or None
    return value


def _set(message: Message, field: Any, value: Any) -> None:
    """Raises InvalidField for a number that the field can't hold."""
    try:
        _assign(message, field, value)
    except UnicodeEncodeError:
        raise InvalidField(field.name, "holds half of a surrogate pair, which is no character") from None
    except (ValueError, OverflowError):
        raise InvalidField(field.name, "is out of range") from None


def _assign(message: Message, field: Any, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).extend(_to_proto(field, item) for item in value)
    elif field.message_type:
        getattr(message, field.name).CopyFrom(_to_proto(field, value))
    else:
        setattr(message, field.name, _to_proto(field, value))


def _to_proto(field: Any, value: Any) -> Any:
    if field.enum_type:
        return field.enum_type.values_by_name[_prefix(field.enum_type) + str(value).upper()].number
    if isinstance(value, datetime):
        return to_timestamp(value)
    if isinstance(value, UUID):
        return str(value)
    if field.message_type and field.message_type.full_name == Struct.DESCRIPTOR.full_name:
        return to_struct(value)
    if field.message_type:
        return to_message(GetMessageClass(field.message_type), value)
    return value


def _enum_name(enum: EnumDescriptor, number: int) -> str:
    return "" if number == 0 else enum.values_by_number[number].name.removeprefix(_prefix(enum)).lower()


def _prefix(enum: EnumDescriptor) -> str:
    return enum.values[0].name.removesuffix("UNSPECIFIED")
