"""An order: what it remembers, what each action does to it, and which stock moves with it."""

import copy
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ordering.basket import Basket
from domain.ordering.draft import Draft
from domain.ordering.events import OrderCancelled, OrderConfirmed, OrderDelivered, OrderReturned, OrderShipped
from domain.ordering.lifecycle import State
from domain.ordering.order import CancelledBy, Order
from domain.ordering.policy import Policy
from domain.shared.errors import IllegalTransition, Kind, StaleVersion, check_version
from domain.shared.money import Money
from domain.stock import Cause, Move, summed
from tests.domain.examples import (
    ACTIONS,
    BUYER,
    EUR,
    NOW,
    RETURN,
    SHIPMENT,
    an_order,
    basket,
    draft,
    offer,
    product,
)
from tests.strategies import PATHS, arguments, instants, orders, placements, policies, take, texts
from tests.trials import trials

LEGAL = {
    (State.PENDING, "confirm"): State.CONFIRMED,
    (State.PENDING, "cancel"): State.CANCELLED,
    (State.CONFIRMED, "cancel"): State.CANCELLED,
    (State.CONFIRMED, "ship"): State.SHIPPED,
    (State.SHIPPED, "deliver"): State.DELIVERED,
    (State.SHIPPED, "send_back"): State.RETURNED,
    (State.DELIVERED, "send_back"): State.RETURNED,
}
some = settings(max_examples=trials(1_000, 10), deadline=None)
LATER = NOW + timedelta(days=3, microseconds=1)


def next_actions(order: Order) -> list[str]:
    return [action for state, action in LEGAL if state == order.state]


# Placing


@some
@given(placements(), instants())
def test_a_placed_order_says_what_was_asked_for_at_the_prices_of_the_day(
    placement: tuple[Basket, Draft], at: datetime
) -> None:
    there, wanted = placement
    order = there.place(wanted, at=at)
    assert (order.id, order.number, order.customer_id) == (wanted.id, wanted.number, wanted.customer_id)
    assert (order.shipping_address, order.note) == (wanted.shipping_address, wanted.note)
    assert order.external_reference == wanted.external_reference
    assert len(order.lines) == len(wanted.items)
    for line, item in zip(order.lines, wanted.items, strict=True):
        sold = there.offers[item.product_id]
        assert (line.id, line.product_id, line.quantity) == (item.line_id, item.product_id, item.quantity)
        assert (line.sku, line.name, line.unit_price) == (sold.sku, sold.name, sold.unit_price)
        assert (line.shipped, line.delivered, line.returned, line.recalled) == (0, 0, 0, 0)


def test_a_placed_order_is_pending_at_version_one_and_nothing_else_has_happened() -> None:
    order = an_order()
    assert (order.state, order.version) == ("pending", 1)
    assert (order.shipments, order.returns, order.cancellation) == ((), (), None)
    assert (order.created_at, order.updated_at) == (NOW, NOW)
    assert [event.type for event in order.events] == ["order.placed"]
    assert (order.events[0].order_id, order.events[0].at) == (order.id, NOW)


def test_a_note_and_the_clients_own_reference_stay_with_the_order() -> None:
    wanted = replace(draft((1, 2)), note="ring twice", external_reference="PO-7")
    order = basket(offer(1)).place(wanted, at=NOW)
    assert (order.note, order.external_reference) == ("ring twice", "PO-7")


@some
@given(placements(), policies(), instants())
def test_an_order_expires_after_the_hours_of_the_policy(
    placement: tuple[Basket, Draft], policy: Policy, at: datetime
) -> None:
    there, wanted = placement
    there = replace(there, policy=replace(there.policy, auto_cancel_after_hours=policy.auto_cancel_after_hours))
    assert there.place(wanted, at=at).expires_at == at + timedelta(hours=policy.auto_cancel_after_hours)


def test_an_order_expires_after_a_day_unless_the_policy_says_otherwise() -> None:
    assert an_order().expires_at == datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


@some
@given(orders())
def test_the_total_is_the_sum_of_price_times_quantity(order: Order) -> None:
    expected = sum(line.unit_price.amount * line.quantity for line in order.lines)
    assert order.total == Money(expected, order.currency)
    assert [line.line_total.amount for line in order.lines] == [
        line.unit_price.amount * line.quantity for line in order.lines
    ]


def test_a_later_price_or_name_never_shows_in_an_old_order() -> None:
    offers = {product(1): offer(1, 1000)}
    order = replace(basket(), offers=offers).place(draft((1, 2)), at=NOW)
    offers[product(1)] = replace(offer(1, 5000), name="Another name", sku="OTHER")
    assert (order.total, order.lines[0].unit_price) == (Money(2000, EUR), Money(1000, EUR))
    assert (order.lines[0].name, order.lines[0].sku) == ("Product 1", "SKU-1")


