"""Products and stock over HTTP."""

from typing import Any

import pytest

from domain.identity.roles import Role
from tests.http.house import PUBLIC_URL, UNKNOWN, House, pointers, problem

PRODUCT = "id sku name unitPrice currency status stock createdAt updatedAt version".split()


async def test_a_new_product_is_active_and_has_no_stock(house: House) -> None:
    body = {"sku": "A-1", "name": "Apple", "unitPrice": 0, "currency": "EUR"}
    answer = await house.post("/v1/products", body)
    product = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/products/{product['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert list(product) == PRODUCT
    assert product.items() >= {**body, "status": "active", "version": 1}.items()
    assert product["stock"] == {"onHand": 0, "reserved": 0, "available": 0}
    assert (await house.get(answer.headers["Location"])).json() == product


async def test_an_adjustment_says_who_did_what_when(house: House) -> None:
    product = await house.product(stock=0)
    path = f"/v1/products/{product['id']}/stock-adjustments"
    answer = await house.post(path, {"change": 7, "reason": "received", "note": "Monday's lorry"})
    written = answer.json()
    assert answer.status_code == 201
    assert list(written) == "id productId change reason note actor at".split()
    assert (written["productId"], written["change"], written["reason"]) == (product["id"], 7, "received")
    assert written["actor"] == f"user:{house.owner['id']}"
    assert (await house.get(f"/v1/products/{product['id']}")).json()["stock"]["onHand"] == 7


async def test_placed_orders_reserve(house: House) -> None:
    order = await house.order(quantity=2)
    product = (await house.get(f"/v1/products/{order['lines'][0]['productId']}")).json()
    assert product["stock"] == {"onHand": 100, "reserved": 2, "available": 98}
    assert product["version"] == 1


async def test_what_is_reserved_cannot_be_taken_away(house: House) -> None:
    order = await house.order(quantity=2)
    short = order["lines"][0]["productId"]
    answer = await house.post(f"/v1/products/{short}/stock-adjustments", {"change": -99, "reason": "damaged"})
    assert problem(answer, "inventory-insufficient")["shortages"] == [
        {"productId": short, "requested": 99, "available": 98}
    ]


async def test_a_change_of_nothing_is_no_change(house: House) -> None:
    product = await house.product()
    answer = await house.post(f"/v1/products/{product['id']}/stock-adjustments", {"change": 0, "reason": "received"})
    assert pointers(answer) == {"/change": "not-zero"}


async def test_a_sku_is_taken_once_in_an_organization(house: House) -> None:
    await house.product(sku="A-1")
    body = {"sku": "A-1", "name": "Other", "unitPrice": 1, "currency": "EUR"}
    assert problem(await house.post("/v1/products", body), "unique-constraint-violation")["fields"] == ["sku"]
    stranger = await House.found(house.client, house.container)
    assert (await stranger.post("/v1/products", body)).status_code == 201


async def test_unknown_products_are_not_found(house: House) -> None:
    for answer in (
        await house.get(f"/v1/products/{UNKNOWN}"),
        await house.post(f"/v1/products/{UNKNOWN}/stock-adjustments", {"change": 1, "reason": "received"}),
    ):
        body = problem(answer, "resource-not-found")
        assert (body["resource"], body["id"]) == ("product", UNKNOWN)


async def test_products_are_listed_newest_first(house: House) -> None:
    made = [(await house.product())["id"] for _ in range(3)]
    assert [product["id"] for product in (await house.get("/v1/products")).json()["data"]] == made[::-1]


async def change(house: House, product: dict[str, Any], version: int = 1, **said: Any) -> Any:
    headers = {**house.headers, "If-Match": f'"{version}"'}
    return await house.client.patch(f"/v1/products/{product['id']}", headers=headers, json=said)


async def test_a_change_says_what_is_new_and_leaves_the_rest(house: House) -> None:
    product = await house.product(stock=3, price=500)
    answer = await change(house, product, name="Pear", unitPrice=700)
    changed = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert list(changed) == PRODUCT
    assert (changed["name"], changed["unitPrice"], changed["version"]) == ("Pear", 700, 2)
    assert (changed["sku"], changed["currency"], changed["stock"]["onHand"]) == (product["sku"], "EUR", 3)
    assert (await house.get(f"/v1/products/{product['id']}")).json() == changed


async def test_what_is_said_already_is_no_change(house: House) -> None:
    product = await house.product(stock=0)
    for said in ({}, {"name": product["name"], "unitPrice": product["unitPrice"], "status": "active"}):
        answer = await change(house, product, **said)
        assert (answer.headers["ETag"], answer.json()) == ('"1"', product)


async def test_a_change_names_the_version_that_it_means(house: House) -> None:
    product = await house.product()
    path = f"/v1/products/{product['id']}"
    problem(await house.client.patch(path, headers=house.headers, json={"name": "Pear"}), "precondition-required")
    await change(house, product, name="Pear")
    stale = problem(await change(house, product, name="Plum"), "stale-version")
    assert (stale["expected"], stale["actual"]) == (1, 2)


@pytest.mark.parametrize(
    ("said", "invalid"),
    [
        ({"name": None}, {"/name": "type"}),
        ({"sku": None, "status": "sold"}, {"/sku": "type", "/status": "not-one-of"}),
        ({"currency": "USD"}, {"/currency": "unknown"}),
        ({"stock": {"onHand": 5}}, {"/stock": "unknown"}),
        ({"unitPrice": -1}, {"/unitPrice": "too-small"}),
    ],
)
async def test_what_cannot_be_changed_or_cleared(house: House, said: Any, invalid: dict[str, str]) -> None:
    assert pointers(await change(house, await house.product(stock=0), **said)) == invalid


async def test_archiving_ends_the_sale_and_frees_the_sku(house: House) -> None:
    draft = await house.draft()
    [item] = draft["items"]
    path = f"/v1/products/{item['productId']}"
    order = (await house.post("/v1/orders", draft)).json()
    for _ in range(2):
        answer = await house.client.delete(path, headers=house.headers)
        assert (answer.status_code, answer.content) == (204, b"")
    product = (await house.get(path)).json()
    assert (product["status"], product["version"]) == ("archived", 2)

    [violation] = problem(await house.post("/v1/orders", draft), "business-rule-violation")["violations"]
    assert violation["code"] == "product-archived"
    assert (await house.get(f"/v1/orders/{order['id']}")).json()["lines"] == order["lines"]
    assert (await house.product(stock=0, sku=product["sku"]))["status"] == "active"


async def test_archiving_may_name_the_version_that_it_means(house: House) -> None:
    path = f"/v1/products/{(await house.product())['id']}"
    problem(await house.client.delete(path, headers={**house.headers, "If-Match": '"2"'}), "stale-version")
    assert (await house.client.delete(path, headers={**house.headers, "If-Match": '"1"'})).status_code == 204
    problem(await house.client.delete(path, headers={**house.headers, "If-Match": '"1"'}), "stale-version")
    problem(await house.client.delete(f"/v1/products/{UNKNOWN}", headers=house.headers), "resource-not-found")


async def test_what_was_archived_comes_back_unless_its_sku_is_taken(house: House) -> None:
    old = await house.product(stock=0, sku="A-1")
    await house.client.delete(f"/v1/products/{old['id']}", headers=house.headers)
    new = await house.product(stock=0, sku="A-1")
    taken = problem(await change(house, old, 2, status="active"), "unique-constraint-violation")
    assert taken["fields"] == ["sku"]
    assert (await change(house, new, status="archived")).json()["status"] == "archived"
    back = await change(house, old, 2, status="active")
    assert (back.status_code, back.json()["status"], back.json()["version"]) == (200, "active", 3)


async def test_a_sku_that_another_one_has_is_refused(house: House) -> None:
    await house.product(stock=0, sku="A-1")
    other = await house.product(stock=0, sku="A-2")
    assert problem(await change(house, other, sku="A-1"), "unique-constraint-violation")["fields"] == ["sku"]


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.VIEWER])
async def test_who_only_reads_changes_nothing(house: House, role: Role) -> None:
    path = f"/v1/products/{(await house.product())['id']}"
    headers = {**await house.as_role(role), "If-Match": '"1"'}
    problem(await house.client.patch(path, headers=headers, json={"name": "Pear"}), "insufficient-permissions")
    problem(await house.client.delete(path, headers=headers), "insufficient-permissions")


