"""Quotes over HTTP: their shape, who may ask, and that placing says the same."""

from typing import Any

import pytest
from dishka import AsyncContainer
from litestar import Litestar

from adapters.http.openapi import document
from domain.identity.roles import Role
from tests.http.dump import Dump, dump
from tests.http.house import UNKNOWN, House, key, pointers, problem, told

__all__ = ["dump"]


async def quote(house: House, body: Any, **headers: str) -> Any:
    return await house.call("POST", "/v1/orders/quote", body, **{**house.headers, **headers})


async def test_a_quote_is_what_the_order_will_say(house: House, dump: Dump) -> None:
    draft = await house.draft(quantity=3, note="Ring twice", externalReference="web-1")
    before = await dump()
    answer = await quote(house, draft)
    assert await dump() == before
    assert answer.status_code == 200
    assert not {"ETag", "Location", "Idempotency-Replayed"} & set(answer.headers)
    quoted, order = answer.json(), (await house.post("/v1/orders", draft)).json()
    assert list(quoted) == ["lines", "total", "currency", "violations"]
    [line], [bought] = quoted["lines"], order["lines"]
    assert list(line) == "productId sku name unitPrice currency quantity lineTotal".split()
    assert line == {**{name: bought[name] for name in line if name != "currency"}, "currency": "EUR"}
    assert (quoted["total"], quoted["currency"], quoted["violations"]) == (order["total"], order["currency"], [])


async def test_all_that_stands_against_it_is_told_as_placing_tells_it(house: House) -> None:
    product = await house.product(stock=5, price=1)
    items = [{"productId": product["id"], "quantity": 6}, {"productId": UNKNOWN, "quantity": 1}]
    draft = {**await house.draft(), "customerId": UNKNOWN, "items": items}
    quoted = (await quote(house, draft)).json()
    refused = problem(await house.post("/v1/orders", draft), "business-rule-violation")
    *rules, short = quoted["violations"]
    assert rules == refused["violations"]
    assert [rule["code"] for rule in rules] == ["customer-not-found", "product-not-found"]
    assert short == {
        "pointer": "/items/0/quantity",
        "code": "inventory-insufficient",
        "message": "6 of Apple asked for, 5 available.",
        "productId": product["id"],
        "requested": 6,
        "available": 5,
    }
    assert (quoted["total"], quoted["currency"]) == (None, "EUR")


async def test_a_shortage_is_the_one_that_placing_names(house: House) -> None:
    product = await house.product(stock=2)
    draft = {**await house.draft(), "items": [{"productId": product["id"], "quantity": 3}]}
    quoted = (await quote(house, draft)).json()
    shortages = problem(await house.post("/v1/orders", draft), "inventory-insufficient")["shortages"]
    names = ("productId", "requested", "available")
    assert [{name: violation[name] for name in names} for violation in quoted["violations"]] == shortages
    assert (quoted["total"], quoted["currency"]) == (1500, "EUR")


async def test_what_cannot_be_known_is_null(house: House) -> None:
    draft = {**await house.draft(), "items": [{"productId": UNKNOWN, "quantity": 1}]}
    quoted = (await quote(house, draft)).json()
    assert (quoted["lines"], quoted["total"], quoted["currency"]) == ([], None, None)


async def test_it_takes_the_body_of_an_order_and_nothing_else(house: House) -> None:
    draft = await house.draft()
    wrong = {**draft, "customerId": "x", "items": [], "dryRun": True}
    assert pointers(await quote(house, wrong)) == pointers(await house.post("/v1/orders", wrong))
    problem(await quote(house, None), "unsupported-media-type")


async def test_a_customer_asks_for_itself_alone(house: House) -> None:
    buyer = await house.join(Role.CUSTOMER)
    draft = await house.draft()
    codes = [v["code"] for v in (await buyer.call("POST", "/v1/orders/quote", draft)).json()["violations"]]
    assert codes == ["customer-not-found"]
    own = {**draft, "customerId": buyer.member["customerId"]}
    assert (await buyer.call("POST", "/v1/orders/quote", own)).json()["violations"] == []
    viewer = await house.as_role(Role.VIEWER)
    problem(await house.call("POST", "/v1/orders/quote", draft, **viewer), "insufficient-permissions")


async def test_a_key_means_nothing_to_what_does_nothing(house: House, dump: Dump) -> None:
    draft, name = await house.draft(), key()
    before = await dump()
    for sent in (name, name, "short"):
        answer = await quote(house, draft, **{"Idempotency-Key": sent})
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer.headers
    assert (await quote(house, {**draft, "note": "Another"}, **{"Idempotency-Key": name})).status_code == 200
    assert await dump() == before
    assert (await house.post("/v1/orders", draft, Idempotency_Key=name)).status_code == 201


async def test_a_rehearsal_of_a_quote_is_refused(house: House) -> None:
    refused = await quote(house, await house.draft(), Prefer="dry-run")
    assert pointers(refused) == {"/header/Prefer": "not-supported"}


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT"])
async def test_it_is_no_order_of_that_name(house: House, method: str) -> None:
    answer = await told(house.client.app, method, "/v1/orders/quote", house.headers.items())
    assert (answer.status, answer.slug) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


async def test_the_contract_says_so(app: Litestar, container: AsyncContainer) -> None:
    described = document(app)["paths"]["/v1/orders/quote"]["post"]
    assert [parameter["name"] for parameter in described["parameters"]] == []
    assert "409" not in described["responses"]
    assert "422" not in described["responses"]
    schemas = document(app)["components"]["schemas"]
    assert schemas["ViolationBody"]["required"] == ["pointer", "code", "message"]
    assert schemas["QuoteBody"]["required"] == ["lines", "total", "currency", "violations"]
