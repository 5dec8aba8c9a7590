"""Events as they are stored: chained to each other, with documents of what was so afterwards."""

import json
from dataclasses import fields, replace
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adapters.records.chain import chained, link
from adapters.records.documents import camel, document, to_json
from application.ordering.order_view import LineView, OrderView
from domain.ordering.order import Order
from domain.shared.money import Currency, Money
from tests.adapters.records.full import AT, FULL_ORDER
from tests.strategies import (
    arbitrary_orders,
)


def test_a_link_takes_in_the_one_before_the_number_and_the_bytes() -> None:
    assert link(b"\x01\x02", 258, "é") == sha256(b"\x01\x02\x00\x00\x01\x02\xc3\xa9").digest()


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), st.integers(0, 9))
def test_a_chain_is_the_same_in_one_piece_or_in_two(bodies: list[str], cut: int) -> None:
    events = [{"body": body} for body in bodies]
    whole, end = chained(events)
    first, middle = chained(events[:cut])
    second, last = chained(events[cut:], count=middle["events_count"], head=middle["events_head"])
    assert (first + second, last) == (whole, end)
    assert [event["sequence"] for event in whole] == list(range(1, len(bodies) + 1))


@given(st.lists(st.text(min_size=1), min_size=2, max_size=5), st.data())
def test_a_chain_shows_what_was_edited(bodies: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(bodies) - 1))
    edited = [*bodies[:place], bodies[place] + "!", *bodies[place + 1 :]]
    _, end = chained({"body": body} for body in bodies)
    _, other = chained({"body": body} for body in edited)
    _, missing = chained({"body": body} for body in bodies[:place] + bodies[place + 1 :])
    assert len({end["events_head"], other["events_head"], missing["events_head"]}) == 3


def test_names_become_camel_case() -> None:
    assert [camel(name) for name in ("id", "unit_price", "line_total_amount")] == ["id", "unitPrice", "lineTotalAmount"]


def test_a_document_of_everything() -> None:
    line = replace(FULL_ORDER.lines[0], unit_price=Money(5, Currency("EUR")), quantity=3)
    assert document(LineView.of(line)) == {
        "id": "00000000-0000-0000-0000-00000000000a",
        "productId": "00000000-0000-0000-0000-000000000014",
        "sku": "SKU-0",
        "name": "Product 0",
        "unitPrice": 5,
        "quantity": 3,
        "shipped": 7,
        "delivered": 4,
        "returned": 3,
        "lineTotal": 15,
    }


def test_instants_are_written_in_utc() -> None:
    assert document({"at": AT, "none": None, "ids": (UUID(int=1),)}) == {
        "at": "2026-03-01T12:00:00.123456Z",
        "none": None,
        "ids": ["00000000-0000-0000-0000-000000000001"],
    }


@given(arbitrary_orders())
def test_any_order_can_be_written_as_json(order: Order) -> None:
    said = json.loads(to_json(OrderView.of(order)))
    assert said["status"] == order.state.value
    assert said["total"] == order.total.amount
    assert [line["lineTotal"] for line in said["lines"]] == [line.line_total.amount for line in order.lines]
    derived = {"paymentStatus", "fulfilmentStatus", "returnStatus", "refunded"}
    assert {camel(field.name) for field in fields(OrderView)} | derived == set(said)
