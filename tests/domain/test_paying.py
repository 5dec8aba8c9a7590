"""Orders and their money in the domain: what opens an operation, what settles it, and whose deed it was."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import LineId, PaymentId, ProductId, ReturnId
from domain.ordering import paying
from domain.ordering.errors import PaymentFailed, PaymentInProgress
from domain.ordering.line import Line
from domain.ordering.order import CancelledBy, Order
from domain.ordering.parcels import ReturnLine
from domain.ordering.payment import Claimed, Declined, Mandate, Operation, Payment, Succeeded, Told, Unknown, Verb
from domain.ordering.refunds import refund_of
from domain.shared.errors import IllegalTransition
from domain.shared.money import Money
from tests.domain.examples import EUR, NOW, RETURN, SHIPMENT, an_order

PAYMENT: Final = PaymentId(UUID(int=0x9))
CLAIMED: Final = Claimed(principal="user:1", key=b"k" * 32, fingerprint=b"f" * 32)
MINE: Final = Mandate(holder=UUID(int=1), until=NOW + timedelta(seconds=15), claimed=CLAIMED)
OTHERS: Final = Mandate(holder=UUID(int=2), until=NOW + timedelta(seconds=99), claimed=None)


def confirming(order: Order | None = None) -> Order:
    return paying.confirm(order or an_order(), PAYMENT, at=NOW, method="pm_ok", mandate=MINE)


def told(order: Order, outcome: Told | None = None) -> Order:
    return paying.settled(order, outcome or Succeeded("pi_1"), at=NOW, mandate=MINE)


def shipping(order: Order) -> Order:
    return paying.ship(order, SHIPMENT, at=NOW, carrier="DHL", tracking_number=None, lines=None, mandate=MINE)


def cancelling(order: Order) -> Order:
    return paying.cancel(order, at=NOW, by=CancelledBy.MEMBER, reason=None, mandate=MINE)


def returning(order: Order, id: ReturnId = RETURN, **more: Any) -> Order:
    given = {"lines": None, **more}
    return paying.send_back(order, id, at=NOW, reason=None, mandate=MINE, **given)


def payment(order: Order) -> Payment:
    assert order.payment is not None
    return order.payment


def status(order: Order) -> tuple[str, str]:
    return order.state, payment(order).status


def operation(order: Order) -> Operation:
    assert order.under_way is not None
    return order.under_way


def test_an_order_is_confirmed_when_its_money_is_held() -> None:
    begun = confirming()
    assert status(begun) == ("pending", "authorizing")
    assert (operation(begun).verb, operation(begun).amount) == ("authorize", an_order().total.amount)
    done = told(begun)
    assert status(done) == ("confirmed", "authorized")
    assert (payment(done).authorized, payment(done).reference) == (an_order().total.amount, "pi_1")


def test_a_plan_is_kept_no_longer_than_it_is_needed() -> None:
    """What was planned has happened by then, or never will: what is kept of a parcel stands with the parcel."""
    planned = shipping(told(confirming()))
    assert operation(planned).plan is not None
    for outcome in (Succeeded(), Declined("card_declined")):
        assert [one.plan for one in payment(told(planned, outcome)).operations] == [None, None]


def test_each_operation_has_a_key_of_its_own() -> None:
    order = told(confirming())
    assert payment(order).key(payment(order).operations[0]) == f"pay:{PAYMENT}:authorize:1"
    order = shipping(order)
    assert payment(order).key(operation(order)) == f"pay:{PAYMENT}:capture:2"


def test_nothing_ships_before_the_money_has_come() -> None:
    begun = shipping(told(confirming()))
    assert status(begun) == ("confirmed", "capturing")
    assert begun.shipments == ()
    assert all(line.shipped == 0 for line in begun.lines)
    done = told(begun)
    assert status(done) == ("shipped", "captured")
    assert [event.type for event in done.events][-2:] == ["payment.captured", "order.shipped"]


def test_a_declined_capture_leaves_the_order_confirmed_and_its_money_held() -> None:
    after = told(shipping(told(confirming())), Declined("insufficient_funds"))
    assert status(after) == ("confirmed", "authorized")
    assert (after.shipments, payment(after).decline_code) == ((), "insufficient_funds")
    assert status(told(shipping(after))) == ("shipped", "captured"), "it can be tried again"


def test_a_declined_authorisation_leaves_the_order_pending_for_another_payment() -> None:
    after = told(confirming(), Declined("card_declined"))
    assert status(after) == ("pending", "declined")
    other = paying.confirm(after, PaymentId(UUID(int=0xA)), at=NOW, method="pm_2", mandate=MINE)
    assert [one.method for one in other.payments] == ["pm_ok", "pm_2"]
    assert status(told(other)) == ("confirmed", "authorized")


def test_cancelling_comes_before_voiding() -> None:
    begun = cancelling(told(confirming()))
    assert status(begun) == ("cancelled", "voiding")
    assert status(told(begun)) == ("cancelled", "voided")


def test_a_declined_void_or_refund_is_asked_for_again_under_another_key() -> None:
    for begun in (cancelling(told(confirming())), returning(told(shipping(told(confirming()))))):
        verb, n = operation(begun).verb, operation(begun).n
        after = told(begun, Declined("try_later"))
        assert (operation(after).verb, operation(after).n) == (verb, n + 1)
        assert operation(after).amount == operation(begun).amount
        assert payment(told(after)).live is (verb is Verb.REFUND)


@pytest.mark.parametrize("verb", ["confirm", "ship", "cancel", "send_back", "deliver"])
@pytest.mark.parametrize("lost", [False, True], ids=["asked", "unknown"])
def test_while_a_payment_is_under_way_nothing_else_is_done(verb: str, lost: bool) -> None:
    begun = confirming()
    begun = told(begun, Unknown()) if lost else begun
    actions: dict[str, Any] = {
        "confirm": confirming,
        "ship": shipping,
        "cancel": cancelling,
        "send_back": returning,
        "deliver": lambda order: order.deliver(at=NOW),
    }
    with pytest.raises(PaymentInProgress):
        actions[verb](begun)
    assert begun.change(at=NOW, note="Ring twice").note == "Ring twice", "but what it says may change"


def test_what_is_unknown_stays_open_until_the_gateway_has_said() -> None:
    lost = told(confirming(), Unknown())
    assert status(lost) == ("pending", "unknown")
    with pytest.raises(IllegalTransition):
        told(lost)
    taken = paying.taken_over(lost, OTHERS, at=NOW)
    assert (operation(taken).holder, operation(taken).claimed) == (OTHERS.holder, CLAIMED)
    assert status(paying.settled(taken, Succeeded(), at=NOW, mandate=OTHERS)) == ("confirmed", "authorized")


def test_whatever_fails_after_an_authorisation_voids_it() -> None:
    begun = confirming()
    cancelled = replace(an_order().cancel(at=NOW, by=CancelledBy.MEMBER, reason=None), payments=begun.payments)
    after = told(cancelled)
    assert status(after) == ("cancelled", "voiding")
    deed = paying.deed_of(told(after), claimed=CLAIMED)
    assert deed is not None
    assert isinstance(deed.refusal(after), IllegalTransition)
    assert status(told(after)) == ("cancelled", "voided")


def test_whatever_fails_after_a_capture_gives_it_back() -> None:
    begun = shipping(told(confirming()))
    shipped = an_order().confirm(at=NOW, payment_method="x").ship(SHIPMENT, at=NOW, carrier=None, tracking_number=None)
    after = told(replace(shipped, payments=begun.payments))
    assert (payment(after).status, operation(after).verb) == ("refunding", "refund")
    assert status(told(after)) == ("shipped", "refunded")


def test_a_deed_is_known_by_its_key_and_by_its_holder() -> None:
    order = told(shipping(told(confirming())))
    mine = paying.deed_of(order, claimed=CLAIMED)
    assert mine is not None
    assert [one.verb for one in mine.operations] == ["authorize", "capture"]
    assert paying.deed_of(order, claimed=replace(CLAIMED, key=b"o" * 32)) is None
    assert paying.deed_of(order, claimed=replace(CLAIMED, principal="user:2")) is None
    assert paying.deed_of(order, holder=MINE.holder) == mine
    assert paying.deed_of(order, holder=OTHERS.holder) is None


def test_a_decline_is_what_its_deed_is_refused_with() -> None:
    order = told(confirming(), Declined("card_declined"))
    deed = paying.deed_of(order, claimed=CLAIMED)
    assert deed is not None
    refusal = deed.refusal(order)
    assert isinstance(refusal, PaymentFailed)
    assert refusal.decline_code == "card_declined"


def test_every_version_is_told_by_an_event_or_counted_by_its_payment() -> None:
    order = an_order()
    placed = len(order.events)
    steps = (confirming, told, shipping, lambda o: told(o, Unknown()))
    for step in steps:
        order = step(order)
    order = paying.taken_over(order, OTHERS, at=NOW)
    order = told(returning(told(order)))
    assert order.version == len(order.events) + payment(order).untold
    assert len(order.events) > placed


# Refunds


def lines(*said: tuple[int, int]) -> tuple[Line, ...]:
    return tuple(
        Line(
            id=LineId(UUID(int=100 + n)),
            product_id=ProductId(UUID(int=200 + n)),
            sku="S",
            name="N",
            unit_price=Money(price, EUR),
            quantity=quantity,
            shipped=quantity,
        )
        for n, (price, quantity) in enumerate(said)
    )


def back(line: Line, quantity: int) -> ReturnLine:
    return ReturnLine(line_id=line.id, quantity=quantity, restock=True)


def test_what_was_paid_in_full_comes_back_at_its_price() -> None:
    mugs, pot = lines((1490, 4), (6900, 1))
    paid = Money(4 * 1490 + 6900, EUR)
    assert refund_of(paid, (mugs, pot), [back(mugs, 1)]) == 1490
    assert refund_of(paid, (mugs, pot), [back(mugs, 3), back(pot, 1)]) == 3 * 1490 + 6900
    assert refund_of(Money(0, EUR), (mugs, pot), [back(mugs, 1)]) == 0


def test_a_cent_that_cannot_be_shared_goes_to_the_first_unit() -> None:
    """100 for three units of 50: 34, 33, 33, in whichever steps they come back."""
    (line,) = lines((50, 3))
    paid = Money(100, EUR)
    seen = []
    for _ in range(3):
        seen.append(refund_of(paid, (line,), [back(line, 1)]))
        line = line.send_back(1)
    assert seen == [34, 33, 33]


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 9)), min_size=1, max_size=4),
    st.integers(0, 10**9),
    st.data(),
)
def test_refunds_add_up_to_what_was_paid_however_it_comes_back(
    said: list[tuple[int, int]], paid: int, data: st.DataObject
) -> None:
    """Never above it on the way, and all of it at the end."""
    some = list(lines(*said))
    if not sum(price * quantity for price, quantity in said):
        paid = 0
    given_back = 0
    while left := [line for line in some if line.to_return]:
        line = data.draw(st.sampled_from(left))
        units = data.draw(st.integers(1, line.to_return))
        given_back += refund_of(Money(paid, EUR), some, [back(line, units)])
        assert given_back <= paid
        some[some.index(line)] = line.send_back(units)
    assert given_back == paid
