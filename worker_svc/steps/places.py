"""Reads who stands where in an answer, and the pages it cites."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from reading import reading
from reading.branded import names_brand
from reading.citations import Cited
from reading.document import Link
from reading.mentions import Name
from reading.reading import Place, Reading
from worker_svc.steps.kind import Kind
from worker_svc.store.calls import storable
from worker_svc.store.fence import Fenced
from worker_svc.store.readings import StoredAnswer, Subject, keep_branded, keep_places


@dataclass(frozen=True)
class Places:
    """Who stands where in an answer, and the pages it cites."""

    tracked: dict[str, Place]
    untracked: dict[str, int]
    cited: list[Cited]
    is_branded: bool
    """The question names the brand."""


async def read_places(answer: StoredAnswer, names: Sequence[Name]) -> Places:
    """Positions and citations."""

    def read() -> Places:
        links = [Link(c["url"] or "", c["title"]) for c in answer.engine_citations]
        found = Reading(answer.answer, names, links)
        return Places(found.places(), found.untracked(), found.citations(), names_brand(answer.question, names))

    return await asyncio.to_thread(read)


async def write_places(fenced: Fenced, names: Sequence[Name], answer: StoredAnswer, facts: Places) -> dict[str, int]:
    """Stores the positions and citations of one answer."""
    positions = [
        {
            "name": name.name,
            "is_brand": name.is_brand,
            "mentions": facts.tracked[name.name].mentions,
            "position": facts.tracked[name.name].position,
            "version": reading.VERSION,
        }
        for name in names
    ]
    pages = [
        {
            "ordinal": i,
            "url": storable(page.url),
            "title": page.title,
            "domain": storable(page.domain),
            "owner": page.owner,
        }
        for i, page in enumerate(facts.cited, start=1)
    ]
    untracked = [{"name": storable(label), "position": place} for label, place in facts.untracked.items()]
    await keep_places(fenced, answer, positions, pages, untracked)
    await keep_branded(fenced, answer, is_branded=facts.is_branded)
    return {"positions_processed": 1, "citations_processed": len(pages)}


PLACES = Kind(Subject.PLACES, str(reading.VERSION), read_places, write_places)
