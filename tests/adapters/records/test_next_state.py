"""From one state of an aggregate to the next: what its changes say is exactly what is different."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.baskets import basket_from, basket_guards
from adapters.records.changes import Bounds, Changes, Touch
from adapters.records.customer_records import customer_rows
from adapters.records.member_records import member_changes, member_row
from adapters.records.order_records import order_changes, order_rows
from adapters.records.product_records import product_changes, product_rows
from adapters.records.rows import Rows, differences
from adapters.records.session_records import session_row, session_saved, token_row
from domain.identity.member import Member
from domain.identity.roles import Role
from domain.identity.session import Session
from domain.ordering.lifecycle import State
from domain.ordering.order import Order
from domain.ordering.parcels import ShipmentLine
from domain.stock import Move, Stock
from tests.adapters.records.full import FULL_CUSTOMER, FULL_ORDER, FULL_PRODUCT, FULL_SESSION, FULL_TOKEN, stamp
from tests.domain.examples import NOW, SHIPMENT, basket, draft, offer
from tests.strategies import (
    arguments,
    instants,
    members,
    orders,
    orders_under_way,
    sessions,
    steps,
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


@given(st.data(), orders_under_way())
def test_the_changes_of_some_units_lead_from_the_rows_to_the_next(data: st.DataObject, order: Order) -> None:
    before = replace(order, events=())
    after = data.draw(steps(before))
    if after is before:
        return
    changes = order_changes(after, before, stamp())
    assert applied(order_rows(before), changes) == order_rows(after)
    lines = [touch for touch in changes.touches if touch.table == "order_lines"]
    assert {touch.key["id"] for touch in lines} == {
        new.id for old, new in zip(before.lines, after.lines, strict=True) if old != new
    }
    assert {tuple(touch.set) for touch in lines} == {("shipped", "delivered", "returned", "recalled")}, "alike"


def test_what_is_written_of_a_unit_is_its_line_and_its_parcel() -> None:
    """Of three lines one ships in part: of the others nothing is written, nor of what is the same."""
    placed = basket(offer(1), offer(2), offer(3)).place(draft((1, 1), (2, 5), (3, 1)), at=NOW)
    before = replace(placed.confirm(at=NOW, payment_method="pm_ok"), events=())
    line = before.lines[1]
    some = (ShipmentLine(line_id=line.id, quantity=2),)
    after = before.ship(SHIPMENT, at=NOW, carrier=None, tracking_number=None, lines=some)
    changes = order_changes(after, before, stamp())
    assert [(touch.table, dict(touch.set), dict(touch.by)) for touch in changes.touches] == [
        ("order_lines", {"shipped": 2, "delivered": 0, "returned": 0, "recalled": 0}, {}),
        ("orders", {"version": 3}, {}),
        ("products", {}, {"on_hand": -2, "reserved": -2}),
    ]
    assert [insert.table for insert in changes.inserts] == ["shipments", "shipment_lines", "stock_ledger"]
    sent = replace(after, events=())
    arrived = order_changes(sent.deliver(at=NOW), sent, stamp())
    assert [(touch.table, dict(touch.set)) for touch in arrived.touches] == [
        ("order_lines", {"shipped": 2, "delivered": 2, "returned": 0, "recalled": 0}),
        ("orders", {"version": 4}),
        ("shipments", {"delivered_at": NOW}),
    ]
    assert arrived.inserts == ()


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
    assert touch.set == {"name": "Renamed", "folded_name": "renamed"}


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


MEMBER_ACTIONS: dict[str, Callable[[Member, datetime], Member]] = {
    "log in": lambda member, at: member.log_in(
        FULL_SESSION.id, replace(FULL_TOKEN, parent_id=None, sealed=None), user_agent="x", at=at
    ),
    "log out everywhere": lambda member, at: member.log_out_everywhere(by=Role.OWNER, at=at),
    "change password": lambda member, at: member.change_password("$other$", at=at),
    "offer a reset": lambda member, at: member.offer_reset(bytes(32), by=Role.OWNER, at=at),
    "remove": lambda member, at: replace(member, removed_at=None).remove(by=Role.OWNER, owners=2, at=at),
}


@pytest.mark.parametrize("action", MEMBER_ACTIONS.values(), ids=MEMBER_ACTIONS)
@given(before=members(), at=instants())
def test_the_changes_of_a_member_lead_from_its_rows_to_the_next(
    action: Callable[[Member, datetime], Member], before: Member, at: datetime
) -> None:
    before = replace(before, removed_at=None, version=7, logins=7)
    after = action(before, at)
    changes = member_changes(after, before, stamp())
    assert applied(member_rows(before), changes) == member_rows(after)
    (root,) = [touch for touch in changes.touches if touch.table == "members"]
    assert root.seen == {"version": 7, "logins": 7}
    assert [event["type"] for event in root.events] == [event.type for event in after.events]
    assert {touch.where[1][0]: touch.seen for touch in changes.touches if touch.table == "sessions"} == {
        old.id: {"version": old.version}
        for old, new in zip(before.sessions, after.sessions, strict=False)
        if old != new
    }
    owners = [touch.by for touch in changes.touches if touch.table == "organizations"]
    assert owners == ([{"owners": -1}] if before.is_owner and not after.is_owner else [])


def member_rows(member: Member) -> Rows:
    return {"members": [member_row(member)], "sessions": [session_row(session) for session in member.sessions]}


@given(sessions(), instants())
def test_a_successor_and_its_session_are_written_together(session: Session, at: datetime) -> None:
    before = replace(session, version=7)
    after = before.rotate(FULL_TOKEN, at=at)
    changes = session_saved(after, before, stamp())
    rows = applied({"sessions": [session_row(before)], "refresh_tokens": []}, changes)
    assert rows == {"sessions": [session_row(after)], "refresh_tokens": [token_row(FULL_TOKEN, after)]}
    assert [(touch.table, touch.seen) for touch in changes.touches] == [("sessions", {"version": 7})]


@given(sessions(), instants())
def test_a_betrayed_session_is_over_and_its_member_has_two_events_more(session: Session, at: datetime) -> None:
    before = replace(session, revoked_at=None, revoked_because=None, version=7)
    after = before.betray(at=at)
    changes = session_saved(after, before, stamp())
    assert applied({"sessions": [session_row(before)]}, changes) == {"sessions": [session_row(after)]}
    (member,) = [touch for touch in changes.touches if touch.table == "members"]
    assert (member.key, member.set) == ({"id": session.member_id}, {})
    assert [event["type"] for event in member.events] == ["session.reuse-detected", "session.revoked"]
