"""Rows as messages of the contract, and what a request holds as the rules take it."""

from collections.abc import Iterable, Sequence
from dataclasses import fields

from answerbeat.rpc.convert import enum_value, to_timestamp
from answerbeat.schema import ApiToken, Brand, Competitor, Customer, GeneratedQuery, Limit, Topic
from answerbeat.v1 import access_pb2, brand_pb2, limit_pb2, token_pb2
from brand_svc.catalog.content import BrandContent, CompetitorContent, QuestionContent, TopicContent
from brand_svc.catalog.keeping import etag_of
from brand_svc.catalog.limits import Bounds, Spent


def customer_message(customer: Customer) -> brand_pb2.Customer:
    """A customer."""
    return brand_pb2.Customer(
        id=str(customer.id),
        name=customer.name,
        is_demo=customer.is_demo,
        created_at=to_timestamp(customer.created_at),
    )


def brand_message(brand: Brand, rivals: Iterable[Competitor]) -> brand_pb2.Brand:
    """A brand with its competitors."""
    return brand_pb2.Brand(
        id=str(brand.id),
        customer_id=str(brand.customer_id),
        name=brand.name,
        aliases=brand.aliases,
        domains=brand.domains,
        ai_models=brand.ai_models,
        etag=etag_of(brand.updated_at),
        competitors=[
            brand_pb2.Competitor(name=rival.name, aliases=rival.aliases, domains=rival.domains) for rival in rivals
        ],
        created_at=to_timestamp(brand.created_at),
        updated_at=to_timestamp(brand.updated_at),
    )


def topics_message(topics: Sequence[tuple[Topic, list[GeneratedQuery]]]) -> brand_pb2.ListTopicsQueriesResponse:
    """A brand's topics and questions."""
    return brand_pb2.ListTopicsQueriesResponse(
        topics=[
            brand_pb2.TopicQueries(name=topic.name, query_count=len(queries), queries=map(query_message, queries))
            for topic, queries in topics
        ],
        total_queries=sum(len(queries) for _, queries in topics),
        active_queries=sum(query.is_active for _, queries in topics for query in queries),
    )


def query_message(query: GeneratedQuery) -> brand_pb2.Query:
    """A question."""
    return brand_pb2.Query(
        id=str(query.id),
        text=query.text,
        is_active=query.is_active,
        locale=query.locale,
        country=query.country,
        is_branded=query.is_branded,
    )


def limit_message(limit: Limit, spent: Spent) -> limit_pb2.Limit:
    """A limit."""
    return limit_pb2.Limit(
        scope=enum_value(limit_pb2.LimitScope, limit.scope),
        key=limit.key,
        max_concurrent=limit.max_concurrent,
        max_per_minute=limit.max_per_minute,
        max_micro_usd_per_day=limit.max_micro_usd_per_day,
        max_micro_usd_per_month=limit.max_micro_usd_per_month,
        spent_micro_usd_today=spent.today,
        spent_micro_usd_this_month=spent.this_month,
        updated_at=to_timestamp(limit.updated_at),
        updated_by=limit.updated_by,
    )


def bounds_of(request: limit_pb2.SetLimitRequest) -> Bounds:
    """What a limit is to bound: what is not set bounds nothing."""
    names = {field.name for field in fields(Bounds)}
    return Bounds(**{field.name: value for field, value in request.ListFields() if field.name in names})


def token_message(token: ApiToken) -> token_pb2.Token:
    """A token, without its secret, which nobody has."""
    return token_pb2.Token(
        id=str(token.id),
        name=token.name,
        role=enum_value(access_pb2.Role, token.role),
        customer_id=str(token.customer_id) if token.customer_id else None,
        created_at=to_timestamp(token.created_at),
        revoked_at=to_timestamp(token.revoked_at),
    )


def content_of(request: brand_pb2.CreateBrandRequest | brand_pb2.UpdateBrandRequest) -> BrandContent:
    """What a person gives of a brand. A question is asked unless it says otherwise."""
    return BrandContent(
        name=request.name,
        aliases=request.aliases,
        domains=request.domains,
        ai_models=request.ai_models,
        competitors=[CompetitorContent(rival.name, rival.aliases, rival.domains) for rival in request.competitors],
        topics=[TopicContent(topic.name, [*map(_question_of, topic.queries)]) for topic in request.topics],
    )


def _question_of(query: brand_pb2.Query) -> QuestionContent:
    return QuestionContent(
        id=query.id,
        text=query.text,
        is_active=query.is_active if query.HasField("is_active") else True,
        locale=query.locale if query.HasField("locale") else None,
        country=query.country if query.HasField("country") else None,
        is_branded=query.is_branded if query.HasField("is_branded") else None,
    )
