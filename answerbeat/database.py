"""The way to PostgreSQL: a pool for statements, and a connection that listens.

PostgreSQL may be away at start and may go away later. `ping` tells whether it is there, with the right schema; a pooled
connection is checked before use; a listener reconnects by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from answerbeat.schema.revision import NEEDED

log = structlog.get_logger()

AWAY = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError, ConnectionError)
"""What a database that can't be reached raises, among other things."""
AWAY_STATES = ("08", "57P", "53", "40")
"""SQLSTATEs of a statement that may be tried again: a connection that broke, a shutdown, a server out of room, and a
transaction that lost a race (PostgreSQL's manual, appendix A)."""

KEEP_ALIVE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanished without a word is noticed within half a minute."""
NO_JIT = "-c jit=off"
"""Our statements take milliseconds; compiling one takes longer, and a queue's estimated cost is enough to begin it."""
SCHEDULES_CHANGED = "answerbeat_schedules"
"""Notified when a schedule's next fire time may have moved."""
RUNS_CHANGED = "answerbeat_changes"
"""Notified when a run's status or progress has changed."""
RUNS_WAITING = "answerbeat_runs"
"""Notified when a run may have become ready to lease."""
ANSWERS_READ = "answerbeat_answers_read"
"""Notified when there is something to count anew."""
ANSWERS_COUNTED = "answerbeat_answers_counted"
"""Notified when it was counted."""
REMOVALS = "answerbeat_removals"
"""Notified when a brand or a customer is to be removed, and when nothing of a brand goes on any more."""

Session = AsyncSession
"""An open transaction. Who has no SQL of their own pass it on to those who have."""

NOTIFY = text("SELECT pg_notify(channel, '') FROM unnest(CAST(:channels AS text[])) AS channel")


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database can't be reached, rather than that a statement is wrong."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return isinstance(error, AWAY) and (state is None or state.startswith(AWAY_STATES))


def constraint_of(error: IntegrityError) -> str | None:
    """The name of the constraint that refused a row, by which it is known. None where PostgreSQL names none."""
    return error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None


def first_line(error: BaseException) -> str:
    """The first line of an error's text, for a log."""
    return (str(error).splitlines() or [type(error).__name__])[0]


class WrongSchema(Exception):
    """The database has another schema than this code needs."""

    def __init__(self, found: str | None) -> None:
        super().__init__(f"schema {found or 'none'}, needs {NEEDED}")


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self._dsn = url
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=True,
            # Without it each new connection would cost a round trip for facts that don't change.
            connect_args={"application_name": "answerbeat", "options": NO_JIT, **KEEP_ALIVE},
        )

    async def close(self) -> None:
        """Closes the pool."""
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        """Gives the open pool."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the pool."""
        await self.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def ping(self) -> None:
        """Returns when the database answers and has the schema that the code needs. Raises WrongSchema, and others."""
        async with self.engine.connect() as connection:
            found = None
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")):
                found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found != NEEDED:
            raise WrongSchema(found)

    async def notifications(self, *channels: str) -> AsyncIterator[str]:
        """Yields the channel of each notification, and "" whenever some may have been missed.

        The first "" comes once it listens. Never ends by itself.
        """
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, application_name="answerbeat listen", **KEEP_ALIVE
                ) as connection:
                    for channel in channels:
                        await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                    yield ""
                    async for notice in connection.notifies():
                        yield notice.channel
            except AWAY as error:
                log.warning("listen_lost", error=first_line(error))
                await asyncio.sleep(1)


def given(*conditions: tuple[Callable[[Any, Any], Any], Any, Any]) -> list[Any]:
    """Of (operator, column, value), the conditions whose value is given, for `where`."""
    return [operate(column, value) for operate, column, value in conditions if value is not None]


def array(values: Iterable[UUID | datetime | bool | None]) -> str:
    """The values as an array literal, for a parameter that the statement casts to an array.

    None of these has a character that would need quotes. The driver looks at each for one, which for the thousands of
    keys of a batch costs more than the statement.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


async def notify(session: AsyncSession, *channels: str) -> None:
    """Notifies channels when the transaction commits."""
    await session.execute(NOTIFY, {"channels": list(channels)})


async def clock(session: AsyncSession) -> datetime:
    """PostgreSQL's time, which is the time for every decision about schedules and runs."""
    now: datetime = (await session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now
