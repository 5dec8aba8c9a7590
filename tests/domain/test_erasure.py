"""What stays of an order and of a login once their customer is erased; and a note, which changes nothing."""

import copy
from dataclasses import fields, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings

from domain.identity.member import Member
from domain.ids import NoteId
from domain.ordering.order import CancelledBy, Order
from domain.shared.errors import RulesBroken
from tests.domain.examples import BUYER, NOW, an_order, basket, draft, offer
from tests.strategies import arbitrary_orders, members, orders
from tests.trials import trials

some = settings(max_examples=trials(1_000, 20), deadline=None)
LATER: Final = NOW + timedelta(days=1)
NOTE: Final = NoteId(UUID(int=0x9))

FORGOTTEN: Final = {"shipping_address", "note", "cancellation", "shipments", "returns", "payments"}
MOVED_ON: Final = {"version", "updated_at", "events"}


@some
@given(arbitrary_orders() | orders())
def test_an_order_forgets_who_bought_it_and_nothing_else(order: Order) -> None:
    before = copy.deepcopy(order)
    after = order.erase(at=LATER)
    same = {field.name for field in fields(Order)} - FORGOTTEN - MOVED_ON
    assert {name: getattr(after, name) for name in same} == {name: getattr(order, name) for name in same}
    address = after.shipping_address
    assert {address.name, address.line1, address.city, address.postal_code} == {"erased"}
    assert (address.line2, address.region, address.country) == (None, None, order.shipping_address.country)
    assert after.note is None
    if order.cancellation is None:
        assert after.cancellation is None
    else:
        assert after.cancellation == replace(order.cancellation, reason=None)
    assert after.shipments == tuple(replace(one, tracking_number=None) for one in order.shipments)
    assert after.returns == tuple(replace(one, reason=None) for one in order.returns)
    assert after.payments == tuple(
        replace(
            payment,
            operations=tuple(
                replace(one, plan=one.plan and replace(one.plan, tracking_number=None)) for one in payment.operations
            ),
        )
        for payment in order.payments
    )
    assert (after.version, after.updated_at) == (order.version + 1, LATER)
    assert [(event.type, event.moves) for event in after.events[len(order.events) :]] == [("order.changed", ())]
    assert order == before


@some
@given(members())
def test_a_member_leaves_nothing_personal_behind(member: Member) -> None:
    after = member.erase(at=LATER)
    assert (after.email, after.name) == (f"erased-{member.id}@erased.invalid", "erased")
    assert after.password_hash != member.password_hash
    assert (after.reset, after.removed_at) == (None, member.removed_at or LATER)
    assert all(session.revoked_at is not None and session.user_agent is None for session in after.sessions)
    assert [session.id for session in after.sessions] == [session.id for session in member.sessions]
    assert (after.version, after.role, after.customer_id) == (member.version + 1, member.role, member.customer_id)


@some
@given(arbitrary_orders() | orders())
def test_a_note_is_an_event_and_changes_nothing(order: Order) -> None:
    after = order.note_down(NOTE, "Called back", at=LATER)
    assert replace(after, events=order.events) == order
    [noted] = after.events[len(order.events) :]
    assert (noted.type, noted.at, noted.moves, noted.order_id) == ("order.noted", LATER, (), order.id)
    assert (getattr(noted, "note_id", None), getattr(noted, "text", None)) == (NOTE, "Called back")


def test_nobody_orders_for_the_erased() -> None:
    gone = replace(BUYER, erased=True)
    with pytest.raises(RulesBroken) as refused:
        basket(offer(1), buyer=gone).place(draft((1, 1)), at=NOW)
    assert [(one.pointer, one.code) for one in refused.value.violations] == [("/customerId", "customer-not-found")]


def test_an_erased_order_goes_on() -> None:
    assert an_order("confirm").erase(at=LATER).cancel(at=LATER, by=CancelledBy.MEMBER, reason=None).state == "cancelled"