async def test_products_of_others_are_neither_changed_nor_archived(house: House) -> None:
    product = await house.product()
    stranger = await House.found(house.client, house.container)
    problem(await change(stranger, product, name="Mine"), "resource-not-found")
    path = f"/v1/products/{product['id']}"
    problem(await house.client.delete(path, headers=stranger.headers), "resource-not-found")
    assert (await house.get(path)).json()["version"] == 1


async def test_products_are_found_by_status_sku_and_name(house: House) -> None:
    names = ["Straße", "apple", "Äpfel", "Apfel", "APRICOT", "Pine apple"]
    made = {name: (await house.product(stock=0, name=name, sku=f"S-{i}"))["id"] for i, name in enumerate(names)}
    await house.client.delete(f"/v1/products/{made['Apfel']}", headers=house.headers)
    await house.product(stock=0, sku="S-3", name="Other")

    async def found(**query: str) -> list[str]:
        answer = await house.client.get("/v1/products", params=query, headers=house.headers)
        assert answer.status_code == 200, answer.text
        return [product["name"] for product in answer.json()["data"]]

    assert await found(status="archived") == ["Apfel"]
    assert await found(status="active", sku="S-3") == ["Other"]
    assert await found(sku="S-3") == ["Other", "Apfel"]
    assert await found(sku="s-3") == []
    assert await found(q="AP") == ["Apfel", "apple", "APRICOT"], "by name, whatever the case"
    assert await found(q="ap", status="active", limit="1") == ["apple"]
    assert await found(q="STRASS") == ["Straße"]
    assert await found(q="a\u0308p") == ["Äpfel"], "however it is composed"
    assert await found(q="%") == await found(q="_pple") == []


