"""What is to be counted anew: the calls of a day, week, month or year that asked a question of an engine."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple
from uuid import UUID

from brand_svc.insights.store.spans import Grain, first_day

FINER = {Grain.WEEK: Grain.DAY, Grain.MONTH: Grain.DAY, Grain.YEAR: Grain.MONTH}
"""What the rollups of a grain are added up from."""


class Due(NamedTuple):
    """One question's calls to one engine, from a first day on, in whichever cells they are."""

    query_id: UUID
    collector: str
    starts_on: date

    def within(self, grain: Grain) -> "Due":
        """The week, month or year that it lies in."""
        return Due(self.query_id, self.collector, first_day(grain, self.starts_on))


def facts_of(customer_id: UUID, brand_id: UUID, grain: Grain, due: Collection[Due]) -> dict[str, object]:
    """What statements that count are told: what is due as three lists, in one order."""
    query_ids, collectors, starts = zip(*sorted(due), strict=True)
    return {
        "customer_id": customer_id,
        "brand_id": brand_id,
        "grain": grain,
        "finer": FINER.get(grain),
        "query_ids": [*query_ids],
        "collectors": [*collectors],
        "starts": [*starts],
    }
