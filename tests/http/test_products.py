"""Products and stock over HTTP."""

from tests.http.house import UNKNOWN, House, pointers, problem

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
