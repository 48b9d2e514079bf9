"""The page in a browser: first content, script, and lists of many jobs and runs beside the same lists with few.

The clock is the browser's own (Paint Timing), and each place is opened in turn on two stacks, so that the ratio is of
one run. Needs Debian's chromium.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import psycopg
from playwright.async_api import Browser, Page, async_playwright

from bench.postgres import fresh_database
from bench.scale import OWNERS
from tests.e2e.conftest import CHROMIUM
from tests.integration.stack import TOKEN, Stack

JOBS = (25, 10_000)
RUNS = (25, 100_000)
ROUNDS = 10
IS_WHOLE = "document.querySelector('main h1') && !document.querySelector('[aria-label=Loading]')"
PLACES = ("/admin/brands", "/admin/scheduled-jobs", "/admin/runs")

MAKE_JOBS = """
INSERT INTO scheduled_jobs (id, customer_id, brand_id, job_type, cron_expression, timezone, is_active, overlap_policy,
    catch_up, catchup_window_seconds, jitter_seconds, max_attempts, timeout_seconds, next_run_at, created_by)
SELECT uuidv7(), customer_id, id, 'scoring', '0 9 * * *', 'UTC', true, 'skip', 'latest', 3600, 0, 3, 600,
    now() + make_interval(days => 1, secs => i), 'bench'
FROM brands, generate_series(1, {count} / 20) AS i
"""
MAKE_RUNS = """
INSERT INTO job_runs (id, customer_id, brand_id, job_type, status, trigger, scheduled_for, available_at, max_attempts,
    timeout_seconds, started_at, finished_at, created_at)
SELECT uuidv7(-make_interval(mins => i * 8)), customer_id, id, 'scoring', 'completed', 'manual', at, at, 3, 600, at,
    at + interval '4 seconds', at
FROM brands, generate_series(1, {count} / 20) AS i, LATERAL (SELECT now() - make_interval(mins => i * 8) AS at)
"""


@asynccontextmanager
async def filled(url: str, jobs: int, runs: int) -> AsyncIterator[Stack]:
    """A stack whose database holds so many."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in (OWNERS, MAKE_JOBS.format(count=max(jobs, 20)), MAKE_RUNS.format(count=max(runs, 20))):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
    with tempfile.TemporaryDirectory() as logs:
        async with Stack(url, Path(logs), ANSWERBEAT_LOG_LEVEL="warning") as stack:
            yield stack


async def open_place(page: Page, base: str, place: str) -> tuple[float, float]:
    """Milliseconds to the first content, and seconds until the place shows all that it loads first."""
    started = time.perf_counter()
    await page.goto(base + place)
    await page.wait_for_function(IS_WHOLE)  # looks at each frame; expect() waits longer and longer between its looks
    taken = time.perf_counter() - started
    first: float = await page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()"
    )
    return first, taken


async def visit(browser: Browser, base: str, place: str) -> tuple[float, float, int]:
    """One visit by a browser that has never been there; also the bytes of script that came."""
    context = await browser.new_context(bypass_csp=True)  # the look at each frame is a script of ours
    page = await context.new_page()
    await page.request.post(f"{base}/api/admin/session", data={"token": TOKEN})
    first, taken = await open_place(page, base, place)
    sizes: list[int] = await page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('.js')).map((e) => e.encodedBodySize)"
    )
    await context.close()
    return first, taken, sum(sizes)


async def compare() -> None:
    """Prints the medians of both, and what the many cost as a ratio of the few."""
    with fresh_database() as few_url, fresh_database() as many_url:
        async with (
            filled(few_url, JOBS[0], RUNS[0]) as few,
            filled(many_url, JOBS[1], RUNS[1]) as many,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM)
            bases = [str(stack.http.base_url).rstrip("/") for stack in (few, many)]
            for place in PLACES:
                found = [[await visit(browser, base, place) for base in bases] for _ in range(ROUNDS)]
                first = median(both[1][0] for both in found)
                whole = [median(both[i][1] for both in found) for i in (0, 1)]
                print(
                    f"{place}: first content {first:.0f} ms, {found[0][1][2] / 1000:.0f} kB of script gzipped;"
                    f" whole in {whole[1] * 1000:.0f} ms with {JOBS[1]:,} jobs and {RUNS[1]:,} runs,"
                    f" {whole[1] / whole[0]:.2f} x that with few"
                )
            await browser.close()


def main() -> None:
    """Measures."""
    asyncio.run(compare())
