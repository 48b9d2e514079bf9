"""Whether days may be counted anew: not where retention took answers that their sums still hold."""

from uuid import UUID

from answerbeat.database import Session
from answerbeat.errors import Conflict
from brand_svc.insights.store.counting import bring_up_to_date
from brand_svc.insights.store.lost import has_lost

LOST = "Retention took answers of the same days and engines; their numbers could not be counted anew, and would change."


async def may_count_anew(session: Session, brand_id: UUID, what: UUID) -> None:
    """Counts what is due, and sees whether the sums of the days of a run, an answer or an import are all still there.

    Raises Conflict.
    """
    while await bring_up_to_date(session, brand_id):
        pass
    if await has_lost(session, brand_id, what):
        raise Conflict(LOST)
