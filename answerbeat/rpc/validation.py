"""Refuses a request that is wrong by itself.

By the contract's own rules, and for NUL characters, which PostgreSQL can't keep.
"""

from collections.abc import Iterator

import protovalidate
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from answerbeat.errors import InvalidFields, Violation

NUL = "must not hold a NUL character"


def check(request: Message) -> None:
    """Raises InvalidFields, with the path of each field at fault."""
    found = [
        Violation(_path(v.proto.field.elements if v.proto.field else []), v.proto.message)
        for v in protovalidate.collect_violations(request)
    ]
    # A message's text shows a NUL so. A backslash before 000 looks alike; then the walk finds nothing.
    if "\\000" in str(request):
        found += [Violation(path, NUL) for path in fields_with_nul(request)]
    if found:
        raise InvalidFields(*found)


def fields_with_nul(message: Message, prefix: str = "") -> Iterator[str]:
    """The paths of the strings of a message that hold a NUL character."""
    for field, value in message.ListFields():
        path = f"{prefix}{field.name}"
        if isinstance(value, (str, bytes, Message)) or field.type not in (field.TYPE_STRING, field.TYPE_MESSAGE):
            yield from _value_with_nul(path, value)
        else:
            for i, item in enumerate(value):
                yield from _value_with_nul(f"{path}[{i}]", item)


def _value_with_nul(path: str, value: object) -> Iterator[str]:
    if isinstance(value, Struct):
        if any("\0" in text for text in _strings_of(value)):
            yield path
    elif isinstance(value, Message):
        yield from fields_with_nul(value, f"{path}.")
    elif isinstance(value, str) and "\0" in value:
        yield path


def _strings_of(struct: Struct) -> Iterator[str]:
    for name, value in struct.fields.items():
        yield name
        kind = value.WhichOneof("kind")
        if kind == "string_value":
            yield value.string_value
        elif kind == "struct_value":
            yield from _strings_of(value.struct_value)
        elif kind == "list_value":
            yield from _strings_of(Struct(fields={str(i): v for i, v in enumerate(value.list_value.values)}))


def _path(elements: list) -> str:  # type: ignore[type-arg]  # of protovalidate's own runtime, untyped here
    path = ""
    for element in elements:
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None and element.subscript.field == "index":
            path += f"[{element.subscript.value}]"
    return path
