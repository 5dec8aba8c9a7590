"""Walking through pages, and cursors that nobody can make, alter or use elsewhere."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.http.house import PUBLIC_URL, House, pointers, problem

PAGINATION = ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"]


@pytest.fixture
async def skus(house: House) -> list[str]:
    """Five products; their names, newest first."""
    return [(await house.product(stock=0))["sku"] for _ in range(5)][::-1]


async def test_a_page_says_what_lies_beside_it(house: House, skus: list[str]) -> None:
    page = (await house.get("/v1/products?limit=2")).json()
    assert list(page) == ["data", "pagination"]
    assert list(page["pagination"]) == PAGINATION
    assert [product["sku"] for product in page["data"]] == skus[:2]
    assert (page["pagination"]["hasNextPage"], page["pagination"]["hasPreviousPage"]) == (True, False)


async def test_walking_forward_and_back_shows_everything_once(house: House, skus: list[str]) -> None:
    seen, path = [], "/v1/products?limit=2"
    while path:
        answer = await house.get(path)
        seen += [product["sku"] for product in answer.json()["data"]]
        path = answer.links.get("next", {}).get("url", "").removeprefix(PUBLIC_URL)
    assert seen == skus

    last = (await house.get("/v1/products?limit=2&direction=backward")).json()
    assert [product["sku"] for product in last["data"]] == skus[-2:]
    cursor = last["pagination"]["startCursor"]
    before = (await house.get(f"/v1/products?limit=3&direction=backward&cursor={cursor}")).json()
    assert [product["sku"] for product in before["data"]] == skus[:3]


async def test_links_keep_the_filters(house: House) -> None:
    orders = [await house.order() for _ in range(3)]
    customer = orders[0]["customerId"]
    first = await house.get("/v1/orders?status=pending&status=cancelled&limit=1")
    asked = parse_qs(urlsplit(first.links["next"]["url"]).query)
    assert asked["status"] == ["cancelled", "pending"]
    assert (asked["limit"], asked["direction"]) == (["1"], ["forward"])
    second = await house.get(first.links["next"]["url"].removeprefix(PUBLIC_URL))
    assert [order["id"] for order in second.json()["data"]] == [orders[1]["id"]]
    assert "Link" not in (await house.get(f"/v1/orders?customerId={customer}")).headers


async def test_nothing_to_show_has_no_cursors(house: House) -> None:
    answer = await house.get("/v1/orders")
    assert answer.json() == {
        "data": [],
        "pagination": dict.fromkeys(PAGINATION[:2], False) | dict.fromkeys(PAGINATION[2:]),
    }
    assert "Link" not in answer.headers


async def test_the_limit_may_change_between_pages(house: House, skus: list[str]) -> None:
    cursor = (await house.get("/v1/products?limit=1")).json()["pagination"]["endCursor"]
    rest = (await house.get(f"/v1/products?limit=100&cursor={cursor}")).json()
    assert [product["sku"] for product in rest["data"]] == skus[1:]


async def _cursor(house: House, path: str = "/v1/orders") -> str:
    await house.order()
    return (await house.get(path)).json()["pagination"]["endCursor"]


async def test_every_altered_character_shows(house: House) -> None:
    cursor = await _cursor(house)
    for at, character in enumerate(cursor):
        altered = f"{cursor[:at]}{'A' if character != 'A' else 'B'}{cursor[at + 1 :]}"
        problem(await house.get(f"/v1/orders?cursor={altered}"), "invalid-cursor")


@pytest.mark.parametrize("noise", ["!", "=", "%0A", ".", "%20"])
async def test_nothing_slips_into_a_cursor(house: House, noise: str) -> None:
    """Python's base64 overlooks what it does not know."""
    cursor = await _cursor(house)
    for altered in (f"{noise}{cursor}", f"{cursor[:20]}{noise}{cursor[20:]}", f"{cursor}{noise}"):
        problem(await house.get(f"/v1/orders?cursor={altered}"), "invalid-cursor")


@pytest.mark.parametrize("forged", ["", "x", "äöü", "====", "A" * 5000, "bnVsbA", "%00", "a b", "null"])
async def test_what_is_no_cursor_is_refused(house: House, forged: str) -> None:
    answer = await house.client.get("/v1/orders", params={"cursor": forged}, headers=house.headers)
    problem(answer, "invalid-cursor")


async def test_a_made_up_position_is_refused(house: House) -> None:
    raw = urlsafe_b64decode((await _cursor(house)) + "==")
    mine = urlsafe_b64encode(raw[:16] + b'["2000-01-01T00:00:00Z","00000000-0000-7000-8000-000000000000"]')
    problem(await house.get(f"/v1/orders?cursor={mine.decode().rstrip('=')}"), "invalid-cursor")


async def test_a_cursor_is_good_for_its_collection_filters_and_organization_only(house: House) -> None:
    cursor = await _cursor(house)
    assert (await house.get(f"/v1/orders?cursor={cursor}")).status_code == 200
    problem(await house.get(f"/v1/products?cursor={cursor}"), "invalid-cursor")
    problem(await house.get(f"/v1/orders?status=pending&cursor={cursor}"), "invalid-cursor")
    stranger = await House.found(house.client, house.container)
    problem(await stranger.get(f"/v1/orders?cursor={cursor}"), "invalid-cursor")


async def test_the_order_of_filters_is_no_filter(house: House) -> None:
    cursor = await _cursor(house, "/v1/orders?status=pending&status=cancelled")
    answer = await house.get(f"/v1/orders?status=cancelled&status=pending&cursor={cursor}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "invalid"),
    [
        ("limit=0", {"/query/limit": "too-small"}),
        ("limit=101", {"/query/limit": "too-large"}),
        ("limit=ten", {"/query/limit": "type"}),
        ("limit=1.5", {"/query/limit": "type"}),
        ("limit=%201", {"/query/limit": "type"}),
        ("limit=01", {"/query/limit": "type"}),
        ("limit=", {"/query/limit": "type"}),
        ("limit=1&limit=2", {"/query/limit": "type"}),
        ("direction=up", {"/query/direction": "not-one-of"}),
        ("status=lost", {"/query/status/0": "not-one-of"}),
        ("status=pending&status=", {"/query/status/1": "not-one-of"}),
        ("customerId=42", {"/query/customerId": "too-short"}),
        ("customerId=null", {"/query/customerId": "too-short"}),
        ("customer_id=42", {"/query/customer_id": "unknown"}),
        ("page=2&limit=0", {"/query/page": "unknown", "/query/limit": "too-small"}),
    ],
)
async def test_queries_are_what_the_contract_says(house: House, query: str, invalid: dict[str, str]) -> None:
    assert pointers(await house.get(f"/v1/orders?{query}")) == invalid


async def test_a_query_that_is_not_utf8_is_malformed(house: House) -> None:
    problem(await house.get("/v1/orders?status=%ff"), "malformed-request")


async def test_routes_without_parameters_take_none(house: House) -> None:
    assert pointers(await house.get("/v1/me?verbose=1")) == {"/query/verbose": "unknown"}
    assert pointers(await house.client.get("/health/live?x=1")) == {"/query/x": "unknown"}


async def test_data_is_always_in_the_order_of_the_collection(house: House, skus: list[str]) -> None:
    for direction in ("forward", "backward"):
        data = (await house.get(f"/v1/products?limit=5&direction={direction}")).json()["data"]
        assert all(newer["createdAt"] >= older["createdAt"] for newer, older in pairwise(data))
