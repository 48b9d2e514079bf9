"""Finds out who calls: tokens, and the digests that are kept of them."""

import hmac
import time

from sqlalchemy import select

from answerbeat.caller import Caller, Role, hash_token
from answerbeat.database import Database
from answerbeat.errors import Unauthenticated
from answerbeat.schema import ApiToken
from answerbeat.settings import Settings

CACHE_SECONDS = 5.0
"""How long a known token is believed without asking the database. A revoked one lives this much longer."""
CACHE_SIZE = 10_000


class Tokens:
    """Finds out who calls."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._fixed: list[tuple[bytes, Caller]] = []
        if settings.admin_token:
            secret = settings.admin_token.get_secret_value()
            self._fixed.append((hash_token(secret), Caller("admin", Role.ADMIN)))
        if settings.service_secret:
            # Stands first: services that share the admin token have the service's right.
            self._fixed.insert(0, (hash_token(settings.service_secret), Caller("service", Role.SERVICE)))
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
        found = Caller(row.name, Role[row.role.upper()], row.customer_id)
        self._cache[digest] = (now + CACHE_SECONDS, found)
        return found
