"""Made-up answers as long as engines' are, and brands whose answers wait to be scored."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from answerbeat.database import Database, clock
from answerbeat.ids import new_id
from answerbeat.schema import Brand, CollectorResult, Competitor, Customer, JobRun, QueryExecution
from engine_emulator.answers import MadeUp, make_up, markdown
from reading.document import Link
from reading.mentions import Name
from worker_svc.store.calls import question_hash

QUESTIONS = ("Which invoicing app is best in week {}?", "Which boots are best in week {}?")
PARTS = 2
"""Made-up answers of each kind that make one as long as engines' are."""
ASKED = 100
"""Questions that a brand has; each was asked as often as its answers need."""


@dataclass(frozen=True)
class LongAnswer:
    """One answer, and what it was made of."""

    text: str
    links: list[Link]
    parts: list[MadeUp]


def long_answer(number: int) -> LongAnswer:
    """The same for the same number."""
    parts = [make_up(1, "chatgpt", q.format(number + j)) for q in QUESTIONS for j in range(PARTS)]
    text = "\n\n".join(markdown(part, lambda page: f" ([source]({page.url}))") for part in parts)
    return LongAnswer(text, [Link(page.url, page.title) for part in parts for page in part.pages], parts)


def most_named(answers: list[LongAnswer]) -> list[Name]:
    """The six that answers name most, the first as the brand."""
    told = Counter(point.seller.name for answer in answers for part in answer.parts for point in part.points)
    return [Name(name, is_brand=i == 0) for i, (name, _) in enumerate(told.most_common(6))]


async def brand_with_backlog(url: str, count: int) -> UUID:
    """A brand with so many answers that nobody has read."""
    answers = [long_answer(i) for i in range(count)]
    brand_name, *rivals = most_named(answers)
    async with Database(url, 1) as database, database.transaction() as session:
        customer = Customer(name="customer with a backlog")
        session.add(customer)
        await session.flush()
        brand = Brand(customer_id=customer.id, name=brand_name.name)
        session.add(brand)
        await session.flush()
        whose = {"customer_id": customer.id, "brand_id": brand.id}
        session.add_all(Competitor(**whose, name=rival.name) for rival in rivals)
        now = await clock(session)
        times = {"scheduled_for": now, "available_at": now, "started_at": now, "finished_at": now}
        limits = {"max_attempts": 1, "timeout_seconds": 600}
        run = JobRun(**whose, job_type="data_collection", status="completed", trigger="manual", **times, **limits)
        session.add(run)
        await session.flush()
        asked = [new_id() for _ in range(ASKED)]
        for i, answer in enumerate(answers):
            asked_of = {
                "job_run_id": run.id,
                "query_id": asked[i % ASKED],
                "question": f"Question {i % ASKED}?",
                "topic": "Topic",
                "collector": "chatgpt",
                "sample": 1 + i // ASKED,
                "day": now.date(),
            }
            session.add(QueryExecution(**whose, **asked_of, status="answered", attempts=1, finished_at=now))
            session.add(
                CollectorResult(
                    **whose,
                    **asked_of,
                    question_hash=question_hash(f"Question {i % ASKED}?"),
                    model="emulated",
                    answer=answer.text,
                    engine_citations=[{"url": link.url, "title": link.title} for link in answer.links],
                    latency_ms=1,
                    raw_response="{}",
                )
            )
        return brand.id
