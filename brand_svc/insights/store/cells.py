"""What is counted at a time: the answers of a day, month or year to one question by one engine."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from brand_svc.insights.store.spans import Grain, first_day

FINER = {Grain.MONTH: Grain.DAY, Grain.YEAR: Grain.MONTH}
"""What the rollups of a grain are added up from."""


class Cell(NamedTuple):
    """One question's answers by one engine, from a first day on."""

    query_id: UUID
    collector: str
    starts_on: date

    def within(self, grain: Grain) -> "Cell":
        """The cell of the month or year that this one lies in."""
        return Cell(self.query_id, self.collector, first_day(grain, self.starts_on))


def facts_of(brand_id: UUID, grain: Grain, cells: Collection[Cell]) -> dict[str, object]:
    """What statements that count are told: the cells as three lists, in one order."""
    query_ids, collectors, starts = zip(*sorted(cells), strict=True)
    return {
        "brand_id": brand_id,
        "grain": grain,
        "finer": FINER.get(grain),
        "query_ids": [*query_ids],
        "collectors": [*collectors],
        "starts": [*starts],
    }
