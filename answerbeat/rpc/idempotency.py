"""A request that is sent again with the same `Idempotency-Key` gets the same answer, and its effect happens once.

The key is written in the transaction of the effect itself: either both stand or neither does.
A second request that comes while the first is under way waits for it, on the key's row.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.caller import Caller
from answerbeat.errors import InvalidField
from answerbeat.rpc.caller import caller
from answerbeat.schema import IdempotencyKey

Response = TypeVar("Response", bound=Message)


async def once(
    session: AsyncSession, request: Message, empty: Response, effect: Callable[[], Awaitable[Response]]
) -> Response:
    """Does `effect` unless the caller's key has been used; then gives that answer again.

    `empty` is an unset response of the right type. Raises InvalidField when the key was used
    for something else.
    """
    by = caller()
    if not by.idempotency_key:
        return await effect()
    method = request.DESCRIPTOR.full_name
    digest = hashlib.sha256(request.SerializeToString(deterministic=True)).digest()
    claimed = await session.execute(
        insert(IdempotencyKey)
        .values(caller=_scope(by), key=by.idempotency_key, method=method, request_hash=digest)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    mine = (IdempotencyKey.caller == _scope(by)) & (IdempotencyKey.key == by.idempotency_key)
    if claimed.first() is None:
        earlier = (await session.execute(select(IdempotencyKey).where(mine))).scalar_one()
        if (earlier.method, earlier.request_hash) != (method, digest):
            raise InvalidField("Idempotency-Key", "was used for another request; take a new one")
        empty.ParseFromString(earlier.response or b"")
        return empty
    response = await effect()
    await session.execute(update(IdempotencyKey).where(mine).values(response=response.SerializeToString()))
    return response


def _scope(by: Caller) -> str:
    return f"{by.customer_id or '*'}/{by.name}"
