"""What each process takes by itself: the time and the CPU until it is ready, and its memory then.

The scheduler, a worker and the emulator start one after another on a database that is there; then the gateway, which is
ready when it has found the other two. A worker's memory is told again after it has read answers with their tone, for
which it loads a model, and the gateway's and the scheduler's after the same.
"""

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from bench.answers import brand_with_backlog
from bench.ends import until_ended
from bench.postgres import fresh_database
from bench.stack import Stack
from bench.usage import cpu_of, memory_of

NAMES = ("scheduler", "worker", "brand", "emulator", "gateway")
ROUNDS = 3
ANSWERS = 25
SCORE_SECONDS = 120


async def start(url: str, folder: Path) -> dict[str, tuple[float, float]]:
    """Seconds until each is ready, and CPU seconds that it used until then."""
    async with Stack(url, folder) as stack:
        return {name: (await stack.start(name), cpu_of(stack.process(name))) for name in NAMES}


async def remember(url: str, folder: Path) -> dict[str, list[tuple[float, float]]]:
    """RSS and PSS of each, in MB: after the start, and after some answers were scored."""
    brand_id = await brand_with_backlog(url, ANSWERS)
    async with Stack(url, folder) as stack:
        for name in NAMES:
            await stack.start(name)
        found = {name: [memory_of(stack.process(name))] for name in NAMES}
        body = {"job_type": "scoring"}
        (await stack.http.post(f"/api/admin/brands/{brand_id}/runs", json=body)).raise_for_status()
        await until_ended(url, 2, SCORE_SECONDS, brand_id)  # the answers came with the first
        for name in NAMES:
            found[name].append(memory_of(stack.process(name)))
    return found


async def measure(url: str) -> None:
    """Prints a line a process."""
    with tempfile.TemporaryDirectory() as folder:
        starts = [await start(url, Path(folder)) for _ in range(ROUNDS)]
        memory = await remember(url, Path(folder))
    for name in NAMES:
        seconds, cpu = (median(found[name][i] for found in starts) for i in (0, 1))
        (rss, pss), (rss_later, pss_later) = memory[name]
        print(
            f"processes, {name}: ready in {seconds:.1f} s with {cpu:.1f} s of CPU;"
            f" RSS {rss:.0f} MB, PSS {pss:.0f}; after scoring {rss_later:.0f}, {pss_later:.0f}"
        )
    print(f"processes, PSS of all after scoring: {sum(found[1][1] for found in memory.values()):.0f} MB")


def main() -> None:
    """Measures."""
    with fresh_database() as url:
        asyncio.run(measure(url))