async def test_a_walk_by_name_meets_every_product_once(house: House) -> None:
    made = [(await house.product(stock=0, name=name))["id"] for name in ["b", "ab", "A", "aB", "a", "ac", "abc"]]
    for direction, side in (("forward", "next"), ("backward", "prev")):
        seen, path = [], f"/v1/products?q=a&limit=2&direction={direction}"
        while path:
            answer = await house.get(path)
            page = [product["id"] for product in answer.json()["data"]]
            seen = [*seen, *page] if direction == "forward" else [*page, *seen]
            path = answer.links.get(side, {}).get("url", "").removeprefix(PUBLIC_URL)
        assert seen == [made[i] for i in (2, 4, 1, 3, 6, 5)]


@pytest.mark.parametrize("name", ["\u0958" * 500, "\U0001d160" * 500, "\u1f82" * 500, "\U0010ffff" * 500])
async def test_no_name_is_too_long_to_be_found(house: House, name: str) -> None:
    product = await house.product(stock=0, name=name)
    answer = await house.client.get("/v1/products", params={"q": name[:50]}, headers=house.headers)
    assert [found["id"] for found in answer.json()["data"]] == [product["id"]]


@pytest.mark.parametrize(
    ("query", "invalid"),
    [
        ("q=", {"/query/q": "too-short"}),
        (f"q={'x' * 51}", {"/query/q": "too-long"}),
        ("q=%00", {"/query/q": "format"}),
        ("sku=a%20b&status=gone", {"/query/status": "not-one-of", "/query/sku": "format"}),
        ("status=active&status=archived", {"/query/status": "type"}),
    ],
)
async def test_filters_are_what_the_contract_says(house: House, query: str, invalid: dict[str, str]) -> None:
    assert pointers(await house.get(f"/v1/products?{query}")) == invalid
