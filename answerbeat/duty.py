"""Keeps a background duty going when the database goes away and comes back."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from answerbeat.database import is_away

log = structlog.get_logger()

PAUSE_SECONDS = 1.0


def through_outages(name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The duty, begun again after each outage. Other errors end it, and with it the process."""

    async def kept_going() -> None:
        was_away = False
        while True:
            try:
                await work()
                was_away = False
            except Exception as error:
                if not is_away(error):
                    raise
                if not was_away:
                    log.warning("database_away", duty=name)
                was_away = True
                await asyncio.sleep(PAUSE_SECONDS)

    return kept_going
