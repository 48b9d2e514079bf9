"""Rows and facts as messages of the contract."""

from collections.abc import Iterable, Sequence

from answerbeat.rpc.convert import to_timestamp
from answerbeat.schema import Brand, Competitor, Customer, ExtractedSentiment, GeneratedQuery, QueryExecution, Topic
from answerbeat.v1 import brand_pb2, insight_pb2
from worker_svc.engines import Engine
from worker_svc.evidence import AnswerFacts
from worker_svc.health import Health


def customer_message(customer: Customer) -> brand_pb2.Customer:
    """A customer."""
    return brand_pb2.Customer(
        id=str(customer.id),
        name=customer.name,
        is_demo=customer.is_demo,
        created_at=to_timestamp(customer.created_at),
    )


def brand_etag(brand: Brand) -> str:
    """Changes with each change of the brand."""
    return f'"{brand.updated_at.timestamp():.6f}"'


def brand_message(brand: Brand, rivals: Iterable[Competitor]) -> brand_pb2.Brand:
    """A brand with its competitors."""
    return brand_pb2.Brand(
        id=str(brand.id),
        customer_id=str(brand.customer_id),
        name=brand.name,
        aliases=brand.aliases,
        domains=brand.domains,
        ai_models=brand.ai_models,
        etag=brand_etag(brand),
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
        id=str(query.id), text=query.text, is_active=query.is_active, locale=query.locale, country=query.country
    )


def answer_message(facts: AnswerFacts) -> insight_pb2.Answer:
    """An answer and what was read off it."""
    answer = facts.answer
    return insight_pb2.Answer(
        id=str(answer.id),
        run_id=str(answer.job_run_id),
        query_id=str(answer.query_id),
        question=answer.question,
        collector=answer.collector,
        model=answer.model,
        text=answer.answer,
        search_queries=answer.search_queries,
        collected_at=to_timestamp(answer.created_at),
        cost_micro_usd=answer.cost_micro_usd,
        sample=answer.sample,
        latency_ms=answer.latency_ms,
        names=[
            insight_pb2.NameScore(
                name=place.name,
                is_brand=place.is_brand,
                mentions=place.mentions,
                position=place.position,
                sentiment=_sentiment(facts.feelings.get(place.name)),
            )
            for place in facts.places
        ],
        citations=[
            insight_pb2.Citation(url=page.url, title=page.title, domain=page.domain, owner=page.owner)
            for page in facts.citations
        ],
    )


def call_message(call: QueryExecution) -> insight_pb2.Call:
    """One call to one engine."""
    return insight_pb2.Call(
        id=str(call.id),
        query_id=str(call.query_id),
        question=call.question,
        collector=call.collector,
        status=call.status,
        attempts=call.attempts,
        latency_ms=call.latency_ms,
        cost_micro_usd=call.cost_micro_usd,
        sample=call.sample,
        answer_id=None if call.answer_id is None else str(call.answer_id),
        error_kind=call.error_kind,
        error_message=call.error_message,
        asked_at=to_timestamp(call.asked_at),
        finished_at=to_timestamp(call.finished_at),
    )


def collector_message(name: str, engine: Engine, health: Health) -> insight_pb2.Collector:
    """An engine and whether it can be asked."""
    return insight_pb2.Collector(
        name=name,
        title=engine.kind.title,
        ready=engine.collector is not None,
        missing=engine.missing,
        base_url_overridden=engine.is_base_url_overridden,
        is_emulated=engine.is_emulated,
        model=engine.model,
        typical_cost_micro_usd=None if health.typical_micro_usd is None else int(health.typical_micro_usd),
        calls_last_day=health.in_a_day,
        failures_last_day=health.failed_in_a_day,
        paused_until=to_timestamp(health.paused_until),
        pause_reason=health.pause_reason,
        max_concurrent=health.max_concurrent,
        max_per_minute=health.max_per_minute,
    )


def _sentiment(feeling: ExtractedSentiment | None) -> insight_pb2.Sentiment | None:
    if feeling is None:
        return None
    return insight_pb2.Sentiment(
        label=feeling.label, score=feeling.score, sentences=feeling.sentences, judge=feeling.judge
    )
