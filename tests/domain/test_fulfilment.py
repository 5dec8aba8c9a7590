"""Some units of an order ship, arrive and come back: what each row, counter and refusal then is, pinned by hand."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from application.ordering.order_view import OrderView
from domain.ids import LineId, ReturnId, ShipmentId
from domain.ordering.errors import ShipmentNotFound
from domain.ordering.events import OrderDelivered
from domain.ordering.guards import GUARDS, blocks, possible
from domain.ordering.lifecycle import LIFECYCLE, Action, State
from domain.ordering.order import CancelledBy, Order
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.shared.errors import IllegalTransition, Kind, RulesBroken
from domain.stock import Cause, Move
from tests.domain.examples import NOW, an_order, product

FIRST, SECOND = LineId(UUID(int=0x2000)), LineId(UUID(int=0x2001))
"""The lines of the order: 2 units of product 1, and 3 of product 2."""

LATER = NOW + timedelta(days=1)


def sent(order: Order, first: int = 0, second: int = 0) -> Order:
    """Ship so many units of each line."""
    own = ShipmentId(UUID(int=0x50 + len(order.shipments)))
    units = {FIRST: first, SECOND: second}
    lines = tuple(ShipmentLine(line_id=line, quantity=n) for line, n in units.items() if n)
    return order.ship(own, at=LATER, carrier=None, tracking_number=None, lines=lines)


def arrived(order: Order, parcel: int) -> Order:
    return order.deliver(at=LATER, shipment_id=order.shipments[parcel].id)


def back(order: Order, first: int = 0, second: int = 0, *, restock: bool = True) -> Order:
    """Return so many units of each line."""
    own = ReturnId(UUID(int=0x60 + len(order.returns)))
    units = {FIRST: first, SECOND: second}
    lines = tuple(ReturnLine(line_id=line, quantity=n, restock=restock) for line, n in units.items() if n)
    return order.send_back(own, at=LATER, reason=None, lines=lines)


def counters(order: Order) -> list[tuple[int, int, int, int]]:
    return [(line.shipped, line.delivered, line.returned, line.recalled) for line in order.lines]


def codes(refused: pytest.ExceptionInfo[IllegalTransition]) -> list[str]:
    return [block.code for block in refused.value.blocked_by]


CONFIRMED = an_order("confirm")
PART_SHIPPED = sent(CONFIRMED, 1, 1)
ALL_SHIPPED = sent(PART_SHIPPED, 1, 2)

ROWS: dict[str, tuple[Order, Callable[[Order], Order], Action, list[tuple[int, int, int, int]]]] = {
    "some ship": (CONFIRMED, lambda o: sent(o, 1), Action.SHIP_PART, [(1, 0, 0, 0), (0, 0, 0, 0)]),
    "all of one line ship": (CONFIRMED, lambda o: sent(o, 2), Action.SHIP_PART, [(2, 0, 0, 0), (0, 0, 0, 0)]),
    "the last ones ship": (PART_SHIPPED, lambda o: sent(o, 1, 2), Action.SHIP, [(2, 0, 0, 0), (3, 0, 0, 0)]),
    "a parcel arrives before the last has left": (
        PART_SHIPPED,
        lambda o: arrived(o, 0),
        Action.DELIVER_PART,
        [(1, 1, 0, 0), (1, 1, 0, 0)],
    ),
    "one of two parcels arrives": (
        ALL_SHIPPED,
        lambda o: arrived(o, 1),
        Action.DELIVER_PART,
        [(2, 1, 0, 0), (3, 2, 0, 0)],
    ),
    "the last parcel arrives": (
        arrived(ALL_SHIPPED, 1),
        lambda o: arrived(o, 0),
        Action.DELIVER,
        [(2, 2, 0, 0), (3, 3, 0, 0)],
    ),
    "everything arrives": (
        ALL_SHIPPED,
        lambda o: o.deliver(at=LATER),
        Action.DELIVER,
        [(2, 2, 0, 0), (3, 3, 0, 0)],
    ),
    "some turn back on the way": (
        ALL_SHIPPED,
        lambda o: back(o, 1),
        Action.RETURN_PART,
        [(2, 0, 1, 1), (3, 0, 0, 0)],
    ),
    "what arrived comes back first": (
        arrived(ALL_SHIPPED, 1),
        lambda o: back(o, 2, 2),
        Action.RETURN_PART,
        [(2, 1, 2, 1), (3, 2, 2, 0)],
    ),
    "the last ones on the way turn back": (
        arrived(ALL_SHIPPED, 1),
        lambda o: back(o, 2, 3),
        Action.RETURN,
        [(2, 1, 2, 1), (3, 2, 3, 1)],
    ),
    "the last ones on the way turn back, others stay": (
        arrived(sent(sent(CONFIRMED, 2), 0, 3), 0),
        lambda o: back(o, 0, 3),
        Action.RETURN_LAST,
        [(2, 2, 0, 0), (3, 0, 3, 3)],
    ),
    "everything turns back on the way": (
        ALL_SHIPPED,
        lambda o: back(o, 2, 3),
        Action.RETURN,
        [(2, 0, 2, 2), (3, 0, 3, 3)],
    ),
    "the customer keeps some": (
        ALL_SHIPPED.deliver(at=LATER),
        lambda o: back(o, 1, 3),
        Action.RETURN_PART,
        [(2, 2, 1, 0), (3, 3, 3, 0)],
    ),
    "the customer keeps none": (
        back(ALL_SHIPPED.deliver(at=LATER), 1, 3),
        lambda o: back(o, 1),
        Action.RETURN,
        [(2, 2, 2, 0), (3, 3, 3, 0)],
    ),
}


@pytest.mark.parametrize(("before", "act", "row", "expected"), ROWS.values(), ids=ROWS)
def test_the_counters_decide_the_row(
    before: Order, act: Callable[[Order], Order], row: Action, expected: list[tuple[int, int, int, int]]
) -> None:
    after = act(before)
    assert after.state == LIFECYCLE.table[before.state, row]
    assert counters(after) == expected
    assert (after.version, len(after.events)) == (before.version + 1, len(before.events) + 1)


def test_every_row_of_a_part_is_walked_above() -> None:
    walked = {(before.state, row) for before, _, row, _ in ROWS.values()}
    assert walked == {row for row in LIFECYCLE.table if row[1].verb in {"ship", "deliver", "return"}}


def test_what_ships_leaves_the_warehouse_and_the_reservation_and_nothing_else_moves() -> None:
    assert PART_SHIPPED.events[-1].moves == tuple(
        Move(product=product(n), cause=Cause.SHIPPED, on_hand=-1, reserved=-1) for n in (1, 2)
    )
    assert sent(PART_SHIPPED, 0, 2).events[-1].moves == (
        Move(product=product(2), cause=Cause.SHIPPED, on_hand=-2, reserved=-2),
    )
    assert arrived(PART_SHIPPED, 0).events[-1].moves == ()


def test_what_is_restocked_is_on_hand_again_and_what_is_not_moves_nothing() -> None:
    [broken] = back(ALL_SHIPPED, 1, restock=False).returns
    assert back(ALL_SHIPPED, 1, restock=False).events[-1].moves == ()
    assert broken.lines == (ReturnLine(line_id=FIRST, quantity=1, restock=False),)
    assert back(ALL_SHIPPED, 1).events[-1].moves == (Move(product=product(1), cause=Cause.RETURNED, on_hand=1),)
    mixed = (ReturnLine(line_id=FIRST, quantity=1, restock=False), ReturnLine(line_id=SECOND, quantity=3, restock=True))
    order = ALL_SHIPPED.send_back(ReturnId(UUID(int=9)), at=LATER, reason=None, lines=mixed)
    assert order.events[-1].moves == (Move(product=product(2), cause=Cause.RETURNED, on_hand=3),)


def test_without_lines_it_is_all_that_is_left() -> None:
    rest = PART_SHIPPED.ship(ShipmentId(UUID(int=9)), at=LATER, carrier=None, tracking_number=None)
    assert rest.shipments[-1].lines == (
        ShipmentLine(line_id=FIRST, quantity=1),
        ShipmentLine(line_id=SECOND, quantity=2),
    )
    rest = back(ALL_SHIPPED, 2, 1).send_back(ReturnId(UUID(int=9)), at=LATER, reason=None)
    assert rest.returns[-1].lines == (ReturnLine(line_id=SECOND, quantity=2, restock=True),)
    assert (rest.state, counters(rest)) == ("returned", [(2, 0, 2, 2), (3, 0, 3, 3)])


# What turned back on the way


def test_a_parcel_arrives_whole_while_so_much_is_on_the_way_and_the_last_one_lacks_what_turned_back() -> None:
    order = back(ALL_SHIPPED, 1, 1)  # 2 + 3 had left in parcels of 1 + 1 and 1 + 2; 1 + 2 are still on the way
    whole = arrived(order, 1)
    assert counters(whole) == [(2, 1, 1, 1), (3, 2, 1, 1)]
    assert [parcel.delivered_at for parcel in whole.shipments] == [None, LATER]
    assert whole.state == "delivered", "the other parcel is the one that turned back"
    other = arrived(order, 0)
    assert (other.state, counters(other)) == ("shipped", [(2, 1, 1, 1), (3, 1, 1, 1)])
    last = arrived(other, 1)
    assert (last.state, counters(last)) == ("delivered", [(2, 1, 1, 1), (3, 2, 1, 1)])
    event = last.events[-1]
    assert isinstance(event, OrderDelivered)
    assert event.lines == (ShipmentLine(line_id=SECOND, quantity=1),), "of the two that were packed"


def test_a_parcel_that_turned_back_whole_never_arrives() -> None:
    order = back(ALL_SHIPPED, 1, 1).deliver(at=LATER, shipment_id=ALL_SHIPPED.shipments[1].id)
    with pytest.raises(IllegalTransition) as refused:
        arrived(order, 0)
    assert codes(refused) == ["nothing-on-the-way"]
    everything = sent(sent(an_order("confirm"), 2), 0, 3)
    kept = back(everything, 2).deliver(at=LATER)
    assert [parcel.delivered_at for parcel in kept.shipments] == [None, LATER]
    event = kept.events[-1]
    assert isinstance(event, OrderDelivered)
    assert event.shipment_ids == (everything.shipments[1].id,)


# What is refused


@pytest.mark.parametrize("act", [sent, back])
def test_all_lines_of_which_too_much_is_asked_are_named_at_once(act: Callable[..., Order]) -> None:
    before = PART_SHIPPED if act is sent else back(ALL_SHIPPED, 1, 1)
    with pytest.raises(RulesBroken) as refused:
        act(before, 2, 3)
    assert [(v.pointer, v.code) for v in refused.value.violations] == [
        ("/lines/0/quantity", "quantity-exceeds-remaining"),
        ("/lines/1/quantity", "quantity-exceeds-remaining"),
    ]
    assert refused.value.violations[0].message == "2 units of the line are asked for, 1 are left."
    assert refused.value.kind is Kind.RULE


def test_a_line_is_one_of_the_order_and_is_named_once() -> None:
    strange = LineId(UUID(int=0xBAD))
    asked = ((strange, 5), (FIRST, 1), (FIRST, 3), (strange, 1))
    lines = tuple(ShipmentLine(line_id=line, quantity=n) for line, n in asked)
    with pytest.raises(RulesBroken) as refused:
        CONFIRMED.ship(ShipmentId(UUID(int=9)), at=LATER, carrier=None, tracking_number=None, lines=lines)
    assert [(v.pointer, v.code) for v in refused.value.violations] == [
        ("/lines/0/lineId", "line-not-found"),
        ("/lines/3/lineId", "line-not-found"),
        ("/lines/2/lineId", "duplicate-line"),
        ("/lines/3/lineId", "duplicate-line"),
        ("/lines/2/quantity", "quantity-exceeds-remaining"),
    ]


@pytest.mark.parametrize("lines", [(), (ShipmentLine(line_id=FIRST, quantity=0),)])
def test_nothing_is_no_shipment(lines: tuple[ShipmentLine, ...]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        CONFIRMED.ship(ShipmentId(UUID(int=9)), at=LATER, carrier=None, tracking_number=None, lines=lines)


def test_a_parcel_arrives_once() -> None:
    with pytest.raises(IllegalTransition) as refused:
        arrived(arrived(ALL_SHIPPED, 0), 0)
    assert (codes(refused), refused.value.current) == (["already-delivered"], "shipped")
    assert refused.value.allowed == ("return",)


def test_an_unknown_parcel_is_not_found_whatever_the_state() -> None:
    for order in (CONFIRMED, PART_SHIPPED, ALL_SHIPPED, an_order("cancel")):
        with pytest.raises(ShipmentNotFound) as refused:
            order.deliver(at=LATER, shipment_id=ShipmentId(UUID(int=0xBAD)))
        assert (refused.value.resource, refused.value.id) == ("shipment", UUID(int=0xBAD))


REFUSED: dict[str, tuple[Order, Callable[[Order], Order], list[str]]] = {
    "cancel after one unit": (
        PART_SHIPPED,
        lambda o: o.cancel(at=LATER, by=CancelledBy.MEMBER, reason=None),
        ["already-shipped"],
    ),
    "cancel by the customer after one unit": (
        PART_SHIPPED,
        lambda o: o.cancel(at=LATER, by=CancelledBy.CUSTOMER, reason=None),
        ["already-confirmed", "already-shipped"],
    ),
    "change after one unit": (PART_SHIPPED, lambda o: o.change(at=LATER, note="Late"), ["already-shipped"]),
    "return before everything has shipped": (PART_SHIPPED, lambda o: back(o, 1), ["not-all-shipped"]),
    "deliver before anything has shipped": (CONFIRMED, lambda o: o.deliver(at=LATER), ["nothing-on-the-way"]),
    "deliver between two shipments": (
        arrived(PART_SHIPPED, 0),
        lambda o: o.deliver(at=LATER),
        ["nothing-on-the-way"],
    ),
    "ship when nothing is left": (ALL_SHIPPED, lambda o: sent(o, 1), ["nothing-to-ship"]),
    "return what has come back": (back(ALL_SHIPPED, 2, 3), lambda o: back(o, 1), ["nothing-to-return"]),
}


@pytest.mark.parametrize(("order", "act", "expected"), REFUSED.values(), ids=REFUSED)
def test_the_guards_say_what_is_in_the_way(order: Order, act: Callable[[Order], Order], expected: list[str]) -> None:
    with pytest.raises(IllegalTransition) as refused:
        act(order)
    assert codes(refused) == expected
    assert refused.value.allowed == tuple(
        verb for verb in possible(order.state, order.progress) if verb != refused.value.action
    )


def test_the_lifecycle_comes_before_the_lines() -> None:
    with pytest.raises(IllegalTransition):
        sent(an_order(), 99)
    with pytest.raises(IllegalTransition):
        back(PART_SHIPPED, 99)


def test_only_what_leads_on_is_said_to_be_possible() -> None:
    assert possible(State.CONFIRMED, CONFIRMED.progress) == ("cancel", "ship")
    assert possible(State.CONFIRMED, PART_SHIPPED.progress) == ("ship", "deliver")
    assert possible(State.CONFIRMED, arrived(PART_SHIPPED, 0).progress) == ("ship",)
    assert possible(State.SHIPPED, ALL_SHIPPED.progress) == ("deliver", "return")


def test_every_guard_is_of_a_verb_that_there_is() -> None:
    assert GUARDS.keys() - {action.verb for action in Action} == {"change"}


# What the view says


def test_the_view_is_guarded_as_the_order_is() -> None:
    for before, act, _, _ in ROWS.values():
        for order in (before, act(before)):
            view = OrderView.of(order)
            assert view.progress == order.progress
            assert all(
                blocks(view.status, view.progress, verb) == blocks(order.state, order.progress, verb) for verb in GUARDS
            )


STATUSES = {
    "placed": (an_order(), "unfulfilled", "none"),
    "confirmed": (CONFIRMED, "unfulfilled", "none"),
    "cancelled": (an_order("cancel"), "unfulfilled", "none"),
    "one line shipped": (sent(CONFIRMED, 2), "partial", "none"),
    "some of each shipped": (PART_SHIPPED, "partial", "none"),
    "some arrived": (arrived(PART_SHIPPED, 0), "partial", "none"),
    "all shipped": (ALL_SHIPPED, "fulfilled", "none"),
    "all arrived": (ALL_SHIPPED.deliver(at=LATER), "fulfilled", "none"),
    "one turned back": (back(ALL_SHIPPED, 1), "fulfilled", "partial"),
    "one line came back": (back(ALL_SHIPPED.deliver(at=LATER), 2), "fulfilled", "partial"),
    "all came back": (back(ALL_SHIPPED, 2, 3), "fulfilled", "full"),
}


@pytest.mark.parametrize(("order", "fulfilment", "returns"), STATUSES.values(), ids=STATUSES)
def test_what_has_left_and_what_has_come_back_in_a_word(order: Order, fulfilment: str, returns: str) -> None:
    view = OrderView.of(order)
    assert (view.fulfilment_status, view.return_status) == (fulfilment, returns)
