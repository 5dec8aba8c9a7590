"""No field is forgotten by a mapper, and no column of the schema."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, Final, get_args, get_type_hints
from uuid import UUID

import pytest

from adapters.records.answers import keeping
from adapters.records.api_key_records import api_key_changes, api_key_from, api_key_row, api_key_view
from adapters.records.changes import Changes
from adapters.records.customer_records import customer_changes, customer_from, customer_rows, customer_view
from adapters.records.endpoint_records import endpoint_changes, endpoint_from, endpoint_row, endpoint_view
from adapters.records.identity_records import founding_changes
from adapters.records.member_records import member_from, member_row, member_view
from adapters.records.order_records import order_changes, order_from, order_rows, order_view
from adapters.records.product_records import product_changes, product_from, product_rows, product_view
from adapters.records.schema import metadata, tenant_column
from adapters.records.session_records import session_row, session_saved, token_from, token_row
from adapters.records.tables import WALLED
from application.catalogue.ports import ProductView
from application.customers.ports import CustomerView
from application.identity.ports import ApiKeyView, MemberView
from application.ordering.order_view import OrderView
from application.shared.claim import Answer, Claim
from application.webhooks.ports import EndpointView
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.identity.api_key import ApiKey
from domain.identity.member import Member
from domain.identity.organization import Organization
from domain.identity.roles import Role
from domain.identity.session import RefreshToken
from domain.ids import MemberId
from domain.ordering.order import Order
from domain.shared.money import Currency, Money
from domain.webhooks.endpoint import Endpoint
from tests.adapters.records.full import (
    AT,
    FULL_API_KEY,
    FULL_CUSTOMER,
    FULL_ENDPOINT,
    FULL_MEMBER,
    FULL_ORDER,
    FULL_PRODUCT,
    FULL_SESSION,
    FULL_TOKEN,
    stamp,
)
from tests.domain.examples import an_order

WRITTEN_BY_OTHERS: Final = {
    "events": {"position"},
    "sessions": {"revocation_noted_at"},
    "api_keys": {"revocation_noted_at"},
}
"""Columns that are empty until somebody else than the unit of work fills them."""

WRITTEN_ALONE: Final = frozenset({"deliveries", "delivery_attempts"})
"""Tables that nothing below writes: who writes them has tests of its own."""


APART: Final = frozenset({"events", "changes", "issued", "currency"})
"""What has happened is not read back; an order and all its lines have one currency, which is changed below."""


def perturbed(value: Any, hint: Any = None) -> Iterator[tuple[str, Any]]:
    """Yield `(where, value)` with one thing changed: each field of each dataclass, at any depth."""
    if NoneType in get_args(hint):
        yield " = None", None
    match value:
        case _ if is_dataclass(value):
            hints = get_type_hints(type(value))
            for name in [field.name for field in fields(value) if field.name not in APART]:
                for where, other in perturbed(getattr(value, name), hints[name]):
                    yield f".{name}{where}", replace(value, **{name: other})  # type: ignore[type-var]
        case tuple():
            yield "[:-1]", value[:-1]
            yield "[::-1]", value[::-1] if len(value) > 1 else ()
            for where, other in perturbed(value[0]):
                yield f"[0]{where}", (other, *value[1:])
        case _:
            yield "", _another(value)


def _another(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case Enum():
            return next(member for member in type(value) if member is not value)
        case str():
            return value + "x"
        case int():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case UUID():
            return UUID(int=value.int + 0x100)
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1])
    raise TypeError(value)


def everything_perturbed(whole: Any) -> list[Any]:
    return [pytest.param(other, id=where.strip(". ")) for where, other in perturbed(whole)]


@pytest.mark.parametrize("other", everything_perturbed(FULL_ORDER))
def test_no_field_of_an_order_is_forgotten(other: Order) -> None:
    assert other != FULL_ORDER
    assert order_rows(other) != order_rows(FULL_ORDER)
    assert order_from(order_rows(other)) == other
    if OrderView.of(other) != OrderView.of(FULL_ORDER):
        assert order_view(order_rows(other)) == OrderView.of(other)


def test_the_currency_of_an_order_is_not_forgotten() -> None:
    yen = Currency("JPY")
    lines = tuple(replace(line, unit_price=Money(5, yen)) for line in FULL_ORDER.lines)
    other = replace(FULL_ORDER, currency=yen, lines=lines)
    assert order_from(order_rows(other)) == other


@pytest.mark.parametrize("other", everything_perturbed(FULL_PRODUCT))
def test_no_field_of_a_product_is_forgotten(other: Product) -> None:
    assert other != FULL_PRODUCT
    assert product_rows(other) != product_rows(FULL_PRODUCT)
    (row,) = product_rows(other)["products"]
    assert (product_from(row), product_view(row)) == (other, ProductView.of(other))


@pytest.mark.parametrize("other", everything_perturbed(FULL_CUSTOMER))
def test_no_field_of_a_customer_is_forgotten(other: Customer) -> None:
    assert other != FULL_CUSTOMER
    assert customer_rows(other) != customer_rows(FULL_CUSTOMER)
    (row,) = customer_rows(other)["customers"]
    assert (customer_from(row), customer_view(row)) == (other, CustomerView.of(other))


@pytest.mark.parametrize("other", everything_perturbed(FULL_MEMBER))
def test_no_field_of_a_member_and_its_sessions_is_forgotten(other: Member) -> None:
    assert other != FULL_MEMBER
    assert member_from(member_row(other), [session_row(session) for session in other.sessions]) == other
    assert member_view(member_row(other)) == MemberView.of(other)


@pytest.mark.parametrize("other", everything_perturbed(FULL_TOKEN))
def test_no_field_of_a_refresh_token_is_forgotten(other: RefreshToken) -> None:
    assert other != FULL_TOKEN
    assert token_from(token_row(other, FULL_SESSION)) == other


@pytest.mark.parametrize("other", everything_perturbed(FULL_API_KEY))
def test_no_field_of_an_api_key_is_forgotten(other: ApiKey) -> None:
    assert other != FULL_API_KEY
    assert (api_key_from(api_key_row(other)), api_key_view(api_key_row(other))) == (other, ApiKeyView.of(other))


@pytest.mark.parametrize("other", everything_perturbed(FULL_ENDPOINT))
def test_no_field_of_a_webhook_endpoint_is_forgotten(other: Endpoint) -> None:
    assert other != FULL_ENDPOINT
    row = endpoint_row(other)
    assert (endpoint_from(row), endpoint_view(row)) == (other, EndpointView.of(other))


def written() -> dict[str, set[str]]:
    """The columns of every row that founding, adding, placing and moving write."""
    organization = Organization(
        id=UUID(int=1),  # type: ignore[arg-type]
        name="A House",
        slug="a-house",
        currency=Currency("EUR"),
        sandbox=False,
        created_at=AT,
    )
    owner = Member.join(
        MemberId(UUID(int=2)), email="o@example.com", name="O", role=Role.OWNER, password_hash="$x$", at=AT
    )
    placed = an_order()
    full = replace(FULL_ORDER, events=placed.events)
    claim = Claim(b"k" * 32, b"f" * 32, lambda _: Answer(201, {}, b""))
    keyed = replace(stamp(), caller=replace(stamp().caller, claim=claim))
    changes = [
        keeping(keyed.caller, claim, claim.encode(None), at=AT, instead_of=None),
        founding_changes(organization, owner),
        order_changes(full, None, keyed),
        product_changes(FULL_PRODUCT, None, stamp()),
        customer_changes(FULL_CUSTOMER, None, stamp()),
        session_saved(replace(FULL_SESSION, issued=(FULL_TOKEN,)), None, stamp()),
        api_key_changes(FULL_API_KEY, None, stamp()),
        endpoint_changes(FULL_ENDPOINT, None, stamp()),
    ]
    columns: dict[str, set[str]] = {}
    for insert in sum(changes, Changes()).inserts:
        columns.setdefault(insert.table, set()).update(insert.row)
    return columns


@pytest.mark.parametrize("table", [table for table in WALLED if table not in WRITTEN_ALONE])
def test_every_column_is_written(table: str) -> None:
    """But for the organization, which the store adds, and what the schema fills by itself."""
    columns = metadata.tables[table].columns
    mine = {column.name for column in columns if column.server_default is None}
    by_others = {tenant_column(table), *WRITTEN_BY_OTHERS.get(table, ())}
    by_default = {column.name for column in columns} - mine
    assert written()[table] - by_default == mine - by_others
    assert written()[table] <= set(columns.keys()), "and none that does not exist"
