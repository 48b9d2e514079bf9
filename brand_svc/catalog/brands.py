"""Customers, brands, and what to ask about them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat import paging
from answerbeat.errors import Conflict, InvalidField, NotFound
from answerbeat.rpc.caller import caller
from answerbeat.schema import Brand, Competitor, Customer, GeneratedQuery, Topic
from brand_svc.catalog.content import BLANK, BrandContent, TopicContent, check
from reading.citations import bare_domain


async def create_customer(session: AsyncSession, name: str, *, is_demo: bool) -> Customer:
    """Makes a customer. Raises Conflict when the name is taken."""
    caller().require_unbound()
    if not name.strip():
        raise InvalidField("name", BLANK)
    customer = Customer(name=name.strip(), is_demo=is_demo)
    session.add(customer)
    await flush(session, f"There is a customer named {name.strip()} already.")
    return customer


async def get_customer(session: AsyncSession, customer_id: UUID, field: str | None = None) -> Customer:
    """A customer. Raises NotFound."""
    customer = await session.get(Customer, customer_id)
    if customer is None or customer.deleted_at or not caller().may_see(customer_id):
        raise NotFound("customer", customer_id, field)
    return customer


async def list_customers(
    session: AsyncSession, limit: int, before: UUID | None
) -> tuple[Sequence[Customer], Customer | None]:
    """A page of customers, newest first."""
    query = select(Customer).where(Customer.deleted_at.is_(None)).order_by(Customer.id.desc()).limit(limit + 1)
    if only := caller().customer_id:
        query = query.where(Customer.id == only)
    if before:
        query = query.where(Customer.id < before)
    return paging.cut((await session.scalars(query)).all(), limit)


async def create_brand(session: AsyncSession, customer_id: UUID, content: BrandContent) -> Brand:
    """Makes a brand with its competitors, topics and questions, all or nothing. Raises InvalidFields, Conflict."""
    customer = await get_customer(session, customer_id, field="customer_id")
    # Whoever deletes the customer waits until the brand is there, and refuses.
    await session.refresh(customer, with_for_update={"read": True})
    if customer.deleted_at:
        raise NotFound("customer", customer_id, "customer_id")
    check(content)
    brand = Brand(
        customer_id=customer.id,
        name=content.name.strip(),
        aliases=list(content.aliases),
        domains=[bare_domain(domain) for domain in content.domains],
        ai_models=list(content.ai_models),
    )
    session.add(brand)
    await flush(session, f"The customer has a brand named {brand.name} already.")
    for rival in content.competitors:
        session.add(
            Competitor(
                customer_id=customer.id,
                brand_id=brand.id,
                name=rival.name.strip(),
                aliases=list(rival.aliases),
                domains=[bare_domain(domain) for domain in rival.domains],
            )
        )
    for topic in content.topics:
        await _add_topic(session, brand, topic)
    await session.flush()
    await session.refresh(brand)
    return brand


async def get_brand(session: AsyncSession, brand_id: UUID) -> Brand:
    """A brand. Raises NotFound."""
    brand = await session.get(Brand, brand_id)
    if brand is None or brand.deleted_at or not caller().may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    return brand


async def list_brands(
    session: AsyncSession, customer_id: UUID | None, limit: int, before: UUID | None
) -> tuple[Sequence[Brand], Brand | None]:
    """A page of brands, newest first."""
    query = select(Brand).where(Brand.deleted_at.is_(None)).order_by(Brand.id.desc()).limit(limit + 1)
    if customer_id:
        query = query.where(Brand.customer_id == customer_id)
    if before:
        query = query.where(Brand.id < before)
    return paging.cut((await session.scalars(query)).all(), limit)


async def competitors_of(session: AsyncSession, brands: Sequence[Brand]) -> dict[UUID, list[Competitor]]:
    """The competitors of each brand, by name."""
    found: dict[UUID, list[Competitor]] = {brand.id: [] for brand in brands}
    query = select(Competitor).where(Competitor.brand_id.in_(found)).order_by(Competitor.name)
    for rival in await session.scalars(query):
        found[rival.brand_id].append(rival)
    return found


async def topics_of(session: AsyncSession, brand: Brand) -> list[tuple[Topic, list[GeneratedQuery]]]:
    """The brand's topics in the order they were given, each with its questions."""
    topics = (await session.scalars(select(Topic).where(Topic.brand_id == brand.id).order_by(Topic.id))).all()
    queries = await session.scalars(
        select(GeneratedQuery).where(GeneratedQuery.brand_id == brand.id).order_by(GeneratedQuery.id)
    )
    by_topic: dict[UUID, list[GeneratedQuery]] = {topic.id: [] for topic in topics}
    for query in queries:
        by_topic[query.topic_id].append(query)
    return [(topic, by_topic[topic.id]) for topic in topics]


async def _add_topic(session: AsyncSession, brand: Brand, topic: TopicContent) -> None:
    row = Topic(customer_id=brand.customer_id, brand_id=brand.id, name=topic.name.strip())
    session.add(row)
    await session.flush()
    for query in topic.queries:
        session.add(
            GeneratedQuery(
                customer_id=brand.customer_id,
                brand_id=brand.id,
                topic_id=row.id,
                text=query.text.strip(),
                locale=query.locale,
                country=query.country,
                is_active=query.is_active,
            )
        )


async def flush(session: AsyncSession, taken: str) -> None:
    """Writes what is pending. Raises Conflict, with this text, where a name is taken."""
    try:
        await session.flush()
    except IntegrityError as error:
        if "uq_" in str(error.orig):
            raise Conflict(taken) from None
        raise


def etag_of(brand: Brand) -> str:
    """Changes with each change of the brand."""
    return f'"{brand.updated_at.timestamp():.6f}"'
