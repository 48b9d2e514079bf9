"""The caller of the call under way; servicer methods hand it on."""

from contextvars import ContextVar

from answerbeat.caller import Caller

_caller: ContextVar[Caller] = ContextVar("caller")


def caller() -> Caller:
    """The caller of the call under way."""
    return _caller.get()


def set_caller(found: Caller) -> None:
    """Sets the caller of the call under way."""
    _caller.set(found)
