"""Routes under /api/admin/customers."""

from uuid import UUID

from fastapi import APIRouter, Response

from admin_gateway.models import Customer, CustomerCreate, CustomerUpdate, Page
from admin_gateway.routes.paging import Paging, page
from admin_gateway.services import CallerOf
from admin_gateway.translate import to_json, to_message
from answerbeat.v1 import brand_pb2

router = APIRouter(prefix="/api/admin/customers", tags=["Customers"])


@router.get("")
async def list_customers(caller: CallerOf, paging: Paging) -> Page[Customer]:
    """Lists customers, newest first."""
    request = to_message(brand_pb2.ListCustomersRequest, paging)
    answer = page(to_json(await caller.call(caller.services.brands.ListCustomers, request)), "customers")
    return Page[Customer].model_validate(answer)


@router.post("", status_code=201)
async def create_customer(body: CustomerCreate, caller: CallerOf, response: Response) -> Customer:
    """Makes a customer."""
    request = to_message(brand_pb2.CreateCustomerRequest, body.model_dump())
    answer = await caller.call(caller.services.brands.CreateCustomer, request)
    response.headers["Location"] = f"{router.prefix}/{answer.customer.id}"
    return Customer.model_validate(to_json(answer.customer))


@router.get("/{customer_id}")
async def read_customer(customer_id: UUID, caller: CallerOf) -> Customer:
    """Reads a customer."""
    request = brand_pb2.GetCustomerRequest(customer_id=str(customer_id))
    answer = await caller.call(caller.services.brands.GetCustomer, request)
    return Customer.model_validate(to_json(answer.customer))


@router.put("/{customer_id}")
async def update_customer(customer_id: UUID, body: CustomerUpdate, caller: CallerOf) -> Customer:
    """Gives a customer another name."""
    request = to_message(brand_pb2.UpdateCustomerRequest, body.model_dump() | {"customer_id": customer_id})
    answer = await caller.call(caller.services.brands.UpdateCustomer, request)
    return Customer.model_validate(to_json(answer.customer))


@router.delete("/{customer_id}", status_code=204)
async def delete_customer(customer_id: UUID, caller: CallerOf) -> None:
    """Takes a customer away, with its tokens and limits. 409 while it has brands."""
    request = brand_pb2.DeleteCustomerRequest(customer_id=str(customer_id))
    await caller.call(caller.services.brands.DeleteCustomer, request)
