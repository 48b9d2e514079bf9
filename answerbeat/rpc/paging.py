"""Pages of lists. Keys sort by time, so a page is "the next N keys beyond this one"."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from answerbeat.rpc.errors import InvalidField

DEFAULT_LIMIT = 20
Row = TypeVar("Row")


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


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], Row | None]:
    """Of up to limit + 1 rows, the page, and its last row when there are more."""
    return (rows[:limit], rows[limit - 1]) if len(rows) > limit else (rows, None)
