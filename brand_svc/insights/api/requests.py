"""What requests ask for: windows of days, which answers, and how numbers are split."""

from datetime import date, datetime
from uuid import UUID

from answerbeat.rpc.convert import to_datetime
from answerbeat.v1 import insight_pb2
from brand_svc.insights.store.evidence import Wanted
from brand_svc.insights.store.window import Split, Window, days_of

OfNumbers = insight_pb2.GetInsightsRequest | insight_pb2.ListOpportunitiesRequest | insight_pb2.ListSourcesRequest
"""Requests for what is drawn from rollups."""
OfMoments = OfNumbers | insight_pb2.ListAnswersRequest | insight_pb2.ExportRequest
"""Requests with a beginning and an end."""


def window(request: OfNumbers) -> Window:
    """The window of a request for numbers. Raises InvalidField."""
    start, end = days(request)
    query_id = request.query_id if isinstance(request, insight_pb2.GetInsightsRequest) else ""
    return Window(start, end, request.collector or None, request.topic or None, _key(query_id))


def wanted(request: insight_pb2.ListAnswersRequest) -> Wanted:
    """Which answers to list. Raises InvalidField."""
    start, end = days(request)
    return Wanted(
        run_id=_key(request.run_id),
        start=start,
        end=end,
        collector=request.collector or None,
        topic=request.topic or None,
        query_id=_key(request.query_id),
        name=request.name or None,
        domain=request.domain or None,
    )


def split(name: str) -> Split | None:
    """A split by its name; None for the empty one."""
    return Split(name) if name else None


def days(request: OfMoments) -> tuple[date | None, date | None]:
    """The days of UTC that are asked for. Raises InvalidField."""
    return days_of(*_moments(request))


def _moments(request: OfMoments) -> tuple[datetime | None, datetime | None]:
    start = getattr(request, "from")  # a keyword of Python's, but the contract's name
    return (
        to_datetime(start, "from") if request.HasField("from") else None,
        to_datetime(request.to, "to") if request.HasField("to") else None,
    )


def _key(text: str) -> UUID | None:
    return UUID(text) if text else None
