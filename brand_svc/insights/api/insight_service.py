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
from answerbeat.v1 import insight_pb2, insight_pb2_grpc, run_pb2
from brand_svc.catalog.operations import asking, brands
from brand_svc.catalog.store.engine_health import health_of
from brand_svc.catalog.store.engines import engines_of
from brand_svc.insights import formats, numbers, opportunities, pages
from brand_svc.insights.api import requests
from brand_svc.insights.api.evidence_messages import answer_message, aside_message, call_message, collector_message
from brand_svc.insights.api.import_messages import Runs, import_message
from brand_svc.insights.api.number_messages import insights_message, opportunity_message, source_message
from brand_svc.insights.api.page_messages import page_message, search_message
from brand_svc.insights.import_files import FileFormat
from brand_svc.insights.operations import imports, set_asides
from brand_svc.insights.store import evidence, exports
from brand_svc.insights.store.counting import count_few_due
from brand_svc.insights.store.learned import Learned, learn

Context = ServicerContext[Message, Message]
DEFAULT_CALLS = 100
DEFAULT_OPPORTUNITIES = 20
DEFAULT_SOURCES = 50
DEFAULT_PAGES = 50
DEFAULT_SEARCHES = 50


class InsightServicer(insight_pb2_grpc.InsightServiceServicer):
    """Numbers, answers, calls and engines."""

    def __init__(self, database: Database, runs: Runs | None = None) -> None:
        """Makes the runs of imports where the scheduler's service is given."""
        self._database = database
        self._runs = runs

    @asynccontextmanager
    async def _learned(self, brand_id: str) -> AsyncIterator[Learned]:
        """What was learned about a brand until now, in a transaction. Raises NotFound."""
        async with self._database.transaction() as session:
            brand = await brands.get(session, UUID(brand_id), caller())
            await count_few_due(session, brand.id)
            yield await learn(session, brand.customer_id, brand.id, brand.name)

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

    async def SetRunAside(
        self, request: insight_pb2.SetRunAsideRequest, context: Context
    ) -> insight_pb2.SetRunAsideResponse:
        """Leaves a run out of the numbers."""
        async with self._database.transaction() as session:
            aside = await set_asides.set_run_aside(session, UUID(request.run_id), request.reason, caller())
        return insight_pb2.SetRunAsideResponse(set_aside=aside_message(aside))

    async def SetAnswerAside(
        self, request: insight_pb2.SetAnswerAsideRequest, context: Context
    ) -> insight_pb2.SetAnswerAsideResponse:
        """Leaves an answer out of the numbers."""
        brand_id, answer_id = UUID(request.brand_id), UUID(request.answer_id)
        async with self._database.transaction() as session:
            aside = await set_asides.set_answer_aside(session, brand_id, answer_id, request.reason, caller())
        return insight_pb2.SetAnswerAsideResponse(set_aside=aside_message(aside))

    async def TakeRunBack(
        self, request: insight_pb2.TakeRunBackRequest, context: Context
    ) -> insight_pb2.TakeRunBackResponse:
        """Lets a run count again."""
        async with self._database.transaction() as session:
            await set_asides.take_run_back(session, UUID(request.run_id), caller())
        return insight_pb2.TakeRunBackResponse()

    async def TakeAnswerBack(
        self, request: insight_pb2.TakeAnswerBackRequest, context: Context
    ) -> insight_pb2.TakeAnswerBackResponse:
        """Lets an answer count again."""
        brand_id, answer_id = UUID(request.brand_id), UUID(request.answer_id)
        async with self._database.transaction() as session:
            await set_asides.take_answer_back(session, brand_id, answer_id, caller())
        return insight_pb2.TakeAnswerBackResponse()

    async def ImportAnswers(
        self, request: insight_pb2.ImportAnswersRequest, context: Context
    ) -> insight_pb2.ImportAnswersResponse:
        """Takes in answers that were got elsewhere, and has a run made that reads them."""
        brand_id, form = UUID(request.brand_id), FileFormat(request.format)
        async with self._database.transaction() as session:
            taken = await imports.take_in(session, brand_id, form, request.content, caller())
        run = None
        if taken.run_id and self._runs:
            # After the lines stand: the run finds them. Sent again, it is made if it was not.
            wanted = run_pb2.StartImportRequest(brand_id=request.brand_id, run_id=str(taken.run_id))
            run = (await self._runs.StartImport(wanted)).run
        return import_message(taken, run)

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