@some
@given(orders(), st.data())
def test_no_action_changes_what_was_bought(order: Order, data: st.DataObject) -> None:
    for action in next_actions(order):
        after = take(order, action, at=LATER, **data.draw(arguments(action)))
        assert after.total == order.total
        for line, before in zip(after.lines, order.lines, strict=True):
            still = replace(
                line,
                shipped=before.shipped,
                delivered=before.delivered,
                returned=before.returned,
                recalled=before.recalled,
            )
            assert still == before
        kept = ("id", "number", "external_reference", "customer_id", "currency", "shipping_address", "note")
        assert all(getattr(after, name) == getattr(order, name) for name in (*kept, "expires_at", "created_at"))


# What every action does


@pytest.mark.parametrize("path", [path for paths in PATHS.values() for path in paths], ids="-".join)
@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_leads_where_it_should_or_is_refused(action: str, path: tuple[str, ...]) -> None:
    order, before = an_order(*path), an_order(*path)
    if target := LEGAL.get((order.state, action)):
        assert ACTIONS[action](order).state == target
        return
    with pytest.raises(IllegalTransition) as refused:
        ACTIONS[action](order)
    assert refused.value.current == order.state
    assert refused.value.action == ("return" if action == "send_back" else action)
    assert order == before


@some
@given(orders(), st.data())
def test_each_action_adds_one_version_and_exactly_one_event(order: Order, data: st.DataObject) -> None:
    for action in next_actions(order):
        after = take(order, action, at=LATER, **data.draw(arguments(action)))
        assert after.version == order.version + 1
        assert after.updated_at == LATER
        assert after.events[:-1] == order.events
        assert (after.events[-1].order_id, after.events[-1].at) == (order.id, LATER)
        assert (
            after.events[-1].type
            == {
                "confirm": "order.confirmed",
                "cancel": "order.cancelled",
                "ship": "order.shipped",
                "deliver": "order.delivered",
                "send_back": "order.returned",
            }[action]
        )


@some
@given(orders(), st.data())
def test_an_action_leaves_the_order_that_it_was_asked_of_unchanged(order: Order, data: st.DataObject) -> None:
    before = copy.deepcopy(order)
    for action in next_actions(order):
        assert take(order, action, at=LATER, **data.draw(arguments(action))) != before
        assert order == before


def test_nobody_writes_a_state_from_outside() -> None:
    with pytest.raises(FrozenInstanceError):
        an_order().state = State.SHIPPED  # type: ignore[misc]


@some
@given(orders())
def test_the_events_of_an_order_tell_its_whole_life(order: Order) -> None:
    assert len(order.events) == order.version
    assert [event.at for event in order.events] == sorted(event.at for event in order.events)


# What each action remembers


@given(texts())
def test_a_confirmation_remembers_how_it_is_paid(method: str) -> None:
    event = an_order().confirm(at=LATER, payment_method=method).events[-1]
    assert event == OrderConfirmed(order_id=an_order().id, payment_method=method, at=LATER)


@pytest.mark.parametrize("by", CancelledBy)
@pytest.mark.parametrize("reason", [None, "too late"])
def test_a_cancellation_remembers_who_when_and_why(by: CancelledBy, reason: str | None) -> None:
    order = an_order().cancel(at=LATER, by=by, reason=reason)
    assert order.cancellation is not None
    assert (order.cancellation.by, order.cancellation.at, order.cancellation.reason) == (by, LATER, reason)
    assert isinstance(order.events[-1], OrderCancelled)
    assert order.events[-1].reason == reason


@pytest.mark.parametrize("path", [path for paths in PATHS.values() for path in paths], ids="-".join)
def test_a_customer_cancels_only_while_the_order_is_pending(path: tuple[str, ...]) -> None:
    order = an_order(*path)
    if order.state == "pending":
        assert order.cancel(at=LATER, by=CancelledBy.CUSTOMER, reason=None).state == "cancelled"
        return
    with pytest.raises(IllegalTransition) as refused:
        order.cancel(at=LATER, by=CancelledBy.CUSTOMER, reason=None)
    codes = [block.code for block in refused.value.blocked_by]
    shipped = ["already-shipped"] if order.shipments else []
    assert codes == (["already-confirmed"] if order.state == "confirmed" else shipped)
    assert (refused.value.current, refused.value.action) == (order.state, "cancel")
    assert "cancel" not in refused.value.allowed


@pytest.mark.parametrize("by", [CancelledBy.MEMBER, CancelledBy.EXPIRY])
def test_others_still_cancel_what_is_confirmed(by: CancelledBy) -> None:
    assert an_order("confirm").cancel(at=LATER, by=by, reason=None).state == "cancelled"


