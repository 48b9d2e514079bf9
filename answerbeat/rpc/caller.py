"""Who calls, and with what right: tokens, roles, and the customer a token is bound to."""

import hashlib
import hmac
import time
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from answerbeat.database import Database
from answerbeat.rpc.errors import Forbidden, NotFound, Unauthenticated
from answerbeat.schema import ApiToken
from answerbeat.settings import Settings
from answerbeat.v1 import access_pb2

CACHE_SECONDS = 5.0
"""How long a known token is believed without asking the database. A revoked one lives this much longer."""
CACHE_SIZE = 10_000

ROLES = {
    "viewer": access_pb2.ROLE_VIEWER,
    "operator": access_pb2.ROLE_OPERATOR,
    "admin": access_pb2.ROLE_ADMIN,
}


@dataclass(frozen=True)
class Caller:
    """Whose token a call carries."""

    name: str
    role: int
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


_caller: ContextVar[Caller] = ContextVar("caller")


def caller() -> Caller:
    """The caller of the call under way."""
    return _caller.get()


def set_caller(found: Caller) -> None:
    """Sets the caller of the call under way."""
    _caller.set(found)


def hash_token(token: str) -> bytes:
    """What is kept of a token. Tokens are random, so that a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).digest()


class Tokens:
    """Finds out who calls."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._fixed: list[tuple[bytes, Caller]] = []
        if settings.admin_token:
            secret = settings.admin_token.get_secret_value()
            self._fixed.append((hash_token(secret), Caller("admin", access_pb2.ROLE_ADMIN)))
        if settings.service_secret:
            # Stands first: services that share the admin token have the service's right.
            self._fixed.insert(0, (hash_token(settings.service_secret), Caller("service", access_pb2.ROLE_SERVICE)))
        self._cache: dict[bytes, tuple[float, Caller]] = {}

    async def identify(self, authorization: str | None) -> Caller:
        """The caller behind an Authorization value. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("Send a token: `Authorization: Bearer <token>`.")
        digest = hash_token(token.strip())
        for known, found in self._fixed:
            if hmac.compare_digest(known, digest):
                return found
        return await self._look_up(digest)

    def forget(self, digest: bytes) -> None:
        """Makes a token that was revoked worthless here at once; elsewhere it is remembered for some seconds."""
        self._cache.pop(digest, None)

    async def _look_up(self, digest: bytes) -> Caller:
        now = time.monotonic()
        if (cached := self._cache.get(digest)) and cached[0] > now:
            return cached[1]
        async with self._database.transaction() as session:
            row = await session.scalar(
                select(ApiToken).where(ApiToken.token_hash == digest, ApiToken.revoked_at.is_(None))
            )
        if row is None:
            raise Unauthenticated("This token is not known, or was revoked.")
        if len(self._cache) >= CACHE_SIZE:
            self._cache.clear()
        found = Caller(row.name, ROLES[row.role], row.customer_id)
        self._cache[digest] = (now + CACHE_SECONDS, found)
        return found
