"""InsightService over gRPC: reads the request, calls the rules, answers."""

from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from answerbeat.database import Database
from answerbeat.options import read_options
from answerbeat.rpc import paging
from answerbeat.rpc.convert import to_datetime, to_dict
from answerbeat.v1 import insight_pb2, insight_pb2_grpc
from worker_svc import insights
from worker_svc.engines import Engines
from worker_svc.forecast import forecast
from worker_svc.health import health_of
from worker_svc.insights import Window
from worker_svc.messages import answer_message, call_message, collector_message, insight_message

Context = ServicerContext[Any, Any]
DEFAULT_CALLS = 100


class InsightServicer(insight_pb2_grpc.InsightServiceServicer):
    """Numbers, answers, calls and engines."""

    def __init__(self, database: Database, engines: Engines) -> None:
        self._database = database
        self._engines = engines

    async def GetInsights(
        self, request: insight_pb2.GetInsightsRequest, context: Context
    ) -> insight_pb2.GetInsightsResponse:
        """Gives a brand's numbers."""
        async with self._database.transaction() as session:
            totals = await insights.totals(session, UUID(request.brand_id), _window(request))
        all_mentions = sum(total.mentions for total in totals)
        return insight_pb2.GetInsightsResponse(
            answers=totals[0].answers, names=[insight_message(total, all_mentions) for total in totals]
        )

    async def ListAnswers(
        self, request: insight_pb2.ListAnswersRequest, context: Context
    ) -> insight_pb2.ListAnswersResponse:
        """Gives a page of answers."""
        async with self._database.transaction() as session:
            page, last = await insights.answers(
                session,
                UUID(request.brand_id),
                UUID(request.run_id) if request.run_id else None,
                _window(request),
                request.limit or paging.DEFAULT_LIMIT,
                paging.read_token(request.page_token),
            )
        return insight_pb2.ListAnswersResponse(
            answers=map(answer_message, page), next_page_token=paging.write_token(last) if last else None
        )

    async def ListCalls(self, request: insight_pb2.ListCallsRequest, context: Context) -> insight_pb2.ListCallsResponse:
        """Gives a page of a run's calls."""
        after, limit = paging.read_token(request.page_token), request.limit or DEFAULT_CALLS
        async with self._database.transaction() as session:
            page, last = await insights.calls(session, UUID(request.run_id), limit, after)
        return insight_pb2.ListCallsResponse(
            calls=map(call_message, page), next_page_token=paging.write_token(last.id) if last else None
        )

    async def ForecastCost(
        self, request: insight_pb2.ForecastCostRequest, context: Context
    ) -> insight_pb2.ForecastCostResponse:
        """Says what runs would ask and cost."""
        options = read_options(to_dict(request.metadata))
        async with self._database.transaction() as session:
            found = await forecast(session, self._engines, UUID(request.brand_id), options, request.runs)
        return insight_pb2.ForecastCostResponse(
            calls=sum(engine.calls for engine in found),
            cost_micro_usd=sum(engine.micro_usd or 0 for engine in found),
            engines=[
                insight_pb2.EngineForecast(
                    collector=engine.collector,
                    calls=engine.calls,
                    cost_micro_usd=engine.micro_usd,
                    missing=engine.missing,
                )
                for engine in found
            ],
        )

    async def ListCollectors(
        self, request: insight_pb2.ListCollectorsRequest, context: Context
    ) -> insight_pb2.ListCollectorsResponse:
        """Gives each collector and whether it can be used."""
        async with self._database.transaction() as session:
            found = await health_of(session, list(self._engines.all))
        return insight_pb2.ListCollectorsResponse(
            collectors=[collector_message(name, engine, found[name]) for name, engine in self._engines.all.items()]
        )


def _window(request: insight_pb2.GetInsightsRequest | insight_pb2.ListAnswersRequest) -> Window:
    start = getattr(request, "from")  # a keyword of Python's, but the contract's name
    return Window(
        start=to_datetime(start, "from") if request.HasField("from") else None,
        end=to_datetime(request.to, "to") if request.HasField("to") else None,
        collector=request.collector or None,
        topic=request.topic or None,
    )
