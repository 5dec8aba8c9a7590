"""Some units of an order over HTTP: what ships, arrives and comes back by line and quantity, and what is refused."""

from typing import Any

import httpx
import pytest

from tests.http.house import ADDRESS, UNKNOWN, House, Json, pointers, problem


async def confirmed(house: House, *quantities: int) -> Json:
    """A confirmed order of so many units of so many products."""
    items = [{"productId": (await house.product(stock=10))["id"], "quantity": quantity} for quantity in quantities]
    body = {"customerId": (await house.customer())["id"], "items": items, "shippingAddress": ADDRESS}
    order = (await house.post("/v1/orders", body)).json()
    answer = await house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"})
    confirmed: Json = answer.json()
    return confirmed


def units(order: Json, *quantities: int, **more: Any) -> list[Json]:
    """So many units of each of its first lines; none of a line is none in the body."""
    lines = zip(order["lines"], quantities, strict=False)
    return [{"lineId": line["id"], "quantity": quantity, **more} for line, quantity in lines if quantity]


async def act(house: House, order: Json, verb: str, **body: Any) -> httpx.Response:
    return await house.post(f"/v1/orders/{order['id']}/{verb}", body)


async def acted(house: House, order: Json, verb: str, **body: Any) -> Json:
    answer = await act(house, order, verb, **body)
    assert answer.status_code == 200, answer.text
    after: Json = answer.json()
    assert (await house.get(f"/v1/orders/{order['id']}")).json() == after
    return after


def told(order: Json) -> tuple[str, str, str]:
    return order["status"], order["fulfilmentStatus"], order["returnStatus"]


def counted(order: Json) -> list[tuple[int, int, int]]:
    return [(line["shipped"], line["delivered"], line["returned"]) for line in order["lines"]]


def blocks(order: Json) -> dict[str, list[str]]:
    return {
        action["action"]: [block["code"] for block in action["blockedBy"]]
        for action in order["actions"]
        if action["action"] != "confirm"
    }


async def test_an_order_goes_its_way_in_parts(house: House) -> None:
    order = await confirmed(house, 3, 2)
    assert told(order) == ("confirmed", "unfulfilled", "none")
    assert blocks(order) == {
        "cancel": [],
        "ship": [],
        "deliver": ["nothing-on-the-way"],
        "return": ["invalid-state-transition"],
    }

    order = await acted(house, order, "ship", carrier="DHL", lines=units(order, 2))
    assert (told(order), counted(order)) == (("confirmed", "partial", "none"), [(2, 0, 0), (0, 0, 0)])
    [parcel] = order["shipments"]
    assert (parcel["carrier"], parcel["lines"]) == ("DHL", units(order, 2))
    assert blocks(order) == {
        "cancel": ["already-shipped"],
        "ship": [],
        "deliver": [],
        "return": ["invalid-state-transition", "not-all-shipped"],
    }

    order = await acted(house, order, "deliver", shipmentId=parcel["id"])
    assert (told(order), counted(order)) == (("confirmed", "partial", "none"), [(2, 2, 0), (0, 0, 0)])
    assert blocks(order)["deliver"] == ["nothing-on-the-way"]

    order = await acted(house, order, "ship")
    assert (told(order), counted(order)) == (("shipped", "fulfilled", "none"), [(3, 2, 0), (2, 0, 0)])
    assert blocks(order)["ship"] == ["invalid-state-transition", "nothing-to-ship"]

    order = await acted(house, order, "return", reason="scratched", lines=units(order, 1, restock=False))
    assert (told(order), counted(order)) == (("shipped", "fulfilled", "partial"), [(3, 2, 1), (2, 0, 0)])
    [back] = order["returns"]
    assert (back["reason"], back["refund"], back["lines"]) == ("scratched", 500, units(order, 1, restock=False))

    order = await acted(house, order, "deliver")
    assert (told(order), counted(order)) == (("delivered", "fulfilled", "partial"), [(3, 3, 1), (2, 2, 0)])
    assert all(shipment["deliveredAt"] for shipment in order["shipments"])

    order = await acted(house, order, "return")
    assert (told(order), counted(order)) == (("returned", "fulfilled", "full"), [(3, 3, 3), (2, 2, 2)])
    assert order["returns"][1]["lines"] == units(order, 2, 2, restock=True)
    assert blocks(order)["return"] == ["invalid-state-transition", "nothing-to-return"]

    stocks = [(await house.get(f"/v1/products/{line['productId']}")).json()["stock"] for line in order["lines"]]
    assert [(stock["onHand"], stock["reserved"]) for stock in stocks] == [(9, 0), (10, 0)], "one is not for sale again"


