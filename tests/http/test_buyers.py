"""Customers who call for themselves: all that is theirs, and nothing of others, not even that it is there."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from domain.identity.roles import Role
from tests.http.house import ADDRESS, PUBLIC_URL, UNKNOWN, House, Json, problem

PAY = {"paymentMethod": "pm_ok"}
OTHERS_ORDERS = [
    ("GET", "/v1/orders/{}", None),
    ("POST", "/v1/orders/{}/confirm", PAY),
    ("POST", "/v1/orders/{}/cancel", {"reason": "Not mine"}),
]


@dataclass
class Buyers:
    """`me` and the house are two callers of one organization; the house has another customer, `they`."""

    house: House
    me: House
    mine: str
    they: House
    theirs: str

    async def draft(self, customer: str, **more: Any) -> Json:
        items = [{"productId": (await self.house.product())["id"], "quantity": 2}]
        return {"customerId": customer, "items": items, "shippingAddress": ADDRESS, **more}

    async def order(self, by: House, customer: str, *actions: str) -> Json:
        order: Json = (await by.post("/v1/orders", await self.draft(customer))).json()
        for action in actions:
            body = PAY if action == "confirm" else {}
            order = (await self.house.post(f"/v1/orders/{order['id']}/{action}", body)).json()
        return order


@pytest.fixture
async def buyers(house: House) -> Buyers:
    async def calling(customer: str) -> House:
        caller = replace(house)
        caller.headers = await house.as_role(Role.CUSTOMER, customer)
        return caller

    mine, theirs = (await house.customer())["id"], (await house.customer())["id"]
    return Buyers(house, await calling(mine), mine, await calling(theirs), theirs)


def alike(one: httpx.Response, other: httpx.Response, *ids: str) -> bool:
    """Whether two answers are the same, byte by byte, but for these ids and what is made for each answer anew."""
    return _without(one, ids) == _without(other, ids)


def _without(answer: httpx.Response, ids: tuple[str, ...]) -> tuple[int, dict[str, str], str]:
    text = answer.text
    for unique in (*ids, answer.json().get("instance", "urn:uuid:…")):
        text = text.replace(unique, "…")
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, text


def blocks(order: Json) -> dict[str, list[str]]:
    return {action["action"]: [block["code"] for block in action["blockedBy"]] for action in order["actions"]}


# One's own


async def test_a_customer_places_reads_lists_and_confirms_its_own_order(buyers: Buyers) -> None:
    me = buyers.me
    answer = await me.post("/v1/orders", await buyers.draft(buyers.mine, note="Ring twice"))
    order = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert (order["status"], order["customerId"]) == ("pending", buyers.mine)
    assert (await me.get(f"/v1/orders/{order['id']}")).json() == order
    assert (await me.get("/v1/orders")).json()["data"] == [order]

    confirmed = await me.post(f"/v1/orders/{order['id']}/confirm", PAY)
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert (await me.get(f"/v1/orders/{order['id']}")).json() == confirmed.json()


async def test_a_customer_cancels_what_is_pending(buyers: Buyers) -> None:
    order = await buyers.order(buyers.me, buyers.mine)
    answer = await buyers.me.post(f"/v1/orders/{order['id']}/cancel", {"reason": "Changed my mind"})
    cancelled = answer.json()
    assert (answer.status_code, cancelled["status"]) == (200, "cancelled")
    assert cancelled["cancellation"] == {
        "reason": "Changed my mind",
        "by": "customer",
        "at": cancelled["updatedAt"],
    }


async def test_what_is_confirmed_only_the_house_cancels(buyers: Buyers) -> None:
    order = await buyers.order(buyers.me, buyers.mine, "confirm")
    path = f"/v1/orders/{order['id']}/cancel"
    body = problem(await buyers.me.post(path), "invalid-state-transition")
    [block] = body["blockedBy"]
    assert (body["current"], body["action"], body["allowed"]) == ("confirmed", "cancel", ["ship"])
    assert block["code"] == "already-confirmed"
    assert block["message"] in body["detail"]
    assert (await buyers.me.get(f"/v1/orders/{order['id']}")).json()["status"] == "confirmed"
    assert (await buyers.house.post(path)).json()["cancellation"]["by"] == "member"


async def test_what_has_shipped_nobody_cancels(buyers: Buyers) -> None:
    order = await buyers.order(buyers.me, buyers.mine, "confirm", "ship")
    body = problem(await buyers.me.post(f"/v1/orders/{order['id']}/cancel"), "invalid-state-transition")
    assert body["current"] == "shipped"
    assert [block["code"] for block in body["blockedBy"]] == ["already-shipped"]


async def test_an_order_that_the_house_placed_for_it_is_its_own(buyers: Buyers) -> None:
    order = await buyers.order(buyers.house, buyers.mine)
    assert (await buyers.me.get(f"/v1/orders/{order['id']}")).json()["id"] == order["id"]
    assert (await buyers.me.post(f"/v1/orders/{order['id']}/confirm", PAY)).status_code == 200


async def test_a_customer_reads_itself_and_what_is_sold(buyers: Buyers) -> None:
    product = await buyers.house.product()
    assert (await buyers.me.get(f"/v1/customers/{buyers.mine}")).json()["id"] == buyers.mine
    assert (await buyers.me.get(f"/v1/products/{product['id']}")).json()["sku"] == product["sku"]
    assert (await buyers.me.get("/v1/products")).status_code == 200


async def test_a_suspended_customer_reads_and_cancels_but_does_not_order(buyers: Buyers) -> None:
    order = await buyers.order(buyers.me, buyers.mine)
    await buyers.house.post(f"/v1/customers/{buyers.mine}/suspend")
    refused = await buyers.me.post("/v1/orders", await buyers.draft(buyers.mine))
    [violation] = problem(refused, "business-rule-violation")["violations"]
    assert violation["code"] == "customer-suspended"
    assert (await buyers.me.get(f"/v1/customers/{buyers.mine}")).json()["status"] == "suspended"
    assert (await buyers.me.post(f"/v1/orders/{order['id']}/cancel")).status_code == 200


# What it may do now


async def test_an_order_says_what_its_customer_may_do_now(buyers: Buyers) -> None:
    order = await buyers.order(buyers.me, buyers.mine)
    forbidden = "insufficient-permissions"
    too_early = {
        "ship": ["invalid-state-transition", forbidden],
        "deliver": ["invalid-state-transition", "nothing-on-the-way", forbidden],
        "return": ["invalid-state-transition", forbidden],
    }
    assert blocks(order) == {"confirm": [], "cancel": [], **too_early}
    confirmed = (await buyers.me.post(f"/v1/orders/{order['id']}/confirm", PAY)).json()
    assert blocks(confirmed) == {
        **too_early,
        "confirm": ["invalid-state-transition"],
        "cancel": ["already-confirmed"],
        "ship": [forbidden],
        "deliver": ["nothing-on-the-way", forbidden],
    }
    seen_by_the_house = (await buyers.house.get(f"/v1/orders/{order['id']}")).json()
    assert (blocks(seen_by_the_house)["cancel"], blocks(seen_by_the_house)["ship"]) == ([], [])


@pytest.mark.parametrize("path", [(), ("confirm",), ("cancel",), ("confirm", "ship"), ("confirm", "ship", "deliver")])
async def test_what_an_order_says_is_what_happens(buyers: Buyers, path: tuple[str, ...]) -> None:
    for action in ("confirm", "cancel", "ship", "deliver", "return"):
        order = await buyers.order(buyers.me, buyers.mine, *path)
        shown = (await buyers.me.get(f"/v1/orders/{order['id']}")).json()
        [said] = [one for one in shown["actions"] if one["action"] == action]
        body = PAY if action == "confirm" else {}
        answer = await buyers.me.post(f"/v1/orders/{order['id']}/{action}", body)
        assert (answer.status_code == 200) == said["allowed"], (action, said, answer.text)
        if answer.status_code == 409:
            of_the_state = [block for block in said["blockedBy"] if block["code"] == "invalid-state-transition"]
            assert [*of_the_state, *answer.json()["blockedBy"]] == said["blockedBy"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/products"),
        ("POST", f"/v1/products/{UNKNOWN}/stock-adjustments"),
        ("GET", "/v1/customers"),
        ("POST", "/v1/customers"),
        ("POST", "/v1/customers/{mine}/suspend"),
        ("POST", "/v1/customers/{mine}/reactivate"),
        ("POST", "/v1/orders/{order}/ship"),
        ("POST", "/v1/orders/{order}/deliver"),
        ("POST", "/v1/orders/{order}/return"),
    ],
)
async def test_the_rest_is_for_members(buyers: Buyers, method: str, path: str) -> None:
    order = await buyers.order(buyers.me, buyers.mine, "confirm")
    at = path.format(mine=buyers.mine, order=order["id"])
    answer = await (buyers.me.get(at) if method == "GET" else buyers.me.post(at, {}))
    assert "customer" not in problem(answer, "insufficient-permissions")["required"]


# What is another customer's


@pytest.mark.parametrize(("method", "path", "body"), OTHERS_ORDERS)
@pytest.mark.parametrize("life", [(), ("confirm",), ("cancel",), ("confirm", "ship")], ids="-".join)
async def test_another_customers_order_is_answered_as_an_unknown_one(
    buyers: Buyers, method: str, path: str, body: Json | None, life: tuple[str, ...]
) -> None:
    theirs = await buyers.order(buyers.they, buyers.theirs, *life)
    shown = (await buyers.they.get(f"/v1/orders/{theirs['id']}")).json()

    async def ask(order: str, **headers: str) -> httpx.Response:
        at = path.format(order)
        return await (buyers.me.get(at) if method == "GET" else buyers.me.post(at, body, **headers))

    for headers in [{}] if method == "GET" else [{}, {"If_Match": f'"{shown["version"]}"'}, {"If_Match": '"99"'}]:
        foreign, unknown = await ask(theirs["id"], **headers), await ask(UNKNOWN, **headers)
        assert problem(foreign, "resource-not-found")["id"] == theirs["id"]
        assert alike(foreign, unknown, theirs["id"], UNKNOWN)
    assert (await buyers.they.get(f"/v1/orders/{theirs['id']}")).json() == shown


async def test_another_customer_is_answered_as_an_unknown_one(buyers: Buyers) -> None:
    foreign, unknown = [await buyers.me.get(f"/v1/customers/{one}") for one in (buyers.theirs, UNKNOWN)]
    assert problem(foreign, "resource-not-found")["resource"] == "customer"
    assert alike(foreign, unknown, buyers.theirs, UNKNOWN)


@pytest.mark.parametrize("suspended", [False, True])
async def test_nobody_orders_for_another_customer(buyers: Buyers, suspended: bool) -> None:
    if suspended:
        await buyers.house.post(f"/v1/customers/{buyers.theirs}/suspend")
    draft = await buyers.draft(buyers.theirs)
    foreign, unknown = [
        await buyers.me.post("/v1/orders", {**draft, "customerId": one}) for one in (buyers.theirs, UNKNOWN)
    ]
    [violation] = problem(foreign, "business-rule-violation")["violations"]
    assert (violation["code"], violation["pointer"]) == ("customer-not-found", "/customerId")
    assert alike(foreign, unknown, buyers.theirs, UNKNOWN)
    assert (await buyers.they.get("/v1/orders")).json()["data"] == []


async def test_another_customer_is_one_of_all_broken_rules(buyers: Buyers) -> None:
    draft = await buyers.draft(buyers.theirs)
    wrong = {**draft, "items": [*draft["items"] * 2, {"productId": UNKNOWN, "quantity": 1}]}
    foreign, unknown = [
        await buyers.me.post("/v1/orders", {**wrong, "customerId": one}) for one in (buyers.theirs, UNKNOWN)
    ]
    codes = [violation["code"] for violation in problem(foreign, "business-rule-violation")["violations"]]
    assert codes == ["customer-not-found", "duplicate-product", "product-not-found"]
    assert alike(foreign, unknown, buyers.theirs, UNKNOWN)


# Lists


async def walk(caller: House, path: str, rel: str = "next") -> list[str]:
    """Follow the links from page to page; return the ids of all pages, each page in its own order."""
    seen = []
    while path:
        answer = await caller.get(path)
        seen += [[order["id"] for order in answer.json()["data"]]]
        path = answer.links.get(rel, {}).get("url", "").removeprefix(PUBLIC_URL)
    return [order for page in (seen if rel == "next" else seen[::-1]) for order in page]


@pytest.fixture
async def own(buyers: Buyers) -> list[str]:
    """Three of my orders, the newest first, the middle one cancelled; between them, as many of others."""
    orders = []
    for life in ((), ("cancel",), ()):
        orders.append((await buyers.order(buyers.me, buyers.mine, *life))["id"])
        await buyers.order(buyers.they, buyers.theirs, *life)
    return orders[::-1]


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_all_pages_of_a_customer_hold_its_own_orders_only(buyers: Buyers, own: list[str], limit: int) -> None:
    assert await walk(buyers.me, f"/v1/orders?limit={limit}") == own
    assert await walk(buyers.me, f"/v1/orders?limit={limit}&direction=backward", "prev") == own
    assert len(await walk(buyers.house, f"/v1/orders?limit={limit}")) == 6


async def test_filters_narrow_what_is_ones_own(buyers: Buyers, own: list[str]) -> None:
    assert await walk(buyers.me, f"/v1/orders?customerId={buyers.mine}&limit=1") == own
    assert await walk(buyers.me, "/v1/orders?status=cancelled") == [own[1]]
    assert await walk(buyers.me, f"/v1/orders?status=pending&customerId={buyers.mine}&limit=1") == [own[0], own[2]]
    assert await walk(buyers.me, "/v1/orders?status=shipped") == []


@pytest.mark.parametrize("more", ["", "&limit=1", "&status=pending", "&direction=backward"])
async def test_asking_for_the_orders_of_others_finds_as_much_as_for_those_of_nobody(
    buyers: Buyers, own: list[str], more: str
) -> None:
    foreign, unknown = [await buyers.me.get(f"/v1/orders?customerId={one}{more}") for one in (buyers.theirs, UNKNOWN)]
    assert (foreign.status_code, foreign.json()["data"]) == (200, [])
    assert alike(foreign, unknown)
    assert alike(foreign, await buyers.house.get(f"/v1/orders?customerId={UNKNOWN}{more}"))


async def test_a_cursor_of_others_shows_no_more(buyers: Buyers, own: list[str]) -> None:
    page = (await buyers.house.get("/v1/orders?limit=1")).json()
    cursor = page["pagination"]["endCursor"]
    shown = (await buyers.me.get(f"/v1/orders?limit=100&cursor={cursor}")).json()["data"]
    assert [order["id"] for order in shown] == own