@some
@given(orders())
def test_exactly_the_cancelled_orders_have_a_cancellation(order: Order) -> None:
    assert (order.cancellation is not None) == (order.state == "cancelled")


def test_a_shipment_holds_everything_and_is_on_its_way() -> None:
    order = an_order("confirm").ship(SHIPMENT, at=LATER, carrier="DHL", tracking_number="123")
    [parcel] = order.shipments
    assert (parcel.id, parcel.carrier, parcel.tracking_number) == (SHIPMENT, "DHL", "123")
    assert (parcel.shipped_at, parcel.delivered_at) == (LATER, None)
    assert [(line.line_id, line.quantity) for line in parcel.lines] == [
        (line.id, line.quantity) for line in order.lines
    ]
    assert [(line.shipped, line.delivered, line.returned) for line in order.lines] == [(2, 0, 0), (3, 0, 0)]
    assert isinstance(order.events[-1], OrderShipped)
    assert order.events[-1].shipment_id == SHIPMENT


def test_a_delivery_closes_the_open_shipments_and_names_them() -> None:
    order = an_order("confirm", "ship").deliver(at=LATER)
    assert [parcel.delivered_at for parcel in order.shipments] == [LATER]
    assert [(line.shipped, line.delivered, line.returned) for line in order.lines] == [(2, 2, 0), (3, 3, 0)]
    assert isinstance(order.events[-1], OrderDelivered)
    assert order.events[-1].shipment_ids == (SHIPMENT,)


def test_a_return_holds_everything_and_names_the_reason() -> None:
    order = an_order("confirm", "ship", "deliver").send_back(RETURN, at=LATER, reason="too small")
    [back] = order.returns
    assert (back.id, back.reason, back.at) == (RETURN, "too small", LATER)
    assert [(line.line_id, line.quantity, line.restock) for line in back.lines] == [
        (line.id, line.quantity, True) for line in order.lines
    ]
    assert isinstance(order.events[-1], OrderReturned)
    assert order.events[-1].return_id == RETURN


def test_what_comes_back_undelivered_was_recalled_and_what_had_arrived_was_not() -> None:
    arrived = an_order("confirm", "ship", "deliver", "send_back")
    under_way = an_order("confirm", "ship", "send_back")
    assert [(line.delivered, line.returned, line.recalled) for line in arrived.lines] == [(2, 2, 0), (3, 3, 0)]
    assert [(line.delivered, line.returned, line.recalled) for line in under_way.lines] == [(0, 2, 2), (0, 3, 3)]
    assert [parcel.delivered_at for parcel in under_way.shipments] == [None]


@some
@given(orders())
def test_the_counters_of_the_lines_tell_the_same_story_as_the_state(order: Order) -> None:
    for line in order.lines:
        on_the_way = line.shipped - line.delivered - line.recalled
        assert line.shipped == (line.quantity if order.state in {"shipped", "delivered", "returned"} else 0)
        assert on_the_way == (line.quantity if order.state == "shipped" else 0)
        assert line.returned == (line.quantity if order.state == "returned" else 0)
        assert line.recalled <= line.returned <= line.shipped <= line.quantity


# Which stock moves


@some
@given(orders())
def test_each_event_moves_the_stock_of_every_line_once_and_says_why(order: Order) -> None:
    expected = {
        "order.placed": (Cause.RESERVED, 0, 1),
        "order.cancelled": (Cause.RELEASED, 0, -1),
        "order.shipped": (Cause.SHIPPED, -1, -1),
        "order.returned": (Cause.RETURNED, 1, 0),
    }
    for event in order.events:
        if event.type in {"order.confirmed", "order.delivered"}:
            assert event.moves == ()
            continue
        cause, on_hand, reserved = expected[event.type]
        assert event.moves == tuple(
            Move(
                product=line.product_id,
                cause=cause,
                on_hand=on_hand * line.quantity,
                reserved=reserved * line.quantity,
            )
            for line in order.lines
        )


@some
@given(orders())
def test_over_its_life_an_order_leaves_nothing_behind_in_the_counters(order: Order) -> None:
    moved = summed(move for event in order.events for move in event.moves)
    units = {line.product_id: line.quantity for line in order.lines}
    gone = -1 if order.state in {"shipped", "delivered"} else 0
    held = 1 if order.state in {"pending", "confirmed"} else 0
    assert moved == {one: (gone * quantity, held * quantity) for one, quantity in units.items()}


