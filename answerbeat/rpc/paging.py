"""The tokens of pages, which stand for the key that a page ends with, or for its place in a list by numbers."""

import base64
import binascii
from collections.abc import Iterable
from uuid import UUID

from answerbeat.errors import InvalidField

DEFAULT_LIMIT = 20
MAX_NUMBER = 2**63
"""What a bigint holds is less."""


def read_token(token: str) -> UUID | None:
    """The key a page token stands for; None for the first page. Raises InvalidField."""
    if not token:
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(token + "=="))
    except (ValueError, binascii.Error):
        raise InvalidField("page_token", "is not one that a list gave") from None


def write_token(key: UUID) -> str:
    """The token of the page after a key."""
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def read_place(token: str, count: int) -> tuple[int, ...] | None:
    """The so many numbers a page token stands for; None for the first page. Raises InvalidField."""
    if not token:
        return None
    try:
        place = tuple(map(int, base64.urlsafe_b64decode(token + "==").decode("ascii").split(".")))
    except ValueError:
        place = ()
    if len(place) != count or not all(0 <= number < MAX_NUMBER for number in place):
        raise InvalidField("page_token", "is not one that a list gave")
    return place


def write_place(place: Iterable[int]) -> str:
    """The token of the page after a place."""
    return base64.urlsafe_b64encode(".".join(map(str, place)).encode()).decode().rstrip("=")
