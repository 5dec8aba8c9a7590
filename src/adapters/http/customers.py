"""Customers: register, read, list, change, suspend, reactivate, erase."""

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from dishka import FromDishka
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, created, current, versioned
from adapters.http.fields import (
    AddressAnswer,
    AddressBody,
    AddressPatch,
    Answer,
    Email,
    FieldInvalid,
    Instant,
    Nothing,
    Request,
    Text,
)
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from application.customers.change_customer import ChangeCustomer
from application.customers.erase_customer import EraseCustomer
from application.customers.get_customer import GetCustomer, GetCustomerHandler
from application.customers.list_customers import ListCustomers, ListCustomersHandler
from application.customers.ports import CustomerView
from application.customers.reactivate_customer import ReactivateCustomer
from application.customers.register_customer import RegisterCustomer
from application.customers.suspend_customer import SuspendCustomer
from application.shared.answering import Answering
from domain.address import Address
from domain.customers.customer import Customer, CustomerChange
from domain.customers.lifecycle import Status
from domain.erasure import NOWHERE, stands_for_the_erased
from domain.ids import CustomerId

_action: Final = partial(
    post, status_code=200, if_match=True, problems=("resource-not-found", "stale-version", "invalid-state-transition")
)


_OF_THE_ERASED: Final = "@" + "".join(f"[{c}{c.upper()}]" if c.isalpha() else f"[{c}]" for c in NOWHERE[1:]) + "$"

CustomerEmail = Annotated[Email, msgspec.Meta(extra_json_schema={"not": {"pattern": _OF_THE_ERASED}})]
"""An address that a customer may have: the others stand for customers who are erased (`_check_somebody_has`)."""


class CreateCustomerBody(Request):
    email: CustomerEmail
    name: Text
    shipping_address: AddressBody | None = None

    def __post_init__(self) -> None:
        _check_somebody_has(self.email)


class ChangeCustomerBody(Request):
    """A merge patch (RFC 7396): an address changes in what it names; null leaves none. A first one is to be whole."""

    email: CustomerEmail | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    shipping_address: AddressPatch | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _check_somebody_has(self.email)


def _check_somebody_has(email: str | UnsetType) -> None:
    """Raises: FieldInvalid."""
    if email is not UNSET and stands_for_the_erased(email):
        raise FieldInvalid("email", "invalid", "Addresses of this domain stand for customers who are erased.")


class CustomerBody(Answer):
    """A customer."""

    id: UUID
    email: str
    name: str
    status: Status
    shipping_address: AddressAnswer | None
    created_at: Instant
    updated_at: Instant
    version: int


class CustomersPage(Answer):
    data: list[CustomerBody]
    pagination: Pagination


def _shown(customer: Customer) -> Response[CustomerBody]:
    return versioned(as_body(CustomerView.of(customer), CustomerBody))


def _created(customer: Customer) -> Response[CustomerBody]:
    return created(as_body(CustomerView.of(customer), CustomerBody), f"/v1/customers/{customer.id}")


@post("/", operation_id="createCustomer", problems=("unique-constraint-violation",))
@inject
async def create_customer(
    request: AdmittedRequest,
    data: JSONBody[CreateCustomerBody],
    register: FromDishka[Answering[RegisterCustomer, Customer]],
) -> Response[CustomerBody]:
    """Register a customer."""
    address: Any = msgspec.convert(data.shipping_address, Address | None, from_attributes=True)
    command = RegisterCustomer(caller=request.caller, email=data.email, name=data.name, shipping_address=address)
    return await answered(request, register, command, _created)


@get("/{id:str}", operation_id="getCustomer", conditional=True, problems=("resource-not-found",))
@inject
async def get_customer(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetCustomerHandler]
) -> Response[CustomerBody]:
    """Read a customer."""
    view = await read(GetCustomer(caller=request.caller, customer_id=CustomerId(id)))
    return current(request, as_body(view, CustomerBody))


@get("/", operation_id="listCustomers", query=PageQuery)
@inject
async def list_customers(
    request: AdmittedRequest,
    read: FromDishka[ListCustomersHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[CustomersPage]:
    """List customers, newest first."""
    collection = Collection(organization=request.caller.organization, path="/v1/customers", query=request.asked)
    page = await read(ListCustomers(caller=request.caller, page=cursors.request(collection)))
    body = CustomersPage(data=as_body(page.items, list[CustomerBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@patch(
    "/{id:str}",
    operation_id="changeCustomer",
    problems=(
        "resource-not-found",
        "stale-version",
        "unique-constraint-violation",
        "invalid-state-transition",
        "business-rule-violation",
    ),
)
@inject
async def change_customer(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ChangeCustomerBody],
    change: FromDishka[Answering[ChangeCustomer, Customer]],
) -> Response[CustomerBody]:
    """Change what is known of a customer. Orders keep the address that they were placed with."""
    command = ChangeCustomer(
        caller=request.caller,
        customer_id=CustomerId(id),
        change=said(data, CustomerChange),
        expected_version=request.expected_version,
    )
    return _shown(await change(command))


@_action("/{id:str}/suspend", operation_id="suspendCustomer", body=Nothing)
@inject
async def suspend_customer(
    request: AdmittedRequest,
    id: FromPath[UUID],
    suspend: FromDishka[Answering[SuspendCustomer, Customer]],
) -> Response[CustomerBody]:
    """Suspend a customer: no new orders from now on."""
    command = SuspendCustomer(
        caller=request.caller, customer_id=CustomerId(id), expected_version=request.expected_version
    )
    return await answered(request, suspend, command, _shown)


@_action("/{id:str}/reactivate", operation_id="reactivateCustomer", body=Nothing)
@inject
async def reactivate_customer(
    request: AdmittedRequest,
    id: FromPath[UUID],
    reactivate: FromDishka[Answering[ReactivateCustomer, Customer]],
) -> Response[CustomerBody]:
    """Reactivate a customer: orders are welcome again."""
    command = ReactivateCustomer(
        caller=request.caller, customer_id=CustomerId(id), expected_version=request.expected_version
    )
    return await answered(request, reactivate, command, _shown)


@_action("/{id:str}/erase", operation_id="eraseCustomer", body=Nothing)
@inject
async def erase_customer(
    request: AdmittedRequest,
    id: FromPath[UUID],
    erase: FromDishka[Answering[EraseCustomer, Customer]],
) -> Response[CustomerBody]:
    """Erase a customer for good, and what its orders say of it. Members who act for it are logged out and removed."""
    command = EraseCustomer(
        caller=request.caller, customer_id=CustomerId(id), expected_version=request.expected_version
    )
    return await answered(request, erase, command, _shown)


CUSTOMERS: Final = Router(
    "/v1/customers",
    route_handlers=[
        create_customer,
        list_customers,
        get_customer,
        change_customer,
        suspend_customer,
        reactivate_customer,
        erase_customer,
    ],
    tags=["Customers"],
)
