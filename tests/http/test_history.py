"""What happened, over HTTP: the ledger of a product, the timeline of an order, notes beside it."""

import asyncio
from typing import Any

import pytest

from domain.identity.roles import Role
from tests.http.house import PUBLIC_URL, UNKNOWN, House, Json, pointers, problem

MOVE = "id productId change reason cause onHand reserved orderId note actor at".split()
ENTRY = "id sequence type at actor facts data".split()
NOTE = "id orderId text actor at".split()


async def all_of(house: House, path: str) -> list[Json]:
    """Follow the links to the end."""
    met: list[Json] = []
    while path:
        answer = await house.get(path)
        assert answer.status_code == 200, answer.text
        met += answer.json()["data"]
        path = answer.links.get("next", {}).get("url", "").removeprefix(PUBLIC_URL)
    return met


async def test_an_adjustment_shows_in_the_ledger_as_it_was_answered(house: House) -> None:
    product = await house.product(stock=0)
    path = f"/v1/products/{product['id']}/stock-adjustments"
    adjusted = (await house.post(path, {"change": 5, "reason": "correction", "note": "counted"})).json()
    [move] = (await house.get(path)).json()["data"]
    assert list(move) == MOVE
    assert move == {**adjusted, "cause": "correction", "onHand": 5, "reserved": 0, "orderId": None}


async def test_what_orders_moved_stands_beside_it_newest_first(house: House) -> None:
    order = await house.order("confirm", "ship")
    [line] = order["lines"]
    path = f"/v1/products/{line['productId']}/stock-adjustments"
    moves = await all_of(house, f"{path}?limit=1")
    assert [(move["cause"], move["onHand"], move["reserved"]) for move in moves] == [
        ("shipped", -2, -2),
        ("reserved", 0, 2),
        ("received", 100, 0),
    ]
    assert [move["orderId"] for move in moves] == [order["id"], order["id"], None]
    assert [(move["change"], move["reason"]) for move in moves] == [(None, None), (None, None), (100, "received")]
    stock = (await house.get(f"/v1/products/{line['productId']}")).json()["stock"]
    assert stock["onHand"] == sum(move["onHand"] for move in moves)
    assert stock["reserved"] == sum(move["reserved"] for move in moves)


async def test_a_timeline_says_what_happened_from_the_beginning(house: House) -> None:
    order = await house.order("confirm", "ship")
    entries = await all_of(house, f"/v1/orders/{order['id']}/timeline?limit=2")
    assert all(list(entry) == ENTRY for entry in entries)
    assert [(entry["sequence"], entry["type"]) for entry in entries] == [
        (1, "order.placed"),
        (2, "order.confirmed"),
        (3, "payment.captured"),
        (4, "order.shipped"),
    ]
    last = entries[-1]["data"]
    assert last == {name: value for name, value in order.items() if name != "actions"}
    assert entries[1]["facts"] == {"paymentMethod": "pm_ok"}


async def test_a_note_is_an_event_and_no_version(house: House) -> None:
    order = await house.order()
    path = f"/v1/orders/{order['id']}"
    tag = (await house.get(path)).headers["ETag"]
    answer = await house.post(f"{path}/notes", {"text": "Called back"})
    note = answer.json()
    assert (answer.status_code, list(note), note["text"]) == (201, NOTE, "Called back")
    assert "ETag" not in answer.headers
    assert (await house.get(path, **{"If-None-Match": tag})).status_code == 304
    [_, entry] = await all_of(house, f"{path}/timeline")
    assert (entry["type"], entry["facts"]) == ("order.noted", {"noteId": note["id"], "text": "Called back"})
    assert (entry["at"], entry["actor"]) == (note["at"], note["actor"])
    assert (await house.post(f"{path}/cancel", {}, If_Match=tag)).status_code == 200, "it is still that version"


@pytest.mark.parametrize(
    ("body", "invalid"),
    [
        ({}, {"/text": "missing"}),
        ({"text": ""}, {"/text": "too-short"}),
        ({"text": "x" * 501}, {"/text": "too-long"}),
        ({"text": "a\0b"}, {"/text": "format"}),
        ({"text": None, "at": 1}, {"/text": "type", "/at": "unknown"}),
    ],
)
async def test_a_note_is_a_text(house: House, body: Any, invalid: dict[str, str]) -> None:
    order = await house.order()
    assert pointers(await house.post(f"/v1/orders/{order['id']}/notes", body)) == invalid


async def test_notes_and_a_shipment_at_once(house: House) -> None:
    order = await house.order("confirm")
    path = f"/v1/orders/{order['id']}"
    noting = (house.post(f"{path}/notes", {"text": f"{n}"}) for n in range(5))
    meant = f'"{order["version"]}"'
    shipped, *noted = await asyncio.gather(house.post(f"{path}/ship", {}, If_Match=meant), *noting)
    assert shipped.status_code == 200
    assert {answer.status_code for answer in noted} == {201}
    assert len(await all_of(house, f"{path}/timeline")) == 2 + 2 + 5


async def test_what_does_not_exist_has_no_history(house: House) -> None:
    for path, resource in (
        (f"/v1/products/{UNKNOWN}/stock-adjustments", "product"),
        (f"/v1/orders/{UNKNOWN}/timeline", "order"),
    ):
        assert problem(await house.get(path), "resource-not-found")["resource"] == resource
    problem(await house.post(f"/v1/orders/{UNKNOWN}/notes", {"text": "x"}), "resource-not-found")
    stranger, order = await House.found(house.client, house.container), await house.order()
    product = order["lines"][0]["productId"]
    problem(await stranger.get(f"/v1/orders/{order['id']}/timeline"), "resource-not-found")
    problem(await stranger.get(f"/v1/products/{product}/stock-adjustments"), "resource-not-found")
    problem(await stranger.post(f"/v1/orders/{order['id']}/notes", {"text": "x"}), "resource-not-found")


async def test_a_customer_sees_the_timeline_of_its_own_order_without_notes(house: House) -> None:
    order, other = await house.order("confirm"), await house.order()
    await house.post(f"/v1/orders/{order['id']}/notes", {"text": "Careful"})
    own = await house.as_role(Role.CUSTOMER, customer=order["customerId"])
    told = await house.call("GET", f"/v1/orders/{order['id']}/timeline", **own)
    assert [entry["type"] for entry in told.json()["data"]] == ["order.placed", "order.confirmed"]
    problem(await house.call("GET", f"/v1/orders/{other['id']}/timeline", **own), "resource-not-found")
    product = order["lines"][0]["productId"]
    ledger = await house.call("GET", f"/v1/products/{product}/stock-adjustments", **own)
    problem(ledger, "insufficient-permissions")


async def test_a_cursor_is_good_for_one_thing_only(house: House) -> None:
    one, two = await house.order("confirm"), await house.order("confirm")
    cursor = (await house.get(f"/v1/orders/{one['id']}/timeline?limit=1")).json()["pagination"]["endCursor"]
    problem(await house.get(f"/v1/orders/{two['id']}/timeline?cursor={cursor}"), "invalid-cursor")
    assert (await house.get(f"/v1/orders/{one['id']}/timeline?cursor={cursor}")).json()["data"][0]["sequence"] == 2
    path = "/v1/products/{}/stock-adjustments"
    mine = path.format(one["lines"][0]["productId"])
    cursor = (await house.get(f"{mine}?limit=1")).json()["pagination"]["endCursor"]
    other = path.format(two["lines"][0]["productId"])
    problem(await house.get(f"{other}?cursor={cursor}"), "invalid-cursor")
