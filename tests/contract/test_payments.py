"""Orders and their money: what is held, taken and given back, and that a lost answer neither loses nor doubles it."""

import asyncio
import json
from dataclasses import replace
from typing import Final

import pytest

from adapters.payments.simulated import MODES
from application.ordering.errors import PaymentOutcomeUnknown
from application.shared.claim import Answered
from application.shared.errors import KeyInProgress, KeyReused
from domain.ordering.errors import PaymentFailed, PaymentInProgress
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.shared.errors import IllegalTransition, StaleVersion
from tests.contract.house import House
from tests.contract.payments import Crash, Failpoint, Till
from tests.contract.test_events import events_of

SILENT: Final = [name for name, mode in MODES.items() if not mode.answered]
"""Methods whose first request is never answered."""


async def standing(till: Till) -> tuple[str, str]:
    view = await till.view()
    return view.status, view.payment_status


async def test_an_order_without_a_payment_has_none(house: House) -> None:
    till = await Till.of(house)
    view = await till.view()
    assert (view.payment_status, view.payment, view.refunded) == ("none", None, 0)


async def test_money_is_held_taken_and_given_back(house: House) -> None:
    """By hand: three units of 10.01, one of which comes back before the others."""
    till = await Till.of(house)
    line = (await till.view()).lines[0].id
    seen = []
    for verb, more in (
        ("confirm", {}),
        ("ship", {"lines": (ShipmentLine(line_id=line, quantity=1),)}),
        ("ship", {}),
        ("return", {"lines": (ReturnLine(line_id=line, quantity=1, restock=True),)}),
        ("return", {}),
    ):
        await till.do(verb, key=f"{verb}-{len(seen)}", **more)
        view = await till.view()
        payment = view.payment
        assert payment is not None
        seen.append((view.status, view.payment_status, payment.authorized, payment.captured, payment.refunded))
    assert seen == [
        ("confirmed", "authorized", 3003, 0, 0),
        ("confirmed", "captured", 3003, 3003, 0),
        ("shipped", "captured", 3003, 3003, 0),
        ("shipped", "partially-refunded", 3003, 3003, 1001),
        ("returned", "refunded", 3003, 3003, 3003),
    ]
    assert [(entry.verb, entry.amount) for entry in await till.books()] == [
        ("authorize", 3003),
        ("capture", 3003),
        ("refund", 1001),
        ("refund", 2002),
    ]
    assert [back.refund for back in (await till.view()).returns] == [1001, 2002]
    assert (await till.view()).refunded == 3003
    await till.agrees()


async def test_cancelling_voids_what_was_held(house: House) -> None:
    till = await Till.of(house)
    await till.do("confirm")
    await till.do("cancel")
    assert await standing(till) == ("cancelled", "voided")
    assert [(entry.verb, entry.amount) for entry in await till.books()] == [("authorize", 3003), ("void", 3003)]
    await till.agrees()


async def test_cancelling_what_is_not_paid_moves_no_money(house: House) -> None:
    till = await Till.of(house)
    await till.do("cancel")
    assert (await standing(till), await till.books()) == (("cancelled", "none"), [])


async def test_what_costs_nothing_needs_no_payment(house: House) -> None:
    await house.demand(minimum_order_value=0)
    till = await Till.of(house, price=0)
    for verb in ("confirm", "ship", "return"):
        await till.do(verb)
    assert (await standing(till), await till.books()) == (("returned", "none"), [])


async def test_every_step_tells_its_events(house: House) -> None:
    till = await Till.of(house)
    for verb in ("confirm", "ship", "return"):
        await till.do(verb)
    events = await events_of(house, "order", till.order)
    assert [event["type"] for event in events] == [
        "order.placed",
        "order.confirmed",
        "payment.captured",
        "order.shipped",
        "order.returned",
        "payment.refunded",
    ]
    payment = (await till.view()).payment
    assert payment is not None
    captured = json.loads(events[2]["body"])
    assert captured["facts"] == {"paymentId": str(payment.id), "amount": 3003}
    assert (captured["data"]["paymentStatus"], captured["data"]["payment"]["captured"]) == ("captured", 3003)


async def test_a_decline_is_an_answer_and_another_card_may_be_tried(house: House) -> None:
    till = await Till.of(house, "pm_decline")
    first = await till.do("confirm")
    assert "payment-failed" in first.answer.body.decode()
    assert await standing(till) == ("pending", "none")
    view = await till.view()
    assert view.payment is not None
    assert (view.payment.status, view.payment.decline_code) == ("declined", "card_declined")
    again = await till.do("confirm")
    assert (again.answer, again.replayed) == (first.answer, True)
    assert [event["type"] for event in await events_of(house, "order", till.order)] == [
        "order.placed",
        "payment.declined",
    ]
    till.method = "pm_ok"
    await till.do("confirm", key="another")
    assert await standing(till) == ("confirmed", "authorized")
    assert len(await house.rows("payments")) == 2
    await till.agrees()


