"""Answers, calls and engines as messages of the contract."""

from answerbeat.rpc.convert import to_timestamp
from answerbeat.schema import ExtractedSentiment, QueryExecution, SetAside
from answerbeat.v1 import insight_pb2, run_pb2
from brand_svc.catalog.engines import EngineHealth, ReportedEngine
from brand_svc.insights.store.evidence import AnswerFacts


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
        surface=answer.surface,
        locale=answer.locale,
        country=answer.country,
        city=answer.city,
        day=answer.day.isoformat(),
        is_branded=answer.is_branded,
        searched=[insight_pb2.Page(url=str(page["url"]), title=_text(page["title"])) for page in answer.searched],
        rules=answer.positions_rules,
        question_hash=answer.question_hash.hex(),
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
        set_aside=None if facts.aside is None else aside_message(facts.aside),
        run_set_aside=None if facts.run_aside is None else aside_message(facts.run_aside),
        is_test=facts.is_test,
    )


def aside_message(aside: SetAside) -> run_pb2.SetAside:
    """Why something is left out of the numbers."""
    return run_pb2.SetAside(reason=aside.reason, by=aside.set_by, at=to_timestamp(aside.set_at))


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
        locale=call.locale,
        country=call.country,
        city=call.city,
        day=call.day.isoformat(),
        asked_at=to_timestamp(call.asked_at),
        finished_at=to_timestamp(call.finished_at),
    )


def collector_message(engine: ReportedEngine, health: EngineHealth) -> insight_pb2.Collector:
    """An engine and whether it can be asked."""
    return insight_pb2.Collector(
        name=engine.name,
        title=engine.title,
        ready=engine.missing is None,
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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _sentiment(feeling: ExtractedSentiment | None) -> insight_pb2.Sentiment | None:
    if feeling is None:
        return None
    return insight_pb2.Sentiment(
        label=feeling.label, score=feeling.score, sentences=feeling.sentences, judge=feeling.judge
    )
