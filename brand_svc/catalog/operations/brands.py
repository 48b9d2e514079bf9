"""What people do with brands: make, read, change, delete.

A change puts all that is given in the place of what was. What stays keeps its key: competitors and topics by their
names, questions as `keeping` tells. Answers keep the words they were asked with, whatever becomes of the question.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from answerbeat import paging
from answerbeat.caller import Caller
from answerbeat.database import Session, clock
from answerbeat.errors import Conflict, NotFound
from answerbeat.schema import Brand, Competitor, GeneratedQuery, Topic
from brand_svc.catalog.content import BrandContent, CompetitorContent, QuestionContent, TopicContent, accepted
from brand_svc.catalog.keeping import Placed, Words, check_etag, place_questions
from brand_svc.catalog.store import brands, customers


async def create(session: Session, customer_id: UUID, content: BrandContent, who: Caller) -> Brand:
    """Makes a brand with its competitors, topics and questions, all or nothing.

    Raises NotFound, InvalidFields and Conflict.
    """
    customer = await customers.hold(session, customer_id)
    if customer is None or not who.may_see(customer_id):
        raise NotFound("customer", customer_id, field="customer_id")
    return await _put(session, Brand(customer_id=customer.id), accepted(content))


async def get(session: Session, brand_id: UUID, who: Caller) -> Brand:
    """A brand. Raises NotFound."""
    return _seen(await brands.find(session, brand_id), brand_id, who)


async def list_page(
    session: Session, customer_id: str, limit: int, before: UUID | None, who: Caller
) -> tuple[Sequence[Brand], Brand | None]:
    """A page of brands that the caller may see, newest first; of one customer unless that is "". Raises NotFound."""
    return paging.cut(await brands.page(session, who.narrow(customer_id), limit, before), limit)


async def competitors(session: Session, of: Sequence[Brand]) -> dict[UUID, list[Competitor]]:
    """The competitors of each brand, by name."""
    return await brands.competitors_of(session, of)


async def topics(session: Session, brand_id: UUID, who: Caller) -> list[tuple[Topic, list[GeneratedQuery]]]:
    """The brand's topics in the order they were given, each with its questions. Raises NotFound."""
    await get(session, brand_id, who)
    by_topic: dict[UUID, list[GeneratedQuery]] = {}
    for query in await brands.questions_of(session, brand_id):
        by_topic.setdefault(query.topic_id, []).append(query)
    return [(topic, by_topic.get(topic.id, [])) for topic in await brands.topics_of(session, brand_id)]


async def update(session: Session, brand_id: UUID, etag: str | None, content: BrandContent, who: Caller) -> Brand:
    """Puts what is given in the place of what was. Raises NotFound, StaleEtag, InvalidFields and Conflict."""
    brand = _seen(await brands.lock(session, brand_id), brand_id, who)
    check_etag(etag, brand.updated_at)
    wanted = accepted(content)
    brand.updated_at = await clock(session)
    return await _put(session, brand, wanted)


async def delete(session: Session, brand_id: UUID, who: Caller) -> None:
    """Takes a brand away: nobody sees it any more. Raises NotFound and Conflict.

    Its schedules and runs are ended by the scheduler, and its history is taken by the duty `removal` after that.
    """
    brand = _seen(await brands.lock(session, brand_id), brand_id, who)
    if await brands.is_depended_on(session, brand.id):
        raise Conflict("A schedule of another brand depends on one of this brand's; change that first.")
    await brands.mark_deleted(session, brand)


def _seen(brand: Brand | None, brand_id: UUID, who: Caller) -> Brand:
    if brand is None or not who.may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    return brand


async def _put(session: Session, brand: Brand, wanted: BrandContent) -> Brand:
    brand.name = wanted.name
    brand.aliases = list(wanted.aliases)
    brand.domains = list(wanted.domains)
    brand.ai_models = list(wanted.ai_models)
    await brands.write(session, brand)
    await _put_competitors(session, brand, wanted.competitors)
    await _put_topics(session, brand, wanted.topics)
    await session.refresh(brand)
    return brand


async def _put_competitors(session: Session, brand: Brand, wanted: Iterable[CompetitorContent]) -> None:
    present = {rival.name: rival for rival in (await brands.competitors_of(session, [brand]))[brand.id]}
    for given in wanted:
        rival = present.pop(given.name, None)
        if rival is None:
            rival = Competitor(customer_id=brand.customer_id, brand_id=brand.id, name=given.name)
            session.add(rival)
        rival.aliases = list(given.aliases)
        rival.domains = list(given.domains)
    for rival in present.values():
        await session.delete(rival)


async def _put_topics(session: Session, brand: Brand, wanted: Sequence[TopicContent]) -> None:
    present = {topic.name: topic for topic in await brands.topics_of(session, brand.id)}
    rows = {query.id: query for query in await brands.questions_of(session, brand.id)}
    placed, left = place_questions({key: Words(row.text, row.locale, row.country) for key, row in rows.items()}, wanted)
    for key in left:
        if rows[key].is_branded is not None:
            await brands.count_anew(session, rows[key])
        await session.delete(rows[key])
    await session.flush()
    for name in dict.fromkeys(topic.name for topic in wanted):
        if name not in present:
            present[name] = Topic(customer_id=brand.customer_id, brand_id=brand.id, name=name)
            session.add(present[name])
            await session.flush()  # one by one: their keys are in the order given
    for question in placed:
        row = rows[question.id] if question.id else None
        if row and _is_branded_anew(row, question.content):
            await brands.count_anew(session, row)
        _put_question(session, brand, row, question, present[question.topic].id)
    await brands.write_questions(session)
    for name in present.keys() - {topic.name for topic in wanted}:
        await session.delete(present[name])
    await session.flush()


def _is_branded_anew(row: GeneratedQuery, content: QuestionContent) -> bool:
    """Whether a person's word of it changes, or its text, which that word was said of."""
    is_said_otherwise = row.is_branded != content.is_branded
    return is_said_otherwise or (row.is_branded is not None and row.text != content.text)


def _put_question(session: Session, brand: Brand, row: GeneratedQuery | None, question: Placed, topic_id: UUID) -> None:
    if row is None:
        row = GeneratedQuery(customer_id=brand.customer_id, brand_id=brand.id)
        session.add(row)
    row.topic_id = topic_id
    row.text = question.content.text
    row.is_active = question.content.is_active
    row.locale = question.content.locale
    row.country = question.content.country
    row.is_branded = question.content.is_branded
