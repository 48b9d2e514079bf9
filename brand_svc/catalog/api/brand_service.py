"""BrandService over gRPC: reads the request, calls the operation, answers."""

from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from answerbeat.database import Database
from answerbeat.rpc import paging
from answerbeat.rpc.caller import caller
from answerbeat.rpc.idempotency import once
from answerbeat.v1 import brand_pb2, brand_pb2_grpc
from brand_svc.catalog.api.messages import brand_message, content_of, customer_message, topics_message
from brand_svc.catalog.diagnostics import Severity
from brand_svc.catalog.operations import asking, brands, customers

Context = ServicerContext[Any, Any]


class BrandServicer(brand_pb2_grpc.BrandServiceServicer):
    """Customers and brands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateCustomer(
        self, request: brand_pb2.CreateCustomerRequest, context: Context
    ) -> brand_pb2.CreateCustomerResponse:
        """Makes a customer."""

        async def create() -> brand_pb2.CreateCustomerResponse:
            customer = await customers.create(session, request.name, caller(), is_demo=request.is_demo)
            return brand_pb2.CreateCustomerResponse(customer=customer_message(customer))

        async with self._database.transaction() as session:
            return await once(session, request, brand_pb2.CreateCustomerResponse(), create)

    async def GetCustomer(
        self, request: brand_pb2.GetCustomerRequest, context: Context
    ) -> brand_pb2.GetCustomerResponse:
        """Gives a customer."""
        async with self._database.transaction() as session:
            customer = await customers.get(session, UUID(request.customer_id), caller())
        return brand_pb2.GetCustomerResponse(customer=customer_message(customer))

    async def UpdateCustomer(
        self, request: brand_pb2.UpdateCustomerRequest, context: Context
    ) -> brand_pb2.UpdateCustomerResponse:
        """Renames a customer."""
        async with self._database.transaction() as session:
            customer = await customers.rename(session, UUID(request.customer_id), request.name, caller())
        return brand_pb2.UpdateCustomerResponse(customer=customer_message(customer))

    async def DeleteCustomer(
        self, request: brand_pb2.DeleteCustomerRequest, context: Context
    ) -> brand_pb2.DeleteCustomerResponse:
        """Takes a customer away."""
        async with self._database.transaction() as session:
            await customers.delete(session, UUID(request.customer_id), caller())
        return brand_pb2.DeleteCustomerResponse()

    async def ListCustomers(
        self, request: brand_pb2.ListCustomersRequest, context: Context
    ) -> brand_pb2.ListCustomersResponse:
        """Gives a page of customers."""
        before = paging.read_token(request.page_token)
        async with self._database.transaction() as session:
            page, last = await customers.list_page(session, request.limit or paging.DEFAULT_LIMIT, before, caller())
        return brand_pb2.ListCustomersResponse(
            customers=map(customer_message, page), next_page_token=paging.write_token(last.id) if last else None
        )

    async def CreateBrand(
        self, request: brand_pb2.CreateBrandRequest, context: Context
    ) -> brand_pb2.CreateBrandResponse:
        """Makes a brand."""

        async def create() -> brand_pb2.CreateBrandResponse:
            brand = await brands.create(session, UUID(request.customer_id), content_of(request), caller())
            rivals = await brands.competitors(session, [brand])
            return brand_pb2.CreateBrandResponse(brand=brand_message(brand, rivals[brand.id]))

        async with self._database.transaction() as session:
            return await once(session, request, brand_pb2.CreateBrandResponse(), create)

    async def UpdateBrand(
        self, request: brand_pb2.UpdateBrandRequest, context: Context
    ) -> brand_pb2.UpdateBrandResponse:
        """Changes a brand."""
        async with self._database.transaction() as session:
            brand = await brands.update(
                session,
                UUID(request.brand_id),
                request.etag if request.HasField("etag") else None,
                content_of(request),
                caller(),
            )
            rivals = await brands.competitors(session, [brand])
            return brand_pb2.UpdateBrandResponse(brand=brand_message(brand, rivals[brand.id]))

    async def DeleteBrand(
        self, request: brand_pb2.DeleteBrandRequest, context: Context
    ) -> brand_pb2.DeleteBrandResponse:
        """Takes a brand away."""
        async with self._database.transaction() as session:
            await brands.delete(session, UUID(request.brand_id), caller())
        return brand_pb2.DeleteBrandResponse()

    async def Diagnose(self, request: brand_pb2.DiagnoseRequest, context: Context) -> brand_pb2.DiagnoseResponse:
        """Says why a collection would do nothing."""
        async with self._database.transaction() as session:
            found = await asking.diagnose(session, UUID(request.brand_id), caller())
        return brand_pb2.DiagnoseResponse(
            would_collect=all(finding.severity is not Severity.ERROR for finding in found),
            findings=[brand_pb2.Finding(**vars(finding)) for finding in found],
        )

    async def GetBrand(self, request: brand_pb2.GetBrandRequest, context: Context) -> brand_pb2.GetBrandResponse:
        """Gives a brand."""
        async with self._database.transaction() as session:
            brand = await brands.get(session, UUID(request.brand_id), caller())
            rivals = await brands.competitors(session, [brand])
        return brand_pb2.GetBrandResponse(brand=brand_message(brand, rivals[brand.id]))

    async def ListBrands(self, request: brand_pb2.ListBrandsRequest, context: Context) -> brand_pb2.ListBrandsResponse:
        """Gives a page of brands."""
        before, limit = paging.read_token(request.page_token), request.limit or paging.DEFAULT_LIMIT
        async with self._database.transaction() as session:
            page, last = await brands.list_page(session, request.customer_id, limit, before, caller())
            rivals = await brands.competitors(session, page)
        return brand_pb2.ListBrandsResponse(
            brands=[brand_message(brand, rivals[brand.id]) for brand in page],
            next_page_token=paging.write_token(last.id) if last else None,
        )

    async def ListTopicsQueries(
        self, request: brand_pb2.ListTopicsQueriesRequest, context: Context
    ) -> brand_pb2.ListTopicsQueriesResponse:
        """Gives a brand's topics and questions."""
        async with self._database.transaction() as session:
            topics = await brands.topics(session, UUID(request.brand_id), caller())
        return topics_message(topics)
