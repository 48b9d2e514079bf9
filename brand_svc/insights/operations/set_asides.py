"""What people leave out of the numbers, and take back. Both may be asked for again: what stands so already, stays."""

from uuid import UUID

from answerbeat.caller import Caller
from answerbeat.database import Session
from answerbeat.errors import NotFound
from answerbeat.schema import SetAside
from brand_svc.insights.operations.counting_anew import may_count_anew
from brand_svc.insights.store import set_asides
from brand_svc.insights.store.set_asides import Countable

RETAINED = "Perhaps it was kept for as long as runs are, and went with its answers."


async def set_run_aside(session: Session, run_id: UUID, reason: str, who: Caller) -> SetAside:
    """Leaves a run out of the numbers, and gives what stands then. Raises NotFound and Conflict."""
    await may_count_anew(session, (await _run(session, run_id, who)).brand_id, run_id)
    await set_asides.set_run_aside(session, run_id, reason, who.name)
    return await set_asides.of_run(session, run_id)


async def set_answer_aside(session: Session, brand_id: UUID, answer_id: UUID, reason: str, who: Caller) -> SetAside:
    """Leaves an answer out of the numbers, and gives what stands then. Raises NotFound and Conflict."""
    await may_count_anew(session, (await _answer(session, brand_id, answer_id, who)).brand_id, answer_id)
    await set_asides.set_answer_aside(session, answer_id, reason, who.name)
    return await set_asides.of_answer(session, answer_id)


async def take_run_back(session: Session, run_id: UUID, who: Caller) -> None:
    """Lets a run count again. Raises NotFound and Conflict."""
    await may_count_anew(session, (await _run(session, run_id, who)).brand_id, run_id)
    await set_asides.take_run_back(session, run_id, who.name)


async def take_answer_back(session: Session, brand_id: UUID, answer_id: UUID, who: Caller) -> None:
    """Lets an answer count again. Raises NotFound and Conflict."""
    await may_count_anew(session, (await _answer(session, brand_id, answer_id, who)).brand_id, answer_id)
    await set_asides.take_answer_back(session, answer_id, who.name)


async def _run(session: Session, run_id: UUID, who: Caller) -> Countable:
    found = await set_asides.find_run(session, run_id)
    if found is None or not who.may_see(found.customer_id):
        raise NotFound("run", run_id, hint=RETAINED)
    return found


async def _answer(session: Session, brand_id: UUID, answer_id: UUID, who: Caller) -> Countable:
    found = await set_asides.find_answer(session, answer_id)
    if found is None or found.brand_id != brand_id or not who.may_see(found.customer_id):
        raise NotFound("answer", answer_id, hint=RETAINED)
    return found
