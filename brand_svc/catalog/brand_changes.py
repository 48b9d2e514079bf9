"""Changes of a brand: all that it has is put in its place, and taken away with all that hangs on it.

What stays keeps its key: competitors and topics by their names, questions by their ids or else by their words. Answers
keep the words they were asked with, whatever becomes of the question.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.database import REMOVALS, clock, notify
from answerbeat.errors import Conflict, InvalidFields, NotFound, StaleEtag, Violation
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, Competitor, GeneratedQuery, Limit, Topic
from brand_svc.catalog.brands import etag_of, flush
from brand_svc.catalog.content import BrandContent, CompetitorContent, QuestionContent, TopicContent, check
from reading.citations import bare_domain

IS_DEPENDED_ON = text("""
    SELECT EXISTS (
        SELECT
        FROM scheduled_jobs AS mine
        JOIN scheduled_jobs AS other ON other.depends_on = mine.id
        JOIN brands AS others ON others.id = other.brand_id
        WHERE mine.brand_id = :brand_id
          AND others.id <> mine.brand_id
          AND other.deleted_at IS NULL
          AND others.deleted_at IS NULL)
""")


async def update(session: AsyncSession, brand_id: UUID, etag: str | None, content: BrandContent) -> Brand:
    """Puts what is given in the place of what was. Raises NotFound, StaleEtag, InvalidFields and Conflict."""
    brand = await _locked(session, brand_id)
    if etag is not None and etag != etag_of(brand):
        raise StaleEtag("The brand was changed since you read it. Read it again, and change that.")
    check(content)
    brand.name = content.name.strip()
    brand.aliases = list(content.aliases)
    brand.domains = [bare_domain(domain) for domain in content.domains]
    brand.ai_models = list(content.ai_models)
    brand.updated_at = await clock(session)
    await flush(session, f"The customer has a brand named {brand.name} already.")
    await _put_competitors(session, brand, content.competitors)
    await _put_topics(session, brand, content.topics)
    await session.refresh(brand)
    return brand


async def remove(session: AsyncSession, brand_id: UUID) -> None:
    """Takes a brand away: nobody sees it any more. Raises NotFound and Conflict.

    Its schedules and runs are ended by the scheduler, and its history is taken by the duty `removal` after that.
    """
    # No stronger lock: workers that write its answers, and who counts them, need not end first.
    brand = await session.get(Brand, brand_id, with_for_update={"key_share": True})
    if brand is None or brand.deleted_at or not caller().may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    if await session.scalar(IS_DEPENDED_ON, {"brand_id": brand.id}):
        raise Conflict("A schedule of another brand depends on one of this brand's; change that first.")
    brand.deleted_at = await clock(session)
    await session.flush()
    await session.execute(delete(Limit).where(Limit.scope == "brand", Limit.key == str(brand.id)))
    await notify(session, REMOVALS)


async def _locked(session: AsyncSession, brand_id: UUID) -> Brand:
    brand = await session.get(Brand, brand_id, with_for_update=True)
    if brand is None or brand.deleted_at or not caller().may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    return brand


async def _put_competitors(session: AsyncSession, brand: Brand, wanted: Iterable[CompetitorContent]) -> None:
    present = {rival.name: rival for rival in await _of(session, brand, Competitor)}
    for given in wanted:
        rival = present.pop(given.name.strip(), None)
        if rival is None:
            rival = Competitor(customer_id=brand.customer_id, brand_id=brand.id, name=given.name.strip())
            session.add(rival)
        rival.aliases = list(given.aliases)
        rival.domains = [bare_domain(domain) for domain in given.domains]
    await _delete(session, Competitor, present.values())


async def _put_topics(session: AsyncSession, brand: Brand, wanted: Iterable[TopicContent]) -> None:
    topics = {topic.name: topic for topic in await _of(session, brand, Topic)}
    queries = _Queries(await _of(session, brand, GeneratedQuery))
    kept: list[tuple[GeneratedQuery | None, QuestionContent, str]] = []
    for i, given in enumerate(wanted):
        for j, query in enumerate(given.queries):
            kept.append((queries.take(query, f"topics[{i}].queries[{j}].id"), query, given.name.strip()))
    await _delete(session, GeneratedQuery, queries.left())
    for name in dict.fromkeys(given.name.strip() for given in wanted):
        if name not in topics:
            topics[name] = Topic(customer_id=brand.customer_id, brand_id=brand.id, name=name)
            session.add(topics[name])
            await session.flush()  # one by one: their keys are in the order given
    for row, query, name in kept:
        _put(session, brand, row, query, topics[name].id)
    await flush(session, "Two of the questions would be the same, in the same locale and country.")
    named = {given.name.strip() for given in wanted}
    await _delete(session, Topic, [topic for name, topic in topics.items() if name not in named])


class _Queries:
    """The brand's questions, of which each is taken at most once."""

    def __init__(self, rows: Iterable[GeneratedQuery]) -> None:
        self._by_id = {row.id: row for row in rows}
        self._by_words = {_words(row): row.id for row in self._by_id.values()}

    def take(self, query: QuestionContent, field: str) -> GeneratedQuery | None:
        """The row that a question is; None for a new one. Raises InvalidFields for an id that is not the brand's."""
        if not query.id:
            found = self._by_words.get((query.text.strip(), query.locale, query.country))
            return self._by_id.pop(found, None) if found else None
        try:
            return self._by_id.pop(UUID(query.id))
        except (ValueError, KeyError):
            raise InvalidFields(Violation(field, "is not of a question of this brand, or is given twice")) from None

    def left(self) -> Iterable[GeneratedQuery]:
        return self._by_id.values()


def _words(row: GeneratedQuery) -> tuple[str, str | None, str | None]:
    return row.text, row.locale, row.country


def _put(
    session: AsyncSession, brand: Brand, row: GeneratedQuery | None, query: QuestionContent, topic_id: UUID
) -> None:
    if row is None:
        row = GeneratedQuery(customer_id=brand.customer_id, brand_id=brand.id)
        session.add(row)
    row.topic_id = topic_id
    row.text = query.text.strip()
    row.is_active = query.is_active
    row.locale = query.locale
    row.country = query.country


async def _of(session: AsyncSession, brand: Brand, table: Any) -> list[Any]:
    return list(await session.scalars(select(table).where(table.brand_id == brand.id).order_by(table.id)))


async def _delete(session: AsyncSession, table: Any, rows: Iterable[Any]) -> None:
    keys = [row.id for row in rows]
    if keys:
        await session.execute(delete(table).where(table.id.in_(keys)))
