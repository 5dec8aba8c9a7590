"""From one state of an aggregate to the next: what its changes say is exactly what is different."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.records.baskets import basket_from, basket_guards
from adapters.records.changes import Bounds, Changes, Touch
from adapters.records.customer_records import customer_rows
from adapters.records.order_records import order_changes, order_rows
from adapters.records.product_records import product_changes, product_rows
from adapters.records.rows import Rows, differences
from domain.ordering.lifecycle import State
from domain.ordering.order import Order
from domain.stock import Move, Stock
from tests.adapters.records.full import FULL_CUSTOMER, FULL_ORDER, FULL_PRODUCT, stamp
from tests.strategies import (
    arguments,
    orders,
    take,
)


def applied(rows: Rows, changes: Changes) -> dict[str, list[dict[str, Any]]]:
    """Do by hand what a store would do to the rows of one aggregate."""
    after = {table: [dict(row) for row in some] for table, some in rows.items()}
    for touch in changes.touches:
        for row in after.get(touch.table, ()):
            if all(row[name] == value for name, value in touch.key.items()):
                assert all(row[name] == value for name, value in touch.seen.items())
                row.update(touch.set)
    for insert in changes.inserts:
        if insert.table in after:
            after[insert.table].append(dict(insert.row))
    return after


@given(st.data(), orders(State.PENDING, State.CONFIRMED, State.SHIPPED, State.DELIVERED))
def test_the_changes_of_an_order_lead_from_its_rows_to_the_next(data: st.DataObject, order: Order) -> None:
    before = replace(order, events=())
    action = data.draw(st.sampled_from(_possible(before.state)))
    after = take(before, action, at=before.updated_at, **data.draw(arguments(action)))
    changes = order_changes(after, before, stamp())
    assert applied(order_rows(before), changes) == order_rows(after)
    (root,) = [touch for touch in changes.touches if touch.table == "orders"]
    assert root.seen == {"version": before.version}
    assert root.set["version"] == before.version + 1
    assert [event["type"] for event in root.events] == [after.events[-1].type]


def _possible(state: State) -> tuple[str, ...]:
    return {
        State.PENDING: ("confirm", "cancel"),
        State.CONFIRMED: ("cancel", "ship"),
        State.SHIPPED: ("deliver", "send_back"),
        State.DELIVERED: ("send_back",),
    }[state]


@given(orders())
def test_stock_and_ledger_follow_from_the_events(order: Order) -> None:
    """What the counters are told and what the ledger says is the same, and it is what the events moved."""
    changes = order_changes(order, None, stamp())
    moves = [move for event in order.events for move in event.moves]
    ledger = [insert.row for insert in changes.inserts if insert.table == "stock_ledger"]
    touches = [touch for touch in changes.touches if touch.table == "products"]
    assert [touch.key["id"] for touch in touches] == sorted({move.product for move in moves})
    for touch in touches:
        product = touch.key["id"]
        of_it: list[Move] = [move for move in moves if move.product == product]
        for counter in ("on_hand", "reserved"):
            told = touch.by[counter]
            assert told == sum(getattr(move, counter) for move in of_it)
            assert told == sum(row[counter] for row in ledger if row["product_id"] == product)
        assert touch.bounds == Bounds(columns=("reserved", "on_hand"), most=2_147_483_647)
    assert len(ledger) == len(moves)
    assert len({row["id"] for row in ledger}) == len(ledger)


def test_what_has_not_changed_is_not_written() -> None:
    assert list(differences(order_rows(FULL_ORDER), order_rows(FULL_ORDER))) == []
    other = replace(FULL_ORDER, note=None)
    assert list(differences(order_rows(FULL_ORDER), order_rows(other))) == [
        Touch(table="orders", key={"id": FULL_ORDER.id}, set={"note": None})
    ]


def test_counters_of_a_product_are_never_overwritten() -> None:
    moved = replace(FULL_PRODUCT, stock=Stock(on_hand=99, reserved=9), name="Renamed")
    (touch,) = product_changes(moved, FULL_PRODUCT, stamp()).touches
    assert touch.set == {"name": "Renamed"}


def test_a_basket_is_guarded_by_everything_it_shows() -> None:
    """But for what is available: the counters' bounds guard that."""
    (row,) = product_rows(FULL_PRODUCT)["products"]
    (who,) = customer_rows(FULL_CUSTOMER)["customers"]
    policy = {"max_items_per_order": 3, "minimum_order_value": 5, "auto_cancel_after_hours": 7}
    guards = basket_guards(policy, who, {FULL_PRODUCT.id: row})
    seen = {touch.where: dict(touch.seen) for touch in guards.touches}
    assert seen == {
        ("organizations", ()): policy,
        ("customers", (FULL_CUSTOMER.id,)): {"status": "active"},
        ("products", (FULL_PRODUCT.id,)): {
            "sku": "SKU",
            "name": "Product",
            "unit_price": 100,
            "currency": "EUR",
            "status": "active",
        },
    }
    assert not any(touch.writes for touch in guards.touches)
    basket = basket_from(policy, who, [row])
    assert (basket.policy.max_items_per_order, basket.policy.minimum_order_value) == (3, 5)
    assert basket.policy.auto_cancel_after_hours == 7
    assert basket.offers[FULL_PRODUCT.id].available == 3
