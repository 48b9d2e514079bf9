"""What can go wrong in a call, as types with the facts in them, and the one place where they become a gRPC status.

A status carries `google.rpc.ErrorInfo` (a reason a program can test) and, where a field is at
fault, `google.rpc.BadRequest`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

DOMAIN = "answerbeat"


@dataclass(frozen=True)
class Violation:
    """A field at fault, by its path in the request, and what is wrong with it."""

    field: str
    message: str


class CallError(Exception):
    """A call that can't be done, through no fault of the service."""

    code = grpc.StatusCode.UNKNOWN
    reason = "UNKNOWN"

    def __init__(self, message: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.violations = tuple(violations)


class InvalidFields(CallError):
    """Values that can't be."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    reason = "INVALID_FIELDS"

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{v.field}: {v.message}" for v in violations), violations)


class InvalidField(InvalidFields):
    """A value that can't be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(Violation(field, message))


class NotFound(CallError):
    """No such thing, or another customer's."""

    code = grpc.StatusCode.NOT_FOUND
    reason = "NOT_FOUND"

    def __init__(self, what: str, key: object, field: str | None = None) -> None:
        message = f"There is no {what} {key}."
        super().__init__(message, [Violation(field, message)] if field else [])


class Conflict(CallError):
    """Something that stands against what was asked."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    reason = "CONFLICT"


class StaleEtag(CallError):
    """Somebody else changed the thing since it was read."""

    code = grpc.StatusCode.ABORTED
    reason = "STALE_ETAG"


class Unauthenticated(CallError):
    """No token, or one that is not known."""

    code = grpc.StatusCode.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class Forbidden(CallError):
    """A token without the right."""

    code = grpc.StatusCode.PERMISSION_DENIED
    reason = "FORBIDDEN"


class Unavailable(CallError):
    """Something the service needs is away. The call may be tried again."""

    code = grpc.StatusCode.UNAVAILABLE
    reason = "UNAVAILABLE"


class TooLate(CallError):
    """The call's deadline passed."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


class Internal(CallError):
    """A fault of the service. The log says more."""

    code = grpc.StatusCode.INTERNAL
    reason = "INTERNAL"


def to_status(error: CallError) -> Status:
    """The error as a rich status."""
    status = Status(code=error.code.value[0], message=error.message)
    details: list[ErrorInfo | BadRequest] = [ErrorInfo(reason=error.reason, domain=DOMAIN)]
    if error.violations:
        details.append(
            BadRequest(
                field_violations=[
                    BadRequest.FieldViolation(field=v.field, description=v.message) for v in error.violations
                ]
            )
        )
    for detail in details:
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def violations_of(error: grpc.aio.AioRpcError) -> list[Violation]:
    """The fields a failed call found at fault."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    found: list[Violation] = []
    for detail in status.details if status else ():
        bad = BadRequest()
        if detail.Unpack(bad):
            found += [Violation(v.field, v.description) for v in bad.field_violations]
    return found
