"""Cited pages and engines' searches as messages of the contract."""

from answerbeat.v1 import insight_pb2
from brand_svc.insights.api.number_messages import estimate_message
from brand_svc.insights.statistics import share
from brand_svc.insights.store.page_sums import PageSum
from brand_svc.insights.store.search_sums import SearchSum


def page_message(row: PageSum, answers: int) -> insight_pb2.CitedPage:
    """A page that is cited, with its share of all answers."""
    return insight_pb2.CitedPage(
        url=row.url,
        title=row.title,
        domain=row.domain,
        owner=row.owner,
        kind=row.kind,
        is_kind_by_hand=row.is_kind_by_hand,
        answers=row.answers,
        citations=row.citations,
        share=estimate_message(share(row.answers, answers)),
        first_seen=row.first_seen.isoformat(),
        last_seen=row.last_seen.isoformat(),
    )


def search_message(row: SearchSum, answers: int) -> insight_pb2.Search:
    """A search that engines made, with its share of all answers."""
    return insight_pb2.Search(
        text=row.text,
        answers=row.answers,
        times=row.times,
        share=estimate_message(share(row.answers, answers)),
        first_seen=row.first_seen.isoformat(),
        last_seen=row.last_seen.isoformat(),
    )
