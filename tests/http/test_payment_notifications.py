"""`POST /v1/payment-notifications/stripe`: a doorbell, at which nobody is believed but that it is worth asking."""

import asyncio
import json
import time
from typing import Any, Final

import pytest

from tests.adapters.stripe_stand_in import signature_of
from tests.http.house import House, Json, key, problem
from tests.limits import WEBHOOK_SECRET

PATH: Final = "/v1/payment-notifications/stripe"
UNKNOWN: Final = "00000000-0000-7000-8000-000000000000"


def told(house: House, order: str, *, kind: str = "payment_intent.succeeded", organization: str = "") -> bytes:
    """An event about a payment of an order."""
    metadata = {
        "orderwright_key": "pay:1:authorize:1",
        "orderwright_organization": organization or str(house.organization),
        "orderwright_order": order,
    }
    intent = {"id": "pi_1", "object": "payment_intent", "status": "canceled", "metadata": metadata}
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": intent}}).encode()


async def ring(house: House, body: bytes, signature: str | None = None) -> Any:
    """As Stripe would: without a token."""
    signed = signature_of(body, WEBHOOK_SECRET) if signature is None else signature
    headers = {"Content-Type": "application/json", "Stripe-Signature": signed}
    return await house.client.post(PATH, content=body, headers=headers)


async def of_unknown_outcome(house: House, method: str = "pm_timeout_charged") -> tuple[Json, str]:
    """An order of whose payment nobody knows, and the key under which it was confirmed."""
    order, name = await house.order(), key()
    answer = await confirmed(house, order, method, name)
    problem(answer, "payment-outcome-unknown")
    return order, name


async def confirmed(house: House, order: Json, method: str, name: str) -> Any:
    return await house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": method}, Idempotency_Key=name)


async def standing(house: House, order: Json) -> tuple[str, str]:
    shown = (await house.get(f"/v1/orders/{order['id']}")).json()
    return shown["status"], shown["paymentStatus"]


@pytest.mark.parametrize("kind", ["payment_intent.succeeded", "payment_intent.canceled", "charge.refunded"])
async def test_whatever_it_says_the_gateway_is_asked_at_once(house: House, kind: str) -> None:
    order, name = await of_unknown_outcome(house)
    assert (await ring(house, told(house, order["id"], kind=kind))).status_code == 204
    assert await standing(house, order) == ("confirmed", "authorized")
    answer = await confirmed(house, order, "pm_timeout_charged", name)
    assert answer.json()["paymentStatus"] == "authorized", "who asked is told, too"


async def test_rung_again_and_again_it_is_settled_once(house: House) -> None:
    order, _ = await of_unknown_outcome(house)
    body = told(house, order["id"])
    answers = await asyncio.gather(*(ring(house, body) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {204, 409}
    await ring(house, body)
    assert await standing(house, order) == ("confirmed", "authorized")
    timeline = (await house.get(f"/v1/orders/{order['id']}/timeline")).json()["data"]
    assert [event["type"] for event in timeline] == ["order.placed", "order.confirmed"]
    assert (await house.get(f"/v1/orders/{order['id']}/proof")).json()["holds"]


async def test_what_is_forged_late_or_unsigned_rings_nothing(house: House) -> None:
    order, _ = await of_unknown_outcome(house)
    body = told(house, order["id"])
    forged = {
        "unsigned": "",
        "nonsense": "who knows",
        "by another": signature_of(body, "whsec_of_another"),
        "of another body": signature_of(body + b" ", WEBHOOK_SECRET),
        "late": signature_of(body, WEBHOOK_SECRET, at=time.time() - 301),
    }
    for why, signature in forged.items():
        refused = await ring(house, body, signature)
        assert problem(refused, "authentication-required")["status"] == 401, why
        assert await standing(house, order) == ("pending", "unknown"), why


async def test_what_is_about_nothing_of_ours_is_thanked_for(house: House) -> None:
    order = await house.order("confirm")
    for body in (
        told(house, UNKNOWN),
        told(house, order["id"], organization=UNKNOWN),
        told(house, order["id"]),
        told(house, "1"),
        b'{"id": "evt_2", "object": "event", "type": "balance.available", "data": {"object": {}}}',
    ):
        assert (await ring(house, body)).status_code == 204
    assert await standing(house, order) == ("confirmed", "authorized")


async def test_what_is_no_event_is_invalid(house: House) -> None:
    invalid = problem(await ring(house, b'{"id": 1, "object": "event"}'), "validation-error")
    assert {error["pointer"] for error in invalid["errors"]} == {"/id", "/type"}, "what else it says is Stripe's affair"
    problem(await ring(house, b"[]"), "validation-error")
    problem(await ring(house, b"not json"), "malformed-request")
