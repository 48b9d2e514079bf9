"""What requests ask for: windows of days, which answers, and how numbers are split."""

from datetime import date, datetime
from uuid import UUID

from answerbeat.rpc import paging
from answerbeat.rpc.convert import to_datetime
from answerbeat.v1 import insight_pb2
from brand_svc.insights.store.evidence import Wanted
from brand_svc.insights.store.page_sums import WantedPages
from brand_svc.insights.store.window import Split, Window, days_of
from reading.sites import PageKind

PLACE = ("answers", "citations or times", "id")
"""By which pages and searches are in order."""

OfAQuestion = insight_pb2.GetInsightsRequest | insight_pb2.ListPagesRequest | insight_pb2.ListSearchesRequest
"""Requests for what is drawn from rollups, perhaps of one question alone."""
OfNumbers = OfAQuestion | insight_pb2.ListOpportunitiesRequest | insight_pb2.ListSourcesRequest
"""Requests for what is drawn from rollups."""
OfMoments = OfNumbers | insight_pb2.ListAnswersRequest | insight_pb2.ExportRequest
"""Requests with a beginning and an end."""


def window(request: OfNumbers) -> Window:
    """The window of a request for numbers. Raises InvalidField."""
    start, end = days(request)
    query_id = request.query_id if isinstance(request, OfAQuestion) else ""
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


def wanted_pages(request: insight_pb2.ListPagesRequest) -> WantedPages:
    """Which pages to list. Raises InvalidField."""
    return WantedPages(kind(request.kind), request.domain or None, place(request))


def kind(name: str) -> PageKind | None:
    """A page's kind by its name; None for the empty one."""
    return PageKind(name) if name else None


def place(request: insight_pb2.ListPagesRequest | insight_pb2.ListSearchesRequest) -> tuple[int, ...] | None:
    """After which place a list goes on. Raises InvalidField."""
    return paging.read_place(request.page_token, len(PLACE))


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
