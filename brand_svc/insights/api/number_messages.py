"""Numbers, opportunities and sources as messages of the contract."""

from answerbeat.v1 import insight_pb2
from brand_svc.insights.numbers import Change, Group, Insights, Numbers
from brand_svc.insights.opportunities import Opportunity
from brand_svc.insights.statistics import Estimate, share
from brand_svc.insights.store.cell_sums import CellSum
from brand_svc.insights.store.citation_sums import CitedDomain


def insights_message(found: Insights) -> insight_pb2.GetInsightsResponse:
    """The numbers of a window."""
    return insight_pb2.GetInsightsResponse(
        answers=found.whole.answers,
        names=map(numbers_message, found.whole.names),
        series=[group_message(group, group.key) for group in found.series],
        groups=[group_message(group, found.labels.get(group.key, group.key)) for group in found.groups],
        answers_before=found.answers_before,
        calls=calls_message(found.whole.calls),
    )


def group_message(group: Group, label: str) -> insight_pb2.InsightGroup:
    """The numbers of a part of the answers."""
    return insight_pb2.InsightGroup(
        key=group.key,
        label=label,
        answers=group.answers,
        names=map(numbers_message, group.names),
        calls=calls_message(group.calls),
    )


def calls_message(sums: CellSum) -> insight_pb2.CallSums:
    """What became of calls."""
    return insight_pb2.CallSums(
        asked=sums.asked,
        answers=sums.answers,
        no_overview=sums.no_overview,
        failed=sums.failed,
        cost_micro_usd=sums.cost_micro_usd,
        unpriced=sums.unpriced,
    )


def numbers_message(numbers: Numbers) -> insight_pb2.NameInsight:
    """The numbers of one name."""
    estimates = {
        metric.value: estimate_message(estimate, numbers.changes.get(metric))
        for metric, estimate in numbers.estimates.items()
    }
    return insight_pb2.NameInsight(
        name=numbers.name,
        is_brand=numbers.is_brand,
        answers_named=numbers.answers_named,
        mentions=numbers.mentions,
        citations=numbers.citations,
        **estimates,
    )


def estimate_message(estimate: Estimate, change: Change | None = None) -> insight_pb2.Estimate:
    """A number with its interval."""
    return insight_pb2.Estimate(
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        count=estimate.count,
        change=None
        if change is None
        else insight_pb2.Change(previous=change.previous, p_value=change.p_value, is_significant=change.is_significant),
    )


def opportunity_message(found: Opportunity) -> insight_pb2.Opportunity:
    """A question whose answers name competitors and not the brand."""
    return insight_pb2.Opportunity(
        query_id=str(found.query_id),
        question=found.question,
        topic=found.topic,
        answers=found.answers,
        missed=found.missed,
        brand_named=found.brand_named,
        rivals=[insight_pb2.Rival(name=name, answers_named=named) for name, named in found.rivals],
        sources=[source_message(row) for row in found.sources],
    )


def source_message(row: CitedDomain, answers: int | None = None) -> insight_pb2.Source:
    """A domain that is cited, with its share of all answers where their number is known."""
    return insight_pb2.Source(
        domain=row.domain,
        owner=row.owner,
        answers=row.answers,
        citations=row.citations,
        share=None if answers is None else estimate_message(share(row.answers, answers)),
    )