async def test_where_units_turned_back_stays_in_the_house(house: House) -> None:
    """What is recalled decides what is possible, and stands nowhere in an answer."""
    order = await confirmed(house, 2)
    order = await acted(house, order, "ship", lines=units(order, 1))
    order = await acted(house, order, "ship")
    order = await acted(house, order, "return", lines=units(order, 1))
    assert (told(order), counted(order)) == (("shipped", "fulfilled", "partial"), [(2, 0, 1)])
    assert "recalled" not in str(order)
    order = await acted(house, order, "deliver", shipmentId=order["shipments"][1]["id"])
    assert (told(order), counted(order)) == (("delivered", "fulfilled", "partial"), [(2, 1, 1)])
    refused = await act(house, order, "deliver", shipmentId=order["shipments"][0]["id"])
    assert problem(refused, "invalid-state-transition")["blockedBy"][0]["code"] == "nothing-on-the-way"


async def test_all_lines_of_which_too_much_is_asked_are_named_at_once(house: House) -> None:
    order = await confirmed(house, 3, 2, 1)
    order = await acted(house, order, "ship", lines=units(order, 2))
    answer = await act(house, order, "ship", lines=units(order, 2, 2, 9))
    violations = problem(answer, "business-rule-violation")["violations"]
    assert [(v["pointer"], v["code"]) for v in violations] == [
        ("/lines/0/quantity", "quantity-exceeds-remaining"),
        ("/lines/2/quantity", "quantity-exceeds-remaining"),
    ]
    assert violations[0]["message"] == "2 units of the line are asked for, 1 are left."
    order = await acted(house, order, "ship")
    answer = await act(house, order, "return", lines=units(order, 4, 2, 2))
    assert len(problem(answer, "business-rule-violation")["violations"]) == 2


@pytest.mark.parametrize("verb", ["ship", "return"])
async def test_a_line_is_one_of_the_order_and_is_named_once(house: House, verb: str) -> None:
    order = await confirmed(house, 3)
    if verb == "return":
        order = await acted(house, order, "ship")
    [line] = order["lines"]
    lines = [{"lineId": UNKNOWN, "quantity": 1}, *({"lineId": line["id"], "quantity": 1} for _ in range(2))]
    violations = problem(await act(house, order, verb, lines=lines), "business-rule-violation")["violations"]
    assert {v["pointer"]: v["code"] for v in violations} == {
        "/lines/0/lineId": "line-not-found",
        "/lines/2/lineId": "duplicate-line",
    }


async def test_a_shipment_is_one_of_the_order_and_arrives_once(house: House) -> None:
    order, other = await house.order("confirm", "ship"), await house.order("confirm", "ship")
    for strange in (UNKNOWN, other["shipments"][0]["id"]):
        body = problem(await act(house, order, "deliver", shipmentId=strange), "resource-not-found")
        assert (body["resource"], body["id"]) == ("shipment", strange)
    order = await confirmed(house, 2)
    order = await acted(house, order, "ship", lines=units(order, 1))
    order = await acted(house, order, "ship")
    parcel = order["shipments"][0]["id"]
    await acted(house, order, "deliver", shipmentId=parcel)
    body = problem(await act(house, order, "deliver", shipmentId=parcel), "invalid-state-transition")
    assert (body["current"], body["action"], body["allowed"]) == ("shipped", "deliver", ["return"])
    assert [block["code"] for block in body["blockedBy"]] == ["already-delivered"]


