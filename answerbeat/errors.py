"""What can go wrong in a call, as types with the facts in them.

Rules raise these, and know nothing of a wire; `rpc.status` makes each a gRPC status.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """A field at fault, by its path in the request, and what is wrong with it."""

    field: str
    message: str


class CallError(Exception):
    """A call that can't be done, through no fault of the service."""

    def __init__(self, message: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.violations = tuple(violations)


class InvalidFields(CallError):
    """Values that can't be."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{v.field}: {v.message}" for v in violations), violations)


class InvalidField(InvalidFields):
    """A value that can't be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(Violation(field, message))


class NotFound(CallError):
    """No such thing, or another customer's."""

    def __init__(self, what: str, key: object, field: str | None = None, hint: str = "") -> None:
        message = f"There is no {what} {key}.{hint and ' '}{hint}"
        super().__init__(message, [Violation(field, message)] if field else [])


class Conflict(CallError):
    """Something that stands against what was asked."""


class StaleEtag(CallError):
    """Somebody else changed the thing since it was read."""


class Unauthenticated(CallError):
    """No token, or one that is not known."""


class Forbidden(CallError):
    """A token without the right."""


class Unavailable(CallError):
    """Something the service needs is away. The call may be tried again."""


class TooLate(CallError):
    """The call's deadline passed."""


class Internal(CallError):
    """A fault of the service. The log says more."""
