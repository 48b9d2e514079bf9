"""Brings in answers that were got elsewhere, as brand_svc has taken them in: no engine is asked, and nothing is paid.

Some at a time, in the order of their file. An attempt that is cut short leaves the rest to the next.
"""

import asyncio

from reading.branded import names_brand
from reading.html import to_markdown
from worker_svc.context import RunContext
from worker_svc.store import brands, imports
from worker_svc.store.imports import ImportedLine

NAME = "answer_import"
BATCH = 50
"""Lines at a time."""


async def bring_in(context: RunContext) -> None:
    """Makes answers of all lines that have none yet."""
    run = context.run
    async with context.database.transaction() as session:
        total = await imports.count(session, run)
        names = await brands.tracked_names(session, run)
        lines = await imports.missing(session, run, BATCH)
    while lines:
        ready = [(line, await _markdown(line), names_brand(line.question, names)) for line in lines]
        async with context.fenced() as fenced:
            await imports.keep(fenced, ready)
            lines = await imports.missing(fenced.session, run, BATCH)
        run.advance(NAME, min(total, run.progress.get(NAME, {"done": 0})["done"] + len(ready)), total)
        run.stop_if_draining()
    run.advance(NAME, total, total)
    run.metrics[NAME] = {"answers": total}


async def _markdown(line: ImportedLine) -> str:
    return await asyncio.to_thread(to_markdown, line.text) if line.format == "html" else line.text
