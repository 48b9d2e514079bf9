"""Customers, brands, and what to ask about them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from answerbeat.options import unknown_collectors
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.errors import Conflict, InvalidField, InvalidFields, NotFound, Violation
from answerbeat.schema import Brand, Competitor, Customer, GeneratedQuery, Topic
from answerbeat.v1 import brand_pb2
from reading.citations import bare_domain

BLANK = "must not be blank"
DOMAIN = re.compile(r"(?:(?!-)[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
"""Labels of letters, digits and inner hyphens, the last not a number (RFC 1123, and international ones)."""


Content = brand_pb2.CreateBrandRequest | brand_pb2.UpdateBrandRequest
"""What makes up a brand, in a request."""


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
    if customer is None or not caller().may_see(customer_id):
        raise NotFound("customer", customer_id, field)
    return customer


async def list_customers(
    session: AsyncSession, limit: int, before: UUID | None
) -> tuple[Sequence[Customer], Customer | None]:
    """A page of customers, newest first."""
    query = select(Customer).order_by(Customer.id.desc()).limit(limit + 1)
    if only := caller().customer_id:
        query = query.where(Customer.id == only)
    if before:
        query = query.where(Customer.id < before)
    return paging.cut((await session.scalars(query)).all(), limit)


async def create_brand(session: AsyncSession, request: brand_pb2.CreateBrandRequest) -> Brand:
    """Makes a brand with its competitors, topics and questions, all or nothing. Raises InvalidFields, Conflict."""
    customer = await get_customer(session, UUID(request.customer_id), field="customer_id")
    check(request)
    brand = Brand(
        customer_id=customer.id,
        name=request.name.strip(),
        aliases=list(request.aliases),
        domains=[bare_domain(domain) for domain in request.domains],
        ai_models=list(request.ai_models),
    )
    session.add(brand)
    await flush(session, f"The customer has a brand named {brand.name} already.")
    for rival in request.competitors:
        session.add(
            Competitor(
                customer_id=customer.id,
                brand_id=brand.id,
                name=rival.name.strip(),
                aliases=list(rival.aliases),
                domains=[bare_domain(domain) for domain in rival.domains],
            )
        )
    for topic in request.topics:
        await _add_topic(session, brand, topic)
    await session.flush()
    await session.refresh(brand)
    return brand


async def get_brand(session: AsyncSession, brand_id: UUID) -> Brand:
    """A brand. Raises NotFound."""
    brand = await session.get(Brand, brand_id)
    if brand is None or not caller().may_see(brand.customer_id):
        raise NotFound("brand", brand_id)
    return brand


async def list_brands(
    session: AsyncSession, customer_id: UUID | None, limit: int, before: UUID | None
) -> tuple[Sequence[Brand], Brand | None]:
    """A page of brands, newest first."""
    query = select(Brand).order_by(Brand.id.desc()).limit(limit + 1)
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


def check(request: Content) -> None:
    """What a request can't say by itself. Raises InvalidFields, naming each field at fault."""
    found = unknown_collectors(list(request.ai_models), "ai_models")
    names = [("name", request.name), *((f"competitors[{i}].name", c.name) for i, c in enumerate(request.competitors))]
    spellings = [*names, *((field, word) for field, word in _words_of(request) if "aliases[" in field)]
    found += _repeated(spellings, "is given twice; each name and alias must stand for one only")
    found += [Violation(field, BLANK) for field, value in (*names, *_words_of(request)) if not value.strip()]
    found += _repeated(
        [(f"topics[{i}].name", topic.name) for i, topic in enumerate(request.topics)], "is given twice; join the two"
    )
    asked = [
        (f"topics[{i}].queries[{j}].text", f"{query.text.strip()}|{query.locale}|{query.country}")
        for i, topic in enumerate(request.topics)
        for j, query in enumerate(topic.queries)
    ]
    found += _repeated(asked, "is asked already, in the same locale and country")
    owners = [("domains", request.domains)]
    owners += [(f"competitors[{i}].domains", rival.domains) for i, rival in enumerate(request.competitors)]
    found += [
        Violation(f"{field}[{i}]", f"{domain!r} is not a domain, such as example.com")
        for field, domains in owners
        for i, domain in enumerate(domains)
        if not _is_domain(domain)
    ]
    if found:
        raise InvalidFields(*found)


def _words_of(request: Content) -> Iterator[tuple[str, str]]:
    """All further texts of a request, by their fields."""
    for i, alias in enumerate(request.aliases):
        yield f"aliases[{i}]", alias
    for i, rival in enumerate(request.competitors):
        yield from ((f"competitors[{i}].aliases[{j}]", alias) for j, alias in enumerate(rival.aliases))
    for i, topic in enumerate(request.topics):
        yield f"topics[{i}].name", topic.name
        yield from ((f"topics[{i}].queries[{j}].text", query.text) for j, query in enumerate(topic.queries))


def _repeated(values: list[tuple[str, str]], message: str) -> list[Violation]:
    seen: set[str] = set()
    found = []
    for field, value in values:
        folded = value.strip().casefold()
        if folded in seen:
            found.append(Violation(field, f"{value.partition('|')[0]!r} {message}"))
        seen.add(folded)
    return found


def _is_domain(domain: str) -> bool:
    try:
        host = bare_domain(domain)
    except ValueError:
        return False
    return DOMAIN.fullmatch(host) is not None


async def _add_topic(session: AsyncSession, brand: Brand, topic: brand_pb2.Topic) -> None:
    row = Topic(customer_id=brand.customer_id, brand_id=brand.id, name=topic.name.strip())
    session.add(row)
    await session.flush()
    for query in topic.queries:
        values: dict[str, Any] = {
            "locale": query.locale if query.HasField("locale") else None,
            "country": query.country if query.HasField("country") else None,
            "is_active": query.is_active if query.HasField("is_active") else True,
        }
        session.add(
            GeneratedQuery(
                customer_id=brand.customer_id, brand_id=brand.id, topic_id=row.id, text=query.text.strip(), **values
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
