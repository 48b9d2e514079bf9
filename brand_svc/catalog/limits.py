"""What may go on at once, begin in a minute and cost, over all workers: set by people, kept in PostgreSQL.

Runs at once are counted where runs are leased (by scheduler_svc), calls where they are begun (in the worker).
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from answerbeat.errors import InvalidField
from answerbeat.options import unknown_collectors


class LimitScope(StrEnum):
    """What a limit is of."""

    CUSTOMER = "customer"
    BRAND = "brand"
    COLLECTOR = "collector"


@dataclass(frozen=True)
class Bounds:
    """What a limit bounds; None bounds nothing."""

    max_concurrent: int | None = None
    max_per_minute: int | None = None
    max_micro_usd_per_day: int | None = None
    max_micro_usd_per_month: int | None = None


@dataclass(frozen=True)
class Spent:
    """What calls under a limit have cost, in millionths of a US dollar."""

    today: int
    this_month: int


def check_collector(key: str) -> None:
    """Raises InvalidField for a key that is no collector's name."""
    if unknown := unknown_collectors([key], "key"):
        raise InvalidField("key", unknown[0].message)


def owner_of(scope: LimitScope, key: str) -> UUID:
    """The id of the customer or brand that a key names. Raises InvalidField for one that is not written as ids are."""
    try:
        found = UUID(key)
    except ValueError:
        raise InvalidField("key", f"must be the id of a {scope}, a UUID") from None
    if key != str(found):
        raise no_owner(scope, key)
    return found


def no_owner(scope: LimitScope, key: str) -> InvalidField:
    """What to say of a key that is nobody's."""
    return InvalidField("key", f"there is no {scope} {key}")
