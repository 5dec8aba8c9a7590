"""The Stripe adapter over HTTP, against a stand-in: it has not met Stripe."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.payments import StripeGateway, StripeNotices
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.errors import NoticeForged, PaymentOutcomeUnknown
from application.ordering.hear_of_payment import HearOfPayment, HearOfPaymentHandler
from application.ordering.paying import Paying
from application.ordering.ports import Instruction, Notice
from domain.ids import OrderId, PaymentId
from domain.ordering.payment import Declined, Succeeded, Unknown, Verb
from domain.shared.money import Currency, Money
from tests.adapters.stripe_stand_in import StandIn, signature_of
from tests.contract.backend import MemoryBackend
from tests.contract.house import House
from tests.service.in_process import listening

SECRET: Final = "whsec_1"


@pytest.fixture
def stripe() -> StandIn:
    return StandIn()


@pytest.fixture
async def gateway(stripe: StandIn) -> AsyncIterator[StripeGateway]:
    app: Any = stripe
    plain: Any = HttpToolsProtocol
    with listening(app, plain) as port:
        gateway = StripeGateway.to("sk_test_1", f"http://127.0.0.1:{port}")
        yield gateway
        await gateway.close()


def to(
    verb: Verb, n: int = 1, *, method: str = "pm_card_visa", reference: str | None = "pi_1", amount: int = 1000
) -> Any:
    return Instruction(
        organization=UUID(int=1),
        order_id=OrderId(UUID(int=2)),
        payment_id=PaymentId(UUID(int=3)),
        key=f"pay:3:{verb}:{n}",
        verb=verb,
        method=method,
        amount=Money(amount, Currency("EUR")),
        reference=None if verb is Verb.AUTHORIZE else reference,
    )


async def test_money_is_held_taken_and_given_back(gateway: StripeGateway, stripe: StandIn) -> None:
    assert await gateway.carry_out(to(Verb.AUTHORIZE)) == Succeeded("pi_1")
    intent = stripe.intents["pi_1"]
    assert (intent["status"], intent["amount"], intent["currency"]) == ("requires_capture", 1000, "eur")
    assert await gateway.carry_out(to(Verb.CAPTURE, 2)) == Succeeded("pi_1")
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 1000)
    assert await gateway.carry_out(to(Verb.REFUND, 3, amount=400)) == Succeeded("pi_1")
    assert [refund["amount"] for refund in stripe.refunds.values()] == [400]


async def test_what_is_held_is_let_go(gateway: StripeGateway, stripe: StandIn) -> None:
    await gateway.carry_out(to(Verb.AUTHORIZE))
    assert await gateway.carry_out(to(Verb.VOID, 2)) == Succeeded("pi_1")
    assert stripe.intents["pi_1"]["status"] == "canceled"


async def test_a_decline_says_why(gateway: StripeGateway) -> None:
    declined = to(Verb.AUTHORIZE, method="pm_card_visa_chargeDeclined")
    assert await gateway.carry_out(declined) == Declined("generic_decline")
    assert await gateway.look_up(declined) == Declined("generic_decline")


async def test_what_is_not_possible_any_more_is_declined(gateway: StripeGateway) -> None:
    await gateway.carry_out(to(Verb.AUTHORIZE))
    await gateway.carry_out(to(Verb.VOID, 2))
    assert await gateway.carry_out(to(Verb.CAPTURE, 3)) == Declined("payment_intent_unexpected_state")


async def test_a_key_is_sent_with_everything_and_does_a_thing_once(gateway: StripeGateway, stripe: StandIn) -> None:
    for _ in range(2):
        assert await gateway.carry_out(to(Verb.AUTHORIZE)) == Succeeded("pi_1")
    assert len(stripe.intents) == 1
    assert {key for _, _, key in stripe.asked} == {"pay:3:authorize:1"}


@pytest.mark.parametrize("failure", [500, 503, 429, 409, 401, "silence"])
async def test_an_answer_that_says_nothing_is_unknown_and_is_found_out(
    gateway: StripeGateway, stripe: StandIn, failure: int | str
) -> None:
    """It happened each time, but the answer did not say so."""
    steps = (to(Verb.AUTHORIZE), to(Verb.CAPTURE, 2), to(Verb.REFUND, 3))
    for step in steps:
        assert await gateway.look_up(step) is None
        stripe.failing = [failure]
        assert await gateway.carry_out(step) == Unknown()
        assert await gateway.look_up(step) == Succeeded("pi_1")
    assert (len(stripe.intents), len(stripe.refunds)) == (1, 1)


async def test_where_search_lags_behind_the_same_key_brings_the_same_answer(
    gateway: StripeGateway, stripe: StandIn
) -> None:
    stripe.failing, stripe.searchable = [500], False
    assert await gateway.carry_out(to(Verb.AUTHORIZE)) == Unknown()
    assert await gateway.look_up(to(Verb.AUTHORIZE)) is None
    assert await gateway.carry_out(to(Verb.AUTHORIZE)) == Succeeded("pi_1")
    assert len(stripe.intents) == 1


async def test_where_nobody_can_be_asked_nothing_is_known(gateway: StripeGateway, stripe: StandIn) -> None:
    stripe.failing = [500]
    assert await gateway.look_up(to(Verb.AUTHORIZE)) == Unknown()
    nobody = StripeGateway.to("sk_test_1", "http://127.0.0.1:9")
    assert await nobody.carry_out(to(Verb.AUTHORIZE)) == Unknown()
    await nobody.close()


def event_of(stripe: StandIn, kind: str = "payment_intent.amount_capturable_updated") -> bytes:
    """What Stripe would tell of its last payment."""
    *_, intent = stripe.intents.values()
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": intent}}).encode()


async def test_what_it_tells_of_its_own_accord_says_which_order_it_is_about(
    gateway: StripeGateway, stripe: StandIn
) -> None:
    await gateway.carry_out(to(Verb.AUTHORIZE))
    body = event_of(stripe)
    notices = StripeNotices(SECRET)
    assert notices.read(body, signature_of(body, SECRET)) == Notice(
        organization=UUID(int=1), order_id=OrderId(UUID(int=2))
    )
    for reader, signature in (
        (notices, signature_of(body, "whsec_2")),
        (notices, signature_of(body, SECRET, at=0)),
        (notices, ""),
        (StripeNotices(None), signature_of(body, SECRET)),
    ):
        with pytest.raises(NoticeForged):
            reader.read(body, signature)


async def test_what_nobody_heard_of_is_asked_for_when_it_rings(gateway: StripeGateway, stripe: StandIn) -> None:
    """Through the whole of it: its answer is lost, its notification comes, and it is asked."""
    backend = MemoryBackend()
    house = await House.found(backend)
    pay = Paying(backend.begin, gateway, backend.new_id)
    order = await house.place(await house.customer(), (await house.product(stock=2), 2))
    confirm = ConfirmOrder(caller=house.caller, order_id=order.id, payment_method="pm_card_visa")
    stripe.failing = [500]
    with pytest.raises(PaymentOutcomeUnknown):
        await ConfirmOrderHandler(pay, backend.new_id)(confirm)
    hear, body = HearOfPaymentHandler(StripeNotices(SECRET), pay), event_of(stripe)
    heard = [await hear(HearOfPayment(request_id="r", body=body, signature=signature_of(body, SECRET))) for _ in "ab"]
    assert heard == [True, False]
    view = await backend.orders.get(house.caller.organization, order.id)
    assert (view.status, view.payment_status, len(stripe.intents)) == ("confirmed", "authorized", 1)
