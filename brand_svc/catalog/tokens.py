"""Tokens that are given out: their secrets, of which only a digest is kept, and their names."""

import secrets
from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.errors import InvalidField, NotFound

PREFIX = "ab_"
"""By which a token is known for one of ours, where it should not be."""


def new_secret() -> str:
    """A secret that nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def check_name(name: str) -> str:
    """A token's name as it is kept. Raises InvalidField."""
    if not name.strip() or not name.isprintable():
        raise InvalidField("name", "must be printable and not blank")
    return name.strip()


def owner_of(customer_id: UUID | None, who: Caller) -> UUID | None:
    """Whose a new token is: whoever is bound to a customer gives tokens of that one only. Raises NotFound."""
    owner = customer_id or who.customer_id
    if owner and not who.may_see(owner):
        raise NotFound("customer", owner, field="customer_id")
    return owner
