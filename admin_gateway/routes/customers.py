"""Routes under /api/admin/customers."""

from uuid import UUID

from fastapi import APIRouter, Response

from admin_gateway.models import Customer, CustomerCreate, CustomerUpdate, Page
from admin_gateway.routes.paging import Paging, page
from admin_gateway.services import UpstreamOf
from admin_gateway.translate import to_json, to_message
from answerbeat.v1 import brand_pb2

router = APIRouter(prefix="/api/admin/customers", tags=["Customers"])


@router.get("")
async def list_customers(upstream: UpstreamOf, paging: Paging) -> Page[Customer]:
    """Lists customers, newest first."""
    request = to_message(brand_pb2.ListCustomersRequest, paging)
    answer = page(to_json(await upstream.call(upstream.services.brands.ListCustomers, request)), "customers")
    return Page[Customer].model_validate(answer)


@router.post("", status_code=201)
async def create_customer(body: CustomerCreate, upstream: UpstreamOf, response: Response) -> Customer:
    """Makes a customer."""
    request = to_message(brand_pb2.CreateCustomerRequest, body.model_dump())
    answer = await upstream.call(upstream.services.brands.CreateCustomer, request)
    response.headers["Location"] = f"{router.prefix}/{answer.customer.id}"
    return Customer.model_validate(to_json(answer.customer))


@router.get("/{customer_id}")
async def read_customer(customer_id: UUID, upstream: UpstreamOf) -> Customer:
    """Reads a customer."""
    request = brand_pb2.GetCustomerRequest(customer_id=str(customer_id))
    answer = await upstream.call(upstream.services.brands.GetCustomer, request)
    return Customer.model_validate(to_json(answer.customer))


@router.put("/{customer_id}")
async def update_customer(customer_id: UUID, body: CustomerUpdate, upstream: UpstreamOf) -> Customer:
    """Gives a customer another name."""
    request = to_message(brand_pb2.UpdateCustomerRequest, body.model_dump() | {"customer_id": customer_id})
    answer = await upstream.call(upstream.services.brands.UpdateCustomer, request)
    return Customer.model_validate(to_json(answer.customer))


@router.delete("/{customer_id}", status_code=204)
async def delete_customer(customer_id: UUID, upstream: UpstreamOf) -> None:
    """Takes a customer away, with its tokens and limits. 409 while it has brands."""
    request = brand_pb2.DeleteCustomerRequest(customer_id=str(customer_id))
    await upstream.call(upstream.services.brands.DeleteCustomer, request)
