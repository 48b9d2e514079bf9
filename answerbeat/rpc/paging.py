"""The tokens of pages, which stand for the key that a page ends with."""

import base64
import binascii
from uuid import UUID

from answerbeat.errors import InvalidField

DEFAULT_LIMIT = 20


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
