"""InsightService over gRPC: reads the request, calls the rules, answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from google.protobuf.message import Message
from grpc.aio import ServicerContext

from answerbeat.database import Database
from answerbeat.errors import NotFound
from answerbeat.options import read_options
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.convert import to_dict
from answerbeat.v1 import insight_pb2, insight_pb2_grpc
from brand_svc.catalog.operations import asking, brands
from brand_svc.catalog.store.engine_health import health_of
from brand_svc.catalog.store.engines import engines_of
from brand_svc.insights import formats, numbers, opportunities, pages
from brand_svc.insights.api import requests
from brand_svc.insights.api.evidence_messages import answer_message, call_message, collector_message
from brand_svc.insights.api.number_messages import insights_message, opportunity_message, source_message
from brand_svc.insights.api.page_messages import page_message, search_message
from brand_svc.insights.store import evidence, exports
from brand_svc.insights.store.counting import count_few_due
from brand_svc.insights.store.learned import Learned

Context = ServicerContext[Message, Message]
DEFAULT_CALLS = 100
DEFAULT_OPPORTUNITIES = 20
DEFAULT_SOURCES = 50
DEFAULT_PAGES = 50
DEFAULT_SEARCHES = 50


class InsightServicer(insight_pb2_grpc.InsightServiceServicer):
    """Numbers, answers, calls and engines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def _learned(self, brand_id: str) -> AsyncIterator[Learned]:
        """What was learned about a brand until now, in a transaction. Raises NotFound."""
        async with self._database.transaction() as session:
            brand = await brands.get(session, UUID(brand_id), caller())
            await count_few_due(session, brand.id)
            yield Learned(session, brand.customer_id, brand.id, brand.name)

    async def GetInsights(
        self, request: insight_pb2.GetInsightsRequest, context: Context
    ) -> insight_pb2.GetInsightsResponse:
        """Gives a brand's numbers."""
        async with self._learned(request.brand_id) as learned:
            splits = requests.split(request.bucket), requests.split(request.by)
            found = await numbers.insights(learned, requests.window(request), *splits)
        return insights_message(found)

    async def ListOpportunities(
        self, request: insight_pb2.ListOpportunitiesRequest, context: Context
    ) -> insight_pb2.ListOpportunitiesResponse:
        """Gives the questions whose answers name others."""
        async with self._learned(request.brand_id) as learned:
            limit = request.limit or DEFAULT_OPPORTUNITIES
            found = await opportunities.opportunities(learned, requests.window(request), limit)
        return insight_pb2.ListOpportunitiesResponse(opportunities=map(opportunity_message, found))

    async def ListSources(
        self, request: insight_pb2.ListSourcesRequest, context: Context
    ) -> insight_pb2.ListSourcesResponse:
        """Gives the domains that are cited."""
        async with self._learned(request.brand_id) as learned:
            limit = request.limit or DEFAULT_SOURCES
            answers, rows = await opportunities.sources(learned, requests.window(request), limit)
        return insight_pb2.ListSourcesResponse(answers=answers, sources=[source_message(row, answers) for row in rows])

    async def ListPages(self, request: insight_pb2.ListPagesRequest, context: Context) -> insight_pb2.ListPagesResponse:
        """Gives the pages that are cited."""
        wanted, limit = requests.wanted_pages(request), request.limit or DEFAULT_PAGES
        async with self._learned(request.brand_id) as learned:
            answers, rows, last = await pages.pages(learned, requests.window(request), wanted, limit)
        return insight_pb2.ListPagesResponse(
            answers=answers,
            pages=[page_message(row, answers) for row in rows],
            next_page_token=paging.write_place(last.place) if last else None,
        )

    async def SetPageKind(
        self, request: insight_pb2.SetPageKindRequest, context: Context
    ) -> insight_pb2.SetPageKindResponse:
        """Says what a page is."""
        named, kind = pages.named(request.url, request.domain), requests.kind(request.kind)
        async with self._database.transaction() as session:
            brand = await brands.get(session, UUID(request.brand_id), caller())
            learned = Learned(session, brand.customer_id, brand.id, brand.name)
            await pages.say_kind(learned, named, kind, caller().name)
        return insight_pb2.SetPageKindResponse(url=named.url, domain=named.domain, kind=kind)

    async def ListSearches(
        self, request: insight_pb2.ListSearchesRequest, context: Context
    ) -> insight_pb2.ListSearchesResponse:
        """Gives what engines searched for."""
        after, limit = requests.place(request), request.limit or DEFAULT_SEARCHES
        async with self._learned(request.brand_id) as learned:
            answers, rows, last = await pages.searches(learned, requests.window(request), after, limit)
        return insight_pb2.ListSearchesResponse(
            answers=answers,
            searches=[search_message(row, answers) for row in rows],
            next_page_token=paging.write_place(last.place) if last else None,
        )

    async def SuggestCompetitors(
        self, request: insight_pb2.SuggestCompetitorsRequest, context: Context
    ) -> insight_pb2.SuggestCompetitorsResponse:
        """Gives untracked names that lead lists."""
        async with self._learned(request.brand_id) as learned:
            rows = await opportunities.suggestions(learned)
        return insight_pb2.SuggestCompetitorsResponse(
            answers=rows[0].looked_at if rows else 0,
            names=[
                insight_pb2.SuggestedCompetitor(name=row.name, answers=row.answers, mean_position=row.mean_position)
                for row in rows
            ],
        )

    async def ListAnswers(
        self, request: insight_pb2.ListAnswersRequest, context: Context
    ) -> insight_pb2.ListAnswersResponse:
        """Gives a page of answers."""
        async with self._database.transaction() as session:
            brand = await brands.get(session, UUID(request.brand_id), caller())
            page, last = await evidence.answers(
                session,
                brand.id,
                requests.wanted(request),
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
            run_id = UUID(request.run_id)
            customer_id = await evidence.customer_of_run(session, run_id)
            if customer_id is None or not caller().may_see(customer_id):
                raise NotFound("run", run_id)
            page, last = await evidence.calls(session, run_id, limit, after)
        return insight_pb2.ListCallsResponse(
            calls=map(call_message, page), next_page_token=paging.write_token(last.id) if last else None
        )

    async def Export(
        self, request: insight_pb2.ExportRequest, context: Context
    ) -> AsyncIterator[insight_pb2.ExportResponse]:
        """Gives a file in pieces."""
        start, end = requests.days(request)
        brand_id, table = UUID(request.brand_id), exports.Table(request.table)
        if table in exports.COUNTED:
            async with self._learned(request.brand_id):
                pass  # counts what is due, in a transaction of its own: a file may take long, and who counts waits
        async with self._database.transaction() as session:
            await brands.get(session, brand_id, caller())
            await context.send_initial_metadata(())
            rows = exports.batches(session, brand_id, table, start, end)
            async for piece in formats.written(formats.Format(request.format), exports.EXPORTS[table].schema, rows):
                if piece:
                    yield insight_pb2.ExportResponse(piece=piece)

    async def ForecastCost(
        self, request: insight_pb2.ForecastCostRequest, context: Context
    ) -> insight_pb2.ForecastCostResponse:
        """Says what runs would ask and cost."""
        options = read_options(to_dict(request.metadata))
        async with self._database.transaction() as session:
            found = await asking.forecast_cost(session, UUID(request.brand_id), options, request.runs, caller())
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
            engines = (await engines_of(session)).all
            health = await health_of(session, list(engines))
        return insight_pb2.ListCollectorsResponse(
            collectors=[collector_message(engine, health[name]) for name, engine in engines.items()]
        )
