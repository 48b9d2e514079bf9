"""Writes what is pending, and knows what stands against it."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import constraint_of
from answerbeat.errors import Conflict


async def flush(session: AsyncSession, constraint: str, taken: str) -> None:
    """Writes what is pending. Raises Conflict, with this text, where the constraint of that name refuses it."""
    try:
        await session.flush()
    except IntegrityError as error:
        if constraint_of(error) == constraint:
            raise Conflict(taken) from None
        raise
