"""Orders and their money over HTTP: what is shown, what is refused, and what becomes of an answer that never came."""

from typing import Any, Final

import pytest
from dishka import Provider

from entrypoints.settings import Settings
from tests.http.house import House, Json, key, problem
from tests.http.scene import Scene
from tests.postgres import Database

ALL_PROBLEMS: Final = ("payment-failed", "payment-in-progress", "payment-outcome-unknown")


async def act(house: House, order: Json, verb: str, method: str | None = None, **headers: str) -> Any:
    body = {"paymentMethod": method or "pm_ok"} if verb == "confirm" else {}
    return await house.post(f"/v1/orders/{order['id']}/{verb}", body, **headers)


async def read(house: House, order: Json) -> Json:
    shown: Json = (await house.get(f"/v1/orders/{order['id']}")).json()
    return shown


def blocked(order: Json) -> dict[str, list[str]]:
    return {action["action"]: [block["code"] for block in action["blockedBy"]] for action in order["actions"]}


async def test_a_payment_is_shown_from_its_authorisation_to_its_refund(house: House) -> None:
    order = await house.order(quantity=2)
    assert (order["paymentStatus"], order["payment"], order["refunded"]) == ("none", None, 0)
    seen = []
    for verb in ("confirm", "ship", "return"):
        order = (await act(house, order, verb)).json()
        assert await read(house, order) == order
        payment = order["payment"]
        assert list(payment) == "id status paymentMethod authorized captured refunded declineCode".split()
        amounts = (payment["authorized"], payment["captured"], payment["refunded"], order["refunded"])
        seen.append((order["status"], order["paymentStatus"], payment["status"], amounts))
    assert seen == [
        ("confirmed", "authorized", "authorized", (1000, 0, 0, 0)),
        ("shipped", "captured", "captured", (1000, 1000, 0, 0)),
        ("returned", "refunded", "refunded", (1000, 1000, 1000, 1000)),
    ]
    assert order["returns"][0]["refund"] == 1000
    assert (order["payment"]["paymentMethod"], order["payment"]["declineCode"]) == ("pm_ok", None)


async def test_a_decline_is_told_again_and_leaves_the_order_as_it_was(house: House) -> None:
    order, name = await house.order(), key()
    first = await act(house, order, "confirm", "pm_decline", Idempotency_Key=name)
    assert problem(first, "payment-failed")["declineCode"] == "card_declined"
    again = await act(house, order, "confirm", "pm_decline", Idempotency_Key=name)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    after = await read(house, order)
    assert (after["status"], after["paymentStatus"], after["payment"]["status"]) == ("pending", "none", "declined")
    assert after["payment"]["declineCode"] == "card_declined"
    confirmed = (await act(house, order, "confirm")).json()
    assert (confirmed["status"], confirmed["paymentStatus"]) == ("confirmed", "authorized")


async def test_a_declined_capture_ships_nothing(house: House) -> None:
    order = await house.order()
    await act(house, order, "confirm", "pm_decline_capture")
    problem(await act(house, order, "ship"), "payment-failed")
    after = await read(house, order)
    assert (after["status"], after["paymentStatus"], after["shipments"]) == ("confirmed", "authorized", [])
    assert (after["payment"]["captured"], after["payment"]["declineCode"]) == (0, "card_declined")


async def test_what_is_under_way_blocks_every_action_and_says_so(house: House) -> None:
    order, name = await house.order(), key()
    unknown = await act(house, order, "confirm", "pm_timeout_charged", Idempotency_Key=name)
    problem(unknown, "payment-outcome-unknown")
    assert int(unknown.headers["Retry-After"]) > 0
    same = await act(house, order, "confirm", "pm_timeout_charged", Idempotency_Key=name)
    problem(same, "idempotency-in-progress")
    problem(await act(house, order, "confirm", "pm_ok", Idempotency_Key=name), "idempotency-key-reuse")
    for verb in ("confirm", "cancel", "ship", "return", "deliver"):
        refused = await act(house, order, verb)
        problem(refused, "payment-in-progress")
        assert int(refused.headers["Retry-After"]) > 0
    shown = await read(house, order)
    assert (shown["status"], shown["paymentStatus"], shown["payment"]["status"]) == ("pending", "unknown", "unknown")
    assert all("payment-in-progress" in codes for codes in blocked(shown).values())
    patched = await house.client.patch(
        f"/v1/orders/{order['id']}",
        headers={**house.headers, "If-Match": f'"{shown["version"]}"'},
        json={"note": "Ring twice"},
    )
    assert patched.status_code == 200, "what it says may change meanwhile"


async def test_after_its_lease_the_same_key_is_told_the_outcome(
    house: House, settings: Settings, quick: Provider, database: Database
) -> None:
    async with Scene(house, settings, quick, database).later() as (later, clock):
        for method in ("pm_timeout_charged", "pm_timeout_not_charged", "pm_error_charged", "pm_late"):
            order, name = await later.order(), key()
            problem(await act(later, order, "confirm", method, Idempotency_Key=name), "payment-outcome-unknown")
            clock.ahead += 16
            answer = await act(later, order, "confirm", method, Idempotency_Key=name)
            assert answer.status_code == 200, answer.text
            assert (answer.json()["status"], answer.json()["paymentStatus"]) == ("confirmed", "authorized")
            again = await act(later, order, "confirm", method, Idempotency_Key=name)
            assert (again.content, again.headers["Idempotency-Replayed"]) == (answer.content, "true")


@pytest.mark.parametrize("verb", ["confirm", "ship", "cancel", "return"])
async def test_a_dry_run_supposes_that_the_payment_succeeds(house: House, verb: str) -> None:
    path = {"confirm": (), "ship": ("confirm",), "cancel": ("confirm",), "return": ("confirm", "ship")}[verb]
    order = await house.order(*path)
    answer = await act(house, order, verb, "pm_decline", Prefer="dry-run")
    assert answer.status_code == 200, answer.text
    expected = {"confirm": "authorized", "ship": "captured", "cancel": "voided", "return": "refunded"}[verb]
    assert answer.json()["paymentStatus"] == expected
    assert await read(house, order) == order
