"""The one place where an error becomes a gRPC status, and what can be read from one.

A status carries `google.rpc.ErrorInfo` (a reason a program can test) and, where a field is at fault,
`google.rpc.BadRequest`.
"""

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import StatusCode
from grpc_status import rpc_status

from answerbeat import errors
from answerbeat.errors import CallError, Violation

DOMAIN = "answerbeat"
KINDS: dict[type[CallError], tuple[StatusCode, str]] = {
    errors.InvalidFields: (StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS"),
    errors.NotFound: (StatusCode.NOT_FOUND, "NOT_FOUND"),
    errors.Conflict: (StatusCode.FAILED_PRECONDITION, "CONFLICT"),
    errors.StaleEtag: (StatusCode.ABORTED, "STALE_ETAG"),
    errors.Unauthenticated: (StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
    errors.Forbidden: (StatusCode.PERMISSION_DENIED, "FORBIDDEN"),
    errors.Unavailable: (StatusCode.UNAVAILABLE, "UNAVAILABLE"),
    errors.TooLate: (StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
    errors.Internal: (StatusCode.INTERNAL, "INTERNAL"),
}
"""The code and the reason of each kind of error; a kind of its own has those of the one it is made from."""


def kind_of(error: CallError) -> tuple[StatusCode, str]:
    """The error's gRPC code, and the reason that programs test."""
    return next((KINDS[kind] for kind in type(error).__mro__ if kind in KINDS), (StatusCode.UNKNOWN, "UNKNOWN"))


def to_status(error: CallError) -> Status:
    """The error as a rich status."""
    code, reason = kind_of(error)
    status = Status(code=code.value[0], message=error.message)
    details: list[ErrorInfo | BadRequest] = [ErrorInfo(reason=reason, domain=DOMAIN)]
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