@pytest.mark.parametrize(
    ("verb", "body", "expected"),
    [
        ("ship", {"lines": []}, {"/lines": "too-short"}),
        ("return", {"lines": []}, {"/lines": "too-short"}),
        ("ship", {"lines": [{"lineId": UNKNOWN, "quantity": 1}] * 101}, {"/lines": "too-long"}),
        ("ship", {"lines": [{"lineId": UNKNOWN, "quantity": 0}]}, {"/lines/0/quantity": "too-small"}),
        ("return", {"lines": [{"lineId": UNKNOWN, "quantity": 1000}]}, {"/lines/0/quantity": "too-large"}),
        ("ship", {"lines": [{"lineId": "1", "quantity": 1}, {}]}, None),
        (
            "ship",
            {"lines": [{"lineId": UNKNOWN, "quantity": 1, "restock": True}], "shipmentId": UNKNOWN},
            {"/lines/0/restock": "unknown", "/shipmentId": "unknown"},
        ),
        ("return", {"lines": [{"lineId": UNKNOWN, "quantity": 1, "restock": 1}]}, {"/lines/0/restock": "type"}),
        ("deliver", {"shipmentId": "1", "lines": []}, None),
        ("cancel", {"lines": [{"lineId": UNKNOWN, "quantity": 1}]}, {"/lines": "unknown"}),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_field_by_field(
    house: House, verb: str, body: Json, expected: dict[str, str] | None
) -> None:
    order = await house.order("confirm")
    named = pointers(await act(house, order, verb, **body))
    if expected is None:
        places = {
            "ship": {"/lines/0/lineId", "/lines/1/lineId", "/lines/1/quantity"},
            "deliver": {"/shipmentId", "/lines"},
        }
        assert named.keys() == places[verb]
    else:
        assert named == expected
    assert (await house.get(f"/v1/orders/{order['id']}")).json()["version"] == order["version"]


async def test_null_says_nothing(house: House) -> None:
    order = await house.order("confirm")
    order = await acted(house, order, "ship", lines=None, carrier=None)
    order = await acted(house, order, "deliver", shipmentId=None)
    assert told(await acted(house, order, "return", lines=None)) == ("returned", "fulfilled", "full")


async def test_after_one_unit_nothing_is_cancelled_or_changed(house: House) -> None:
    order = await confirmed(house, 2)
    order = await acted(house, order, "ship", lines=units(order, 1))
    body = problem(await act(house, order, "cancel"), "invalid-state-transition")
    assert (body["current"], body["allowed"]) == ("confirmed", ["ship", "deliver"])
    assert [block["code"] for block in body["blockedBy"]] == ["already-shipped"]
    headers = {**house.headers, "If-Match": f'"{order["version"]}"'}
    changed = await house.client.patch(f"/v1/orders/{order['id']}", headers=headers, json={"note": "Late"})
    assert problem(changed, "invalid-state-transition")["blockedBy"] == body["blockedBy"]


PATHS = {
    "placed": [],
    "confirmed": ["confirm"],
    "some shipped": ["confirm", "ship 1"],
    "some arrived": ["confirm", "ship 1", "deliver"],
    "all shipped": ["confirm", "ship 1", "ship"],
    "some turned back": ["confirm", "ship", "return 1"],
    "some kept": ["confirm", "ship", "deliver", "return 1"],
    "all back": ["confirm", "ship", "return"],
    "cancelled": ["confirm", "cancel"],
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_what_an_order_says_is_what_happens(house: House, path: list[str]) -> None:
    """An action that is allowed is done; one that is not is refused with the blocks that were told."""
    for action in ("confirm", "cancel", "ship", "deliver", "return"):
        order = await house.order(quantity=3)
        for step in path:
            verb, _, quantity = step.partition(" ")
            body = {"paymentMethod": "pm_ok"} if verb == "confirm" else {}
            order = await acted(house, order, verb, **body, **({"lines": units(order, 1)} if quantity else {}))
        [said] = [one for one in order["actions"] if one["action"] == action]
        answer = await act(house, order, action, **({"paymentMethod": "pm_ok"} if action == "confirm" else {}))
        assert (answer.status_code == 200) == said["allowed"], (action, said, answer.text)
        if answer.status_code != 200:
            refused = problem(answer, "invalid-state-transition")
            assert refused["blockedBy"] == [
                block for block in said["blockedBy"] if block["code"] != "invalid-state-transition"
            ]
            others = [one["action"] for one in order["actions"] if one["allowed"]]
            assert sorted(refused["allowed"]) == sorted(others)


async def test_rows_for_parts_are_told_by_their_verbs(house: House) -> None:
    rows = (await house.client.get("/v1/state-machines/order")).json()["transitions"]
    parts = {(row["from"], row["action"], row["to"]): row["verb"] for row in rows if "_" in row["action"]}
    assert parts == {
        ("confirmed", "ship_part", "confirmed"): "ship",
        ("confirmed", "deliver_part", "confirmed"): "deliver",
        ("shipped", "deliver_part", "shipped"): "deliver",
        ("shipped", "return_part", "shipped"): "return",
        ("shipped", "return_last", "delivered"): "return",
        ("delivered", "return_part", "delivered"): "return",
    }
    assert all(row["roles"] == ["operator", "admin", "owner"] for row in rows if "_" in row["action"])


async def test_units_are_part_of_what_a_key_stands_for(house: House) -> None:
    order = await confirmed(house, 3)
    path, headers = f"/v1/orders/{order['id']}/ship", {**house.headers, "Idempotency-Key": "ship-two-of-three"}
    answers = [
        await house.client.post(path, headers=headers, json={"lines": units(order, quantity)}) for quantity in (2, 2, 1)
    ]
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    assert answers[0].content == answers[1].content
    assert counted(answers[1].json()) == [(2, 0, 0)]
    problem(answers[2], "idempotency-key-reuse")
