"""Keys: UUIDv7, which sort by the time they were made (RFC 9562)."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new key, greater than those this process made before."""
    return UUID(int=uuid_utils.uuid7().int)
