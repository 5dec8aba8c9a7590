"""Whatever an aggregate says survives being written down and read again."""

from dataclasses import fields, replace

from hypothesis import given

from adapters.records.addresses import address_from_json, address_to_json
from adapters.records.api_key_records import api_key_bearer, api_key_from, api_key_row, api_key_view
from adapters.records.customer_records import customer_from, customer_rows, customer_view
from adapters.records.identity_records import organization_row, organization_view
from adapters.records.member_records import credential_from, member_from, member_row, member_view
from adapters.records.order_records import order_from, order_rows, order_view
from adapters.records.product_records import product_from, product_rows, product_view
from adapters.records.session_records import (
    family_from,
    session_from,
    session_row,
    session_view,
    token_from,
    token_row,
)
from application.catalogue.ports import ProductView
from application.customers.ports import CustomerView
from application.identity.ports import ApiKeyView, MemberView
from application.ordering.order_view import OrderView
from domain.address import Address
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.identity.api_key import ApiKey
from domain.identity.member import Member
from domain.identity.organization import Organization
from domain.identity.session import Family, RefreshToken, Session
from domain.ordering.order import Order
from tests.strategies import (
    addresses,
    api_keys,
    arbitrary_orders,
    customers,
    members,
    orders,
    organizations,
    products,
    refresh_tokens,
    sessions,
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
def test_a_member_survives_with_its_sessions(member: Member, organization: Organization) -> None:
    row = member_row(member)
    assert member_from(row, [session_row(session) for session in member.sessions]) == member
    assert member_view(row) == MemberView.of(member)
    credential = credential_from(row, organization.id)
    known = (credential.organization, credential.member_id, credential.password_hash)
    assert known == (organization.id, member.id, member.password_hash)


@given(sessions())
def test_a_session_survives(session: Session) -> None:
    row = session_row(session)
    assert session_from(row) == session
    view = session_view(row)
    assert all(getattr(view, field.name) == getattr(session, field.name) for field in fields(view))


@given(refresh_tokens(), sessions())
def test_a_refresh_token_survives_and_belongs_to_its_session(token: RefreshToken, session: Session) -> None:
    row = token_row(token, session)
    assert token_from(row) == token
    assert row["session_id"] == session.id


@given(sessions(), refresh_tokens(), refresh_tokens(), members())
def test_a_family_survives(session: Session, presented: RefreshToken, head: RefreshToken, member: Member) -> None:
    rows = (session_row(session), token_row(presented, session), token_row(head, session), member_row(member))
    assert family_from(*rows) == Family(
        session=session, presented=presented, head=head, role=member.role, customer_id=member.customer_id
    )


@given(api_keys(), organizations())
def test_an_api_key_survives(key: ApiKey, organization: Organization) -> None:
    row = api_key_row(key)
    assert api_key_from(row) == key
    assert api_key_view(row) == ApiKeyView.of(key)
    bearer = api_key_bearer(organization.id, key.id, row)
    assert (bearer.organization, bearer.id, bearer.credential) == (organization.id, key.id, key.id)
    assert (bearer.kind, bearer.role, bearer.customer_id) == ("api-key", key.role, None)


@given(addresses())
def test_an_address_survives(address: Address) -> None:
    assert address_from_json(address_to_json(address)) == address
