"""brand_svc as it runs anywhere, which also writes down how late its loop is, and how long a connection is waited for.

`python -m bench.watched brand` takes the place of `answerbeat brand`. Each line that it adds to the file named by
BENCH_WAITS_FILE is a moment of CLOCK_MONOTONIC in seconds, what was waited for, and for how many milliseconds.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

from answerbeat import database
from answerbeat.rpc.server import Duty, Server
from brand_svc import main as brand_svc
from launcher import cli

LOOP, POOL = "loop", "pool"
FILE = "BENCH_WAITS_FILE"
LOOK_SECONDS = 0.005
"""Between two looks at the loop."""


class Waits:
    """Waits that were measured, on their way to the file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def add(self, what: str, seconds: float) -> None:
        """Writes one down, as ended now."""
        self._file.write(f"{time.monotonic()} {what} {seconds * 1_000}\n")

    async def watch_loop(self) -> None:
        """Looks how much later than asked for the loop comes back."""
        while True:
            due = time.monotonic() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.add(LOOP, max(0.0, time.monotonic() - due))


def main() -> None:
    """Runs the command, with brand_svc's loop and pool watched."""
    waits = Waits(Path(os.environ[FILE]))

    class WatchedPool(AsyncAdaptedQueuePool):
        def connect(self) -> PoolProxiedConnection:
            started = time.monotonic()
            found = super().connect()
            waits.add(POOL, time.monotonic() - started)
            return found

    class WatchedServer(Server):
        async def serve(self, *duties: Duty, drain: Callable[[], Awaitable[None]] | None = None) -> None:
            await super().serve(*duties, waits.watch_loop, drain=drain)

    database.create_async_engine = partial(create_async_engine, poolclass=WatchedPool)  # type: ignore[assignment]
    brand_svc.Server = WatchedServer  # type: ignore[misc]
    cli.main()


if __name__ == "__main__":
    main()
