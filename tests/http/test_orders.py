"""Orders over HTTP: their shape, their actions, and what is refused."""

from typing import Any
from uuid import UUID

import pytest

from domain.identity.roles import Role
from tests.http.house import ADDRESS, UNKNOWN, House, pointers, problem

ORDER = (
    "id number externalReference customerId status paymentStatus fulfilmentStatus returnStatus currency lines total"
    " refunded shippingAddress note payment shipments cancellation returns actions expiresAt createdAt updatedAt"
    " version"
).split()


async def test_a_placed_order_is_shown_whole(house: House) -> None:
    draft = await house.draft(quantity=3, note="Ring twice", externalReference="web-1")
    answer = await house.post("/v1/orders", draft)
    order = answer.json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/orders/{order['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert list(order) == ORDER
    assert UUID(order["id"]).version == 7
    assert (order["status"], order["version"], order["note"]) == ("pending", 1, "Ring twice")
    assert (order["paymentStatus"], order["payment"], order["refunded"]) == ("none", None, 0)
    assert (order["fulfilmentStatus"], order["returnStatus"]) == ("unfulfilled", "none")
    assert order["externalReference"] == "web-1"
    assert order["createdAt"].endswith("Z")
    assert order["shippingAddress"] == {**ADDRESS, "line2": None, "region": None}
    assert (order["shipments"], order["returns"], order["cancellation"]) == ([], [], None)


async def test_a_line_is_a_snapshot_with_its_total_and_where_its_units_are(house: House) -> None:
    order = await house.order(quantity=3)
    [line] = order["lines"]
    assert list(line) == "id productId sku name unitPrice quantity lineTotal shipped delivered returned".split()
    assert (line["unitPrice"], line["quantity"], line["lineTotal"]) == (500, 3, 1500)
    assert (line["shipped"], line["delivered"], line["returned"]) == (0, 0, 0)
    assert (order["total"], order["currency"]) == (1500, "EUR")


async def test_what_was_placed_can_be_read(house: House) -> None:
    order = await house.order()
    answer = await house.get(f"/v1/orders/{order['id']}")
    assert answer.json() == order
    assert answer.headers["ETag"] == '"1"'


async def test_an_order_goes_all_the_way(house: House) -> None:
    order = await house.order("confirm", "ship", "deliver")
    assert (order["status"], order["fulfilmentStatus"], order["version"]) == ("delivered", "fulfilled", 7)
    [parcel] = order["shipments"]
    assert list(parcel) == "id carrier trackingNumber lines shippedAt deliveredAt".split()
    assert parcel["lines"] == [{"lineId": order["lines"][0]["id"], "quantity": 2}]
    assert parcel["deliveredAt"] is not None

    answer = await house.post(f"/v1/orders/{order['id']}/return", {"reason": "Too red"})
    back = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"9"')
    assert (back["status"], back["returnStatus"]) == ("returned", "full")
    assert list(back["returns"][0]) == "id reason lines refund at".split()
    assert back["returns"][0]["lines"][0]["restock"] is True


async def test_shipping_says_by_whom(house: House) -> None:
    order = await house.order("confirm")
    shipped = await house.post(f"/v1/orders/{order['id']}/ship", {"carrier": "Post", "trackingNumber": "T1"})
    assert shipped.json()["shipments"][0]["carrier"] == "Post"
    assert shipped.json()["shipments"][0]["trackingNumber"] == "T1"


async def test_cancelling_says_why_and_by_whom(house: House) -> None:
    order = await house.order()
    cancelled = (await house.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Changed my mind"})).json()
    assert cancelled["status"] == "cancelled"
    assert cancelled["cancellation"] == {
        "reason": "Changed my mind",
        "by": "member",
        "at": cancelled["updatedAt"],
    }


@pytest.mark.parametrize("action", ["ship", "deliver", "return", "cancel"])
async def test_actions_need_no_body(house: House, action: str) -> None:
    path = {"ship": ["confirm"], "deliver": ["confirm", "ship"], "return": ["confirm", "ship"], "cancel": []}[action]
    order = await house.order(*path)
    assert (await house.post(f"/v1/orders/{order['id']}/{action}")).status_code == 200


async def test_actions_say_what_the_caller_may_do_now_and_why_not(house: House) -> None:
    order = await house.order()
    actions = {action["action"]: action for action in order["actions"]}
    assert list(actions) == ["confirm", "cancel", "ship", "deliver", "return"]
    assert actions["confirm"] == {"action": "confirm", "allowed": True, "blockedBy": []}
    assert actions["ship"]["blockedBy"] == [{"code": "invalid-state-transition", "message": "The order is pending."}]

    seen = await house.client.get(f"/v1/orders/{order['id']}", headers=await house.as_role(Role.VIEWER))
    blocks = {action["action"]: [block["code"] for block in action["blockedBy"]] for action in seen.json()["actions"]}
    assert blocks["confirm"] == ["insufficient-permissions"]
    assert blocks["ship"] == ["invalid-state-transition", "insufficient-permissions"]


async def test_what_the_lifecycle_does_not_know_is_refused(house: House) -> None:
    order = await house.order("confirm", "ship")
    body = problem(await house.post(f"/v1/orders/{order['id']}/cancel"), "invalid-state-transition")
    assert (body["current"], body["action"], body["allowed"]) == ("shipped", "cancel", ["deliver", "return"])
    assert [block["code"] for block in body["blockedBy"]] == ["already-shipped"]


async def test_a_stale_version_is_refused_with_both_versions(house: House) -> None:
    order = await house.order("confirm")
    body = problem(await house.post(f"/v1/orders/{order['id']}/ship", If_Match='"1"'), "stale-version")
    assert (body["expected"], body["actual"]) == (1, 3)
    assert (await house.post(f"/v1/orders/{order['id']}/ship", If_Match='"3"')).status_code == 200


async def test_all_broken_rules_come_back_at_once(house: House) -> None:
    product = await house.product(price=1)
    body = {
        "customerId": UNKNOWN,
        "items": [{"productId": product["id"], "quantity": 1}] * 2,
        "shippingAddress": ADDRESS,
    }
    violations = problem(await house.post("/v1/orders", body), "business-rule-violation")["violations"]
    assert {violation["code"]: violation["pointer"] for violation in violations} == {
        "customer-not-found": "/customerId",
        "duplicate-product": "/items/1/productId",
        "minimum-order-value": "/items",
    }
    assert all(violation["message"] for violation in violations)


async def test_every_short_product_is_named(house: House) -> None:
    few, none = await house.product(stock=1), await house.product(stock=0)
    items = [{"productId": few["id"], "quantity": 5}, {"productId": none["id"], "quantity": 2}]
    body = {"customerId": (await house.customer())["id"], "items": items, "shippingAddress": ADDRESS}
    assert problem(await house.post("/v1/orders", body), "inventory-insufficient")["shortages"] == [
        {"productId": few["id"], "requested": 5, "available": 1},
        {"productId": none["id"], "requested": 2, "available": 0},
    ]


async def test_an_external_reference_is_taken_once(house: House) -> None:
    await house.order(externalReference="web-1")
    answer = await house.post("/v1/orders", await house.draft(externalReference="web-1"))
    assert problem(answer, "unique-constraint-violation")["fields"] == ["externalReference"]


async def test_an_order_that_does_not_exist_and_one_of_others_are_answered_alike(house: House) -> None:
    stranger = await House.found(house.client, house.container)
    theirs, nobodys = (await stranger.order())["id"], UNKNOWN
    answers = [await house.get(f"/v1/orders/{order}") for order in (theirs, nobodys)]
    first, second = (problem(answer, "resource-not-found") for answer in answers)
    assert (first.pop("id"), second.pop("id")) == (theirs, nobodys)
    assert first.pop("detail").replace(theirs, "…") == second.pop("detail").replace(nobodys, "…")
    assert first.pop("instance") != second.pop("instance")
    assert first == second
    assert first["resource"] == "order"


async def test_orders_are_listed_by_status_and_customer(house: House) -> None:
    pending = await house.order()
    cancelled = await house.order("cancel")
    shipped = await house.order("confirm", "ship")

    async def found(query: str) -> list[str]:
        return [order["id"] for order in (await house.get(f"/v1/orders?{query}")).json()["data"]]

    assert await found("") == [shipped["id"], cancelled["id"], pending["id"]]
    assert await found("status=pending&status=cancelled") == [cancelled["id"], pending["id"]]
    assert await found(f"customerId={shipped['customerId']}") == [shipped["id"]]
    assert await found(f"customerId={shipped['customerId']}&status=pending") == []


async def test_a_listed_order_is_the_order(house: House) -> None:
    order = await house.order("confirm")
    assert (await house.get("/v1/orders")).json()["data"] == [order]


async def change(house: House, order: dict[str, Any], version: int | None = None, **said: Any) -> Any:
    headers = {**house.headers, "If-Match": f'"{version or order["version"]}"'}
    return await house.client.patch(f"/v1/orders/{order['id']}", headers=headers, json=said)


@pytest.mark.parametrize("path", [(), ("confirm",)])
async def test_address_and_note_change_until_something_has_shipped(house: House, path: tuple[str, ...]) -> None:
    order = await house.order(*path, note="Ring twice")
    answer = await change(house, order, shippingAddress={"city": "Bonn", "line2": "Back"}, note=None)
    changed, version = answer.json(), order["version"] + 1
    assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{version}"')
    assert changed["shippingAddress"] == {**ADDRESS, "city": "Bonn", "line2": "Back", "region": None}
    assert changed == {
        **order,
        **{name: changed[name] for name in ("shippingAddress", "updatedAt")},
        "note": None,
        "version": version,
    }
    assert (await house.get(f"/v1/orders/{order['id']}")).json() == changed
    assert (await change(house, changed, note=None)).json() == changed, "what it says already is no change"
    cancelled = await house.post(f"/v1/orders/{order['id']}/cancel")
    assert cancelled.json()["version"] == version + (2 if path else 1), "what was paid is voided, too"


@pytest.mark.parametrize("path", [("confirm", "ship"), ("confirm", "ship", "deliver"), ("confirm", "ship", "return")])
async def test_what_has_shipped_is_changed_no_more(house: House, path: tuple[str, ...]) -> None:
    order = await house.order(*path)
    refused = problem(await change(house, order, note="Too late"), "invalid-state-transition")
    assert (refused["current"], refused["action"]) == (order["status"], "change")
    assert [block["code"] for block in refused["blockedBy"]] == ["already-shipped"]


async def test_what_is_cancelled_is_changed_no_more(house: House) -> None:
    order = await house.order("cancel")
    refused = problem(await change(house, order, note="Too late"), "invalid-state-transition")
    assert (refused["current"], refused["allowed"], refused["blockedBy"]) == ("cancelled", [], [])


@pytest.mark.parametrize(
    ("said", "invalid"),
    [
        ({"shippingAddress": None, "note": ""}, {"/shippingAddress": "type", "/note": "too-short"}),
        ({"shippingAddress": {"city": None}}, {"/shippingAddress/city": "type"}),
        ({"externalReference": "web-2", "total": 1}, {"/externalReference": "unknown", "/total": "unknown"}),
    ],
)
async def test_what_of_an_order_cannot_be_changed(house: House, said: Any, invalid: dict[str, str]) -> None:
    assert pointers(await change(house, await house.order(), **said)) == invalid


async def test_a_change_names_the_version_that_it_means_and_comes_before_the_lifecycle(house: House) -> None:
    order = await house.order("cancel")
    path = f"/v1/orders/{order['id']}"
    problem(await house.client.patch(path, headers=house.headers, json={}), "precondition-required")
    problem(await change(house, order, 1, note="Late"), "stale-version")
    problem(await change(house, {"id": UNKNOWN}, 1, note="Late"), "resource-not-found")


async def test_customers_do_not_change_even_their_own_orders(house: House) -> None:
    order = await house.order()
    headers = {**await house.as_role(Role.CUSTOMER, customer=order["customerId"]), "If-Match": '"1"'}
    answer = await house.client.patch(f"/v1/orders/{order['id']}", headers=headers, json={"note": "Mine"})
    problem(answer, "insufficient-permissions")
