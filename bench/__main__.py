"""Runs the measurements named, or all."""

import sys
import time
from importlib import import_module

from answerbeat.settings import Settings
from answerbeat.telemetry import configure_logging

NAMES = (
    "runs",
    "lateness",
    "collect",
    "processes",
    "api",
    "reads",
    "watchers",
    "enqueue",
    "scale",
    "score",
    "hostile",
    "insights",
    "page",
)


def main() -> None:
    """Runs them in order."""
    wanted = sys.argv[1:] or list(NAMES)
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}.")
    configure_logging(Settings(ANSWERBEAT_LOG_LEVEL="warning"), "bench")
    for name in wanted:
        started = time.monotonic()
        import_module(f"bench.{name}").main()
        print(f"({name}: {time.monotonic() - started:.0f} s in all)", flush=True)


main()