async def test_a_decline_without_a_key_is_raised_and_recorded(house: House) -> None:
    till = await Till.of(house)
    with pytest.raises(PaymentFailed) as declined:
        await house.confirm(till.order, "pm_decline")
    assert declined.value.decline_code == "card_declined"
    assert await house.rows("idempotency_keys") == []
    assert [row["status"] for row in await house.rows("payments")] == ["declined"]


async def test_a_declined_capture_drops_the_parcel_and_leaves_the_order_as_it_was(house: House) -> None:
    till = await Till.of(house, "pm_decline_capture")
    await till.do("confirm")
    first = await till.do("ship")
    assert "payment-failed" in first.answer.body.decode()
    assert await standing(till) == ("confirmed", "authorized")
    view = await till.view()
    assert view.payment is not None
    assert (view.shipments, view.payment.captured, view.payment.decline_code) == ((), 0, "card_declined")
    assert (await till.do("ship")).replayed
    declined = [row for row in await events_of(house, "order", till.order) if row["type"] == "payment.declined"]
    assert [json.loads(event["body"])["facts"]["declineCode"] for event in declined] == ["card_declined"]
    await till.do("cancel")
    assert await standing(till) == ("cancelled", "voided")
    await till.agrees()


async def test_after_a_declined_capture_shipping_is_tried_anew_under_another_key(house: House) -> None:
    """Every time, as long as it is declined; and once the money comes, nothing is left of the decline."""
    till = await Till.of(house, "pm_decline_capture")
    await till.do("confirm")
    for key in ("first", "second"):
        assert "payment-failed" in (await till.do("ship", key)).answer.body.decode()
    rows = await house.rows("payment_operations")
    assert sorted((row["position"], row["verb"], row["outcome"]) for row in rows) == [
        (1, "authorize", "succeeded"),
        (2, "capture", "declined"),
        (3, "capture", "declined"),
    ]

    till = await Till.of(house, "pm_decline_capture_once")
    await till.do("confirm")
    assert "payment-failed" in (await till.do("ship", "first")).answer.body.decode()
    units = {line.id: 1 for line in (await till.view()).lines}
    lines = tuple(ShipmentLine(line_id=line, quantity=n) for line, n in units.items())
    await till.do("ship", "second", lines=lines)
    assert await standing(till) == ("confirmed", "captured")
    view = await till.view()
    assert view.payment is not None
    assert (len(view.shipments), view.payment.captured, view.payment.decline_code) == (1, 3003, None)
    await till.agrees()


@pytest.mark.parametrize("method", SILENT)
@pytest.mark.parametrize(
    "path", [("confirm",), ("confirm", "ship"), ("confirm", "cancel"), ("confirm", "ship", "return")]
)
async def test_what_nobody_heard_of_is_found_out_under_the_same_key(
    house: House, method: str, path: tuple[str, ...]
) -> None:
    till = await Till.of(house, method)
    for verb in path:
        with pytest.raises(PaymentOutcomeUnknown):
            await till.do(verb)
        assert (await standing(till))[1] == "unknown"
        with pytest.raises(KeyInProgress):
            await till.do(verb)
        for other in ("confirm", "cancel", "ship", "return"):
            with pytest.raises(PaymentInProgress):
                await till.do(other, key="of somebody else")
        with pytest.raises(KeyReused):
            await till.do(verb, asked="something else")
        house.backend.clock.advance(seconds=16)
        answer = await till.do(verb)
        assert (answer.answer.status, answer.replayed) == (201, False)
        assert (await till.do(verb)).replayed
        await till.agrees()
    assert len({entry.verb for entry in await till.books()}) == len(await till.books())


@pytest.mark.parametrize("method", SILENT)
@pytest.mark.parametrize(
    "path", [("confirm",), ("confirm", "ship"), ("confirm", "cancel"), ("confirm", "ship", "return")]
)
async def test_what_nobody_asks_for_again_the_reconciler_settles(
    house: House, method: str, path: tuple[str, ...]
) -> None:
    till = await Till.of(house, method)
    for verb in path:
        with pytest.raises(PaymentOutcomeUnknown):
            await till.do(verb)
        assert not await till.reconcile(wait=False), "its lease is not over"
        assert await till.reconcile()
        assert not await till.reconcile(), "there is nothing left to settle"
        answer = await till.do(verb)
        assert (answer.answer.status, answer.replayed) == (201, False), "who asks later, knows its own deed"
        await till.agrees()


