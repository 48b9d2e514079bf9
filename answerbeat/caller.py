"""Who calls: the facts, and what follows from them. It is handed on as an argument.

Who it is, is found out in `rpc.tokens`.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

from answerbeat.errors import Forbidden, NotFound


class Role(IntEnum):
    """Rights, each including those before it, by the contract's numbers (access.proto)."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3
    SERVICE = 4


class TokenRole(StrEnum):
    """What a token that is given out may be."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


def hash_token(token: str) -> bytes:
    """What is kept of a token. Tokens are random, so that a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True)
class Caller:
    """Whose token a call carries."""

    name: str
    role: Role
    customer_id: UUID | None = None
    """The only customer it may see; all when None."""
    idempotency_key: str | None = None

    def may_see(self, customer_id: UUID) -> bool:
        """Whether what belongs to the customer exists for this caller."""
        return self.customer_id is None or self.customer_id == customer_id

    def narrow(self, customer_id: str) -> UUID | None:
        """The customer to list: the one asked for, or the caller's own. "" asks for none in particular.

        Raises NotFound for another customer's.
        """
        if not customer_id:
            return self.customer_id
        asked = UUID(customer_id)
        if not self.may_see(asked):
            raise NotFound("customer", asked, field="customer_id")
        return asked

    def require_unbound(self) -> None:
        """Raises Forbidden for a token that is bound to a customer."""
        if self.customer_id is not None:
            raise Forbidden("This token is bound to one customer and can't do this.")
