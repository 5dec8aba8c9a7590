"""Whatever an aggregate says survives being written down and read again."""

from dataclasses import fields, replace

from hypothesis import given

from adapters.records.addresses import address_from_json, address_to_json
from adapters.records.customer_records import customer_from, customer_rows, customer_view
from adapters.records.identity_records import (
    credential_from,
    member_row,
    member_view,
    organization_row,
    organization_view,
)
from adapters.records.order_records import order_from, order_rows, order_view
from adapters.records.product_records import product_from, product_rows, product_view
from application.catalogue.ports import ProductView
from application.customers.ports import CustomerView
from application.ordering.order_view import OrderView
from domain.address import Address
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.identity.organization import Member, Organization
from domain.ordering.order import Order
from tests.strategies import (
    addresses,
    arbitrary_orders,
    customers,
    members,
    orders,
    organizations,
    products,
)


@given(arbitrary_orders() | orders())
def test_an_order_survives(order: Order) -> None:
    assert order_from(order_rows(order)) == replace(order, events=())


@given(arbitrary_orders() | orders())
def test_the_read_model_of_an_order_says_what_the_order_says(order: Order) -> None:
    assert order_view(order_rows(order)) == OrderView.of(order)


@given(products())
def test_a_product_survives(product: Product) -> None:
    (row,) = product_rows(product)["products"]
    assert product_from(row) == product
    assert product_view(row) == ProductView.of(product)


@given(customers())
def test_a_customer_survives(customer: Customer) -> None:
    (row,) = customer_rows(customer)["customers"]
    assert customer_from(row) == customer
    assert customer_view(row) == CustomerView.of(customer)


@given(organizations())
def test_an_organization_survives(organization: Organization) -> None:
    row = {"id": organization.id, **organization_row(organization)}
    view = organization_view(row)
    assert {name: getattr(view, name) for name in ("id", "name", "slug", "currency", "sandbox")} == {
        name: getattr(organization, name) for name in ("id", "name", "slug", "currency", "sandbox")
    }
    assert row["created_at"] == organization.created_at


@given(members(), organizations())
def test_a_member_survives(member: Member, organization: Organization) -> None:
    row = member_row(member)
    view, credential = member_view(row), credential_from(row, organization.id)
    assert all(getattr(view, field.name) == getattr(member, field.name) for field in fields(view))
    known = (credential.member_id, credential.role, credential.customer_id, credential.password_hash)
    assert known == (member.id, member.role, member.customer_id, member.password_hash)
    assert credential.organization == organization.id
    assert {field.name for field in fields(Member)} <= row.keys()


@given(addresses())
def test_an_address_survives(address: Address) -> None:
    assert address_from_json(address_to_json(address)) == address