async def test_who_asks_after_the_reconciler_is_told_of_the_decline(house: House) -> None:
    till = await Till.of(house, "pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm")
    [entry] = await till.books()
    ledger = house.backend.ledger
    if isinstance(entries := getattr(ledger, "entries", None), dict):
        entries[entry.key] = replace(entry, decline_code="stolen_card")
    else:
        await house.backend.behind.execute(  # type: ignore[attr-defined]
            "UPDATE simulated_ledger SET decline_code = 'stolen_card' WHERE key = $1", entry.key
        )
    assert await till.reconcile()
    assert await standing(till) == ("pending", "none")
    answer = await till.do("confirm")
    assert "payment-failed" in answer.answer.body.decode()


async def test_a_notification_that_comes_twice_does_nothing_twice(house: House) -> None:
    till = await Till.of(house, "pm_duplicate_notification")
    for verb in ("confirm", "ship", "return"):
        await till.do(verb)
        before = await house.everything()
        assert not await till.reconcile()
        assert not await till.reconcile()
        assert await house.everything() == before
    assert len(await till.books()) == 3


async def test_the_version_that_the_client_saw_is_asked_for_once(house: House) -> None:
    """Its own deed has raised the version: that does not make its own retry stale."""
    till = await Till.of(house, "pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm", expected_version=1)
    house.backend.clock.advance(seconds=16)
    assert (await till.do("confirm", expected_version=1)).answer.status == 201
    assert StaleVersion.slug in (await till.do("cancel", expected_version=1)).answer.body.decode()


async def test_what_cannot_be_confirmed_any_more_is_paid_back(house: House) -> None:
    """It cannot happen, as every action waits for the payment; if it did, the money would be free again."""
    till = await Till.of(house, "pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm")
    await house.overwrite("orders", {"id": till.order}, status="confirmed")
    house.backend.clock.advance(seconds=16)
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm")  # this gateway is silent about the voiding, too
    house.backend.clock.advance(seconds=16)
    assert IllegalTransition.slug in (await till.do("confirm")).answer.body.decode()
    assert (await till.view()).payment_status == "voided"
    await till.agrees()


@pytest.mark.parametrize("verb", ["confirm", "ship", "cancel", "return"])
async def test_a_dry_run_supposes_that_the_money_comes_and_asks_nobody(house: House, verb: str) -> None:
    till = await Till.of(house, "pm_decline")
    path: dict[str, tuple[str, ...]] = {
        "confirm": (),
        "ship": ("confirm",),
        "cancel": ("confirm",),
        "return": ("confirm", "ship"),
    }
    for before in path[verb]:
        till.method = "pm_ok"
        await till.do(before)
    till.method = "pm_decline"
    everything, books = await house.everything(), await till.books()
    dry = Till(house.dry, till.order, till.method)
    handler, command = dry.command(verb)
    order = await handler(command)
    assert order.under_way is None
    assert order.payment.status == {"confirm": "authorized", "ship": "captured", "cancel": "voided"}.get(
        verb, "refunded"
    )
    assert (await house.everything(), await till.books()) == (everything, books)


async def test_many_with_one_key_pay_once(house: House) -> None:
    till = await Till.of(house)
    seen = await asyncio.gather(*(till.do("confirm") for _ in range(6)), return_exceptions=True)
    assert all(isinstance(one, Answered | KeyInProgress) for one in seen), seen
    assert await standing(till) == ("confirmed", "authorized")
    assert len(await till.books()) == 1


async def test_many_with_keys_of_their_own_pay_once(house: House) -> None:
    till = await Till.of(house)
    seen = await asyncio.gather(*(till.do("confirm", key=f"key-{n}") for n in range(6)), return_exceptions=True)
    statuses = [one.answer.status if isinstance(one, Answered) else type(one).__name__ for one in seen]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, "PaymentInProgress"}
    assert len(await till.books()) == 1


async def test_who_has_given_up_on_an_answer_is_not_waited_for_when_the_gateway_rings(house: House) -> None:
    till = await Till.of(house, "pm_timeout_charged")
    with pytest.raises(PaymentOutcomeUnknown):
        await till.do("confirm")
    assert [await till.reconcile(wait=False), await till.ring(), await till.ring()] == [False, True, False]
    assert await standing(till) == ("confirmed", "authorized")
    await till.agrees()


async def test_who_is_still_at_it_is_left_alone_when_the_gateway_rings(house: House) -> None:
    till = await Till.of(house)
    till.point = Failpoint(at=4)
    with pytest.raises(Crash):
        await till.do("confirm")
    till.point = Failpoint()
    assert await standing(till) == ("pending", "authorizing")
    assert not await till.ring()
    assert await till.reconcile()
    assert await standing(till) == ("confirmed", "authorized")