def test_placing_and_cancelling_together_move_nothing() -> None:
    for order in (an_order("cancel"), an_order("confirm", "cancel")):
        moved = summed(move for event in order.events for move in event.moves)
        assert moved == {product(1): (0, 0), product(2): (0, 0)}


# Versions


@pytest.mark.parametrize("expected", [None, 3])
def test_who_read_the_latest_version_or_does_not_care_may_go_on(expected: int | None) -> None:
    check_version(expected=expected, actual=3)


@pytest.mark.parametrize("expected", [0, 2, 4])
def test_who_read_another_version_is_told_both(expected: int) -> None:
    with pytest.raises(StaleVersion) as stale:
        check_version(expected=expected, actual=3)
    assert (stale.value.expected, stale.value.actual) == (expected, 3)
    assert (stale.value.slug, stale.value.kind) == ("stale-version", Kind.STALE)


def test_the_customer_of_an_order_is_the_buyer() -> None:
    assert an_order().customer_id == BUYER.id


CHANGES: Final[dict[tuple[str, ...], tuple[str, ...] | None]] = {
    (): None,
    ("confirm",): None,
    ("cancel",): (),
    ("confirm", "cancel"): (),
    ("confirm", "ship"): ("already-shipped",),
    ("confirm", "ship", "deliver"): ("already-shipped",),
    ("confirm", "ship", "send_back"): ("already-shipped",),
    ("confirm", "ship", "deliver", "send_back"): ("already-shipped",),
}
"""What blocks a change of address or note after each way that an order can go; None, when it can be changed."""


@pytest.mark.parametrize(("path", "blocks"), CHANGES.items())
def test_an_order_changes_until_something_has_shipped(path: tuple[str, ...], blocks: tuple[str, ...] | None) -> None:
    order = an_order(*path)
    if blocks is None:
        changed = order.change(at=NOW, note="Ring twice", shipping_address={"city": "Bonn"})
        address = replace(order.shipping_address, city="Bonn")
        [event] = changed.events[len(order.events) :]
        assert (event.type, event.moves, event.at) == ("order.changed", (), NOW)
        assert changed == replace(
            order,
            note="Ring twice",
            shipping_address=address,
            version=order.version + 1,
            updated_at=NOW,
            events=changed.events,
        )
        assert changed.change(at=NOW, note="Ring twice", shipping_address={}) is changed
        assert changed.change(at=NOW) is changed
    else:
        with pytest.raises(IllegalTransition) as refused:
            order.change(at=NOW, note="Ring twice")
        assert (refused.value.current, refused.value.action) == (order.state, "change")
        assert tuple(block.code for block in refused.value.blocked_by) == blocks


def test_one_unit_that_has_left_is_enough() -> None:
    order = an_order("confirm")
    part = replace(order, lines=(replace(order.lines[0], shipped=1), *order.lines[1:]))
    with pytest.raises(IllegalTransition) as refused:
        part.change(at=NOW, note=None)
    assert [block.code for block in refused.value.blocked_by] == ["already-shipped"]


# Expiring


def test_an_order_expires_when_it_is_due_and_not_before() -> None:
    order = an_order()
    assert order.expires_at == NOW + timedelta(hours=24)
    with pytest.raises(IllegalTransition) as refused:
        order.expire(at=order.expires_at - timedelta(microseconds=1))
    assert [block.code for block in refused.value.blocked_by] == ["not-due"]
    assert order.expire(at=order.expires_at).state == "cancelled"


def test_an_expired_order_was_cancelled_by_expiry_and_gives_its_stock_back() -> None:
    order = an_order().expire(at=LATER)
    assert order.cancellation is not None
    assert (order.cancellation.by, order.cancellation.at, order.cancellation.reason) == ("expiry", LATER, None)
    assert (order.version, order.updated_at) == (2, LATER)
    placed, expired = order.events
    assert (placed.type, expired.type) == ("order.placed", "order.expired")
    assert [(move.cause, move.on_hand, move.reserved) for move in expired.moves] == [
        (Cause.RELEASED, 0, -2),
        (Cause.RELEASED, 0, -3),
    ]
    assert summed([*placed.moves, *expired.moves]) == {product(1): (0, 0), product(2): (0, 0)}


@pytest.mark.parametrize(
    "path",
    [("confirm",), ("cancel",), ("confirm", "ship"), ("confirm", "ship", "deliver"), ("confirm", "ship", "send_back")],
    ids=" then ".join,
)
def test_only_a_pending_order_expires_however_late_it_is(path: tuple[str, ...]) -> None:
    order = an_order(*path)
    with pytest.raises(IllegalTransition) as refused:
        order.expire(at=NOW + timedelta(days=9_999))
    assert (refused.value.current, refused.value.action, refused.value.blocked_by) == (order.state, "expire", ())
