"""Rehearsals: `Prefer: dry-run` says what would come of it, and leaves every table as it was."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx
import pytest
from litestar import Litestar

from adapters.http.openapi import document
from adapters.http.problems import REGISTRY
from domain.identity.roles import Role
from tests.http.dump import Dump, dump
from tests.http.house import UNKNOWN, House, Json, key, pointers, problem

__all__ = ["dump"]

REHEARSED: Final = {"placeOrder", "confirmOrder", "cancelOrder", "shipOrder", "deliverOrder", "returnOrder"}

Wish = tuple[str, Json]

PROVISIONAL: Final = {"id", "number", "createdAt", "updatedAt", "expiresAt", "shippedAt", "deliveredAt", "at"}
"""What is made anew for each order, parcel and return, and at each instant."""


async def an_order(house: House, verb: str, *before: str, **body: Any) -> Wish:
    return f"/v1/orders/{(await house.order(*before))['id']}/{verb}", body


async def placing(house: House) -> Wish:
    return "/v1/orders", await house.draft(note="Ring twice", externalReference="web-1")


GOOD: Final[dict[str, Callable[[House], Awaitable[Wish]]]] = {
    "placeOrder": placing,
    "confirmOrder": lambda house: an_order(house, "confirm", paymentMethod="pm_ok"),
    "cancelOrder": lambda house: an_order(house, "cancel", "confirm", reason="Enough."),
    "shipOrder": lambda house: an_order(house, "ship", "confirm", carrier="DHL"),
    "deliverOrder": lambda house: an_order(house, "deliver", "confirm", "ship"),
    "returnOrder": lambda house: an_order(house, "return", "confirm", "ship", reason="Too small."),
}
"""What would succeed, of each operation."""


async def a_bad_draft(house: House) -> Wish:
    return "/v1/orders", {**await house.draft(), "customerId": UNKNOWN}


async def a_greedy_draft(house: House) -> Wish:
    product = await house.product(stock=1)
    return "/v1/orders", {**await house.draft(), "items": [{"productId": product["id"], "quantity": 9}]}


async def a_second_reference(house: House) -> Wish:
    await house.order(externalReference="web-1")
    return "/v1/orders", await house.draft(externalReference="web-1")


BAD: Final[dict[str, tuple[str, Callable[[House], Awaitable[Wish]]]]] = {
    "placing against the rules": ("business-rule-violation", a_bad_draft),
    "placing beyond the stock": ("inventory-insufficient", a_greedy_draft),
    "placing what was placed": ("unique-constraint-violation", a_second_reference),
    "confirming twice": (
        "invalid-state-transition",
        lambda house: an_order(house, "confirm", "confirm", paymentMethod="pm_ok"),
    ),
    "cancelling what shipped": ("invalid-state-transition", lambda house: an_order(house, "cancel", "confirm", "ship")),
    "shipping what is pending": ("invalid-state-transition", lambda house: an_order(house, "ship")),
    "delivering what is here": ("invalid-state-transition", lambda house: an_order(house, "deliver", "confirm")),
    "returning what is here": ("invalid-state-transition", lambda house: an_order(house, "return", "confirm")),
    "an order that nobody has": ("resource-not-found", lambda _: nowhere()),
}
"""What is refused, each way that there is."""


async def nowhere() -> Wish:
    return f"/v1/orders/{UNKNOWN}/cancel", {}


async def rehearse(house: House, wish: Wish, **headers: str) -> httpx.Response:
    path, body = wish
    return await house.call("POST", path, body, **{**house.headers, "Prefer": "dry-run", **headers})


def lasting(thing: Any) -> Any:
    """Return it without what is provisional."""
    if isinstance(thing, dict):
        return {name: lasting(part) for name, part in thing.items() if name not in PROVISIONAL}
    return [lasting(part) for part in thing] if isinstance(thing, list) else thing


@pytest.mark.parametrize("operation", GOOD)
async def test_what_would_be_is_told_and_nothing_is(house: House, dump: Dump, operation: str) -> None:
    wish = await GOOD[operation](house)
    before = await dump()
    answer = await rehearse(house, wish)
    assert await dump() == before
    assert answer.status_code == 200, answer.text
    assert answer.headers["Preference-Applied"] == "dry-run"
    assert not {"ETag", "Location", "Idempotency-Replayed"} & set(answer.headers)
    real = await house.post(*wish)
    assert real.is_success
    assert "Preference-Applied" not in real.headers
    assert lasting(answer.json()) == lasting(real.json())
    assert list(answer.json()) == list(real.json())


@pytest.mark.parametrize(("slug", "wished"), BAD.values(), ids=list(BAD))
async def test_what_would_be_refused_is_refused_and_nothing_is(
    house: House, dump: Dump, slug: str, wished: Callable[[House], Awaitable[Wish]]
) -> None:
    wish = await wished(house)
    before = await dump()
    refused = problem(await rehearse(house, wish), slug)
    assert await dump() == before
    real = problem(await house.post(*wish), slug)
    assert {**refused, "instance": None} == {**real, "instance": None}
    assert REGISTRY[slug].status == refused["status"]


@pytest.mark.parametrize("operation", GOOD)
async def test_a_rehearsal_of_an_older_version_is_refused(house: House, dump: Dump, operation: str) -> None:
    wish = await GOOD[operation](house)
    before = await dump()
    answer = await rehearse(house, wish, **{"If-Match": '"99"'})
    if operation == "placeOrder":
        assert answer.status_code == 200, "what is not there has no version that could be meant"
    else:
        problem(answer, "stale-version")
    assert await dump() == before


async def test_a_provisional_order_is_not_there(house: House) -> None:
    order = (await rehearse(house, await placing(house))).json()
    problem(await house.get(f"/v1/orders/{order['id']}"), "resource-not-found")
    assert (await house.get("/v1/orders")).json()["data"] == []


@pytest.mark.parametrize("operation", GOOD)
async def test_a_key_that_is_sent_along_is_neither_claimed_nor_replayed(
    house: House, dump: Dump, operation: str
) -> None:
    wish, name = await GOOD[operation](house), key()
    for sent in (key(), "x" * 15):
        before = await dump()
        answer = await rehearse(house, wish, **{"Idempotency-Key": sent})
        assert await dump() == before
        if len(sent) < 16:
            problem(answer, "idempotency-key-invalid")
        else:
            assert answer.status_code == 200
    await rehearse(house, wish, **{"Idempotency-Key": name})
    real = await house.post(*wish, Idempotency_Key=name)
    assert real.is_success
    assert "Idempotency-Replayed" not in real.headers, "the rehearsal has not used it up"

    before = await dump()
    again = await rehearse(house, wish, **{"Idempotency-Key": name})
    assert await dump() == before
    assert "Idempotency-Replayed" not in again.headers, "it is judged by what is so now"
    assert again.status_code == 409, again.text
    assert (await house.post(*wish, Idempotency_Key=name)).content == real.content


async def test_without_the_wish_the_key_is_required_as_ever(house: House) -> None:
    path, body = await placing(house)
    for prefer in ("respond-async", "return=minimal, wait=5", 'x="dry-run"'):
        headers = {**house.headers, "Prefer": prefer}
        problem(await house.call("POST", path, body, **headers), "idempotency-key-required")
        placed = await house.post(path, {**body, "externalReference": None}, Prefer=prefer)
        assert placed.status_code == 201, "other preferences are overlooked"
        assert "Preference-Applied" not in placed.headers


@pytest.mark.parametrize("operation", ["placeOrder", "shipOrder"])
async def test_a_wish_that_is_not_clear_is_refused_and_nothing_is(house: House, dump: Dump, operation: str) -> None:
    wish = await GOOD[operation](house)
    before = await dump()
    for prefer in ("dry-run=true", "dry-run; x", "wait=5; dry-run", "dry-run please"):
        answer = await rehearse(house, wish, **{"Prefer": prefer, "Idempotency-Key": key()})
        assert pointers(answer) == {"/header/Prefer": "format"}
    assert await dump() == before


async def test_a_customer_rehearses_what_it_may_do(house: House) -> None:
    buyer = await house.join(Role.CUSTOMER)
    draft = await house.draft()
    theirs = await buyer.call("POST", "/v1/orders", draft, Prefer="dry-run")
    assert [v["code"] for v in problem(theirs, "business-rule-violation")["violations"]] == ["customer-not-found"]
    own = await buyer.call("POST", "/v1/orders", {**draft, "customerId": buyer.member["customerId"]}, Prefer="dry-run")
    assert own.status_code == 200
    order = await house.order()
    problem(await buyer.call("POST", f"/v1/orders/{order['id']}/cancel", {}, Prefer="dry-run"), "resource-not-found")
    problem(
        await buyer.call("POST", f"/v1/orders/{order['id']}/ship", {}, Prefer="dry-run"), "insufficient-permissions"
    )


def test_the_contract_says_where(app: Litestar) -> None:
    described = [one for item in document(app)["paths"].values() for one in item.values()]
    told_of = {one["operationId"] for one in described if "Prefer" in {p["name"] for p in one["parameters"]}}
    applied = {
        one["operationId"]
        for one in described
        if "Preference-Applied" in one["responses"].get("200", {}).get("headers", {})
    }
    assert told_of == applied == REHEARSED
    placing = next(one for one in described if one["operationId"] == "placeOrder")
    assert sorted(placing["responses"]["200"]["headers"]) == ["Cache-Control", "Preference-Applied", "X-Request-Id"]
    assert "links" not in placing["responses"]["200"]
    assert placing["responses"]["200"]["content"] == placing["responses"]["201"]["content"]
