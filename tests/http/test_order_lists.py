"""Which orders are listed, in which order, by cursors and by numbers."""

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from domain.identity.roles import Role
from domain.shared.money import MAX_AMOUNT
from tests.http.house import PUBLIC_URL, UNKNOWN, House, pointers, problem

SORTS: Final = ("-createdAt", "createdAt", "-total", "total")
LISTS: Final = ("/v1/orders", "/v1/admin/orders")


@pytest.fixture
async def made(house: House) -> list[dict[str, Any]]:
    """Six orders, the totals of which rise and fall; the third and the fourth are worth the same."""
    return [
        await house.order(*path, quantity=quantity, externalReference=f"web-{n}")
        for n, (quantity, path) in enumerate(
            [(2, ()), (9, ("confirm",)), (4, ()), (4, ("cancel",)), (8, ("confirm", "ship")), (3, ())]
        )
    ]


def in_order(orders: list[dict[str, Any]], sort: str) -> list[str]:
    by = sort.removeprefix("-")
    place = sorted(orders, key=lambda order: (order[by], order["id"]), reverse=sort.startswith("-"))
    return [order["id"] for order in place]


async def found(house: House, path: str = "/v1/orders", **query: Any) -> list[str]:
    answer = await house.get(f"{path}?{urlencode(query, doseq=True)}")
    assert answer.status_code == 200, answer.text
    return [order["id"] for order in answer.json()["data"]]


@pytest.mark.parametrize("path", LISTS)
async def test_every_filter_alone_and_some_together(house: House, made: list[dict[str, Any]], path: str) -> None:
    async def these(*numbers: int, **query: Any) -> None:
        assert await found(house, path, **query) == [made[n]["id"] for n in numbers], query

    at = made[2]["createdAt"]
    await these(5, 2, 0, status="pending")
    await these(5, 4, 3, 2, 0, status=["pending", "cancelled", "shipped"])
    await these(4, customerId=made[4]["customerId"])
    await these(1, productId=made[1]["lines"][0]["productId"])
    await these(productId=UNKNOWN)
    await these(5, 4, 3, 2, createdFrom=at)
    await these(1, 0, createdTo=at)
    await these(2, createdFrom=at, createdTo=made[3]["createdAt"])
    await these(4, 3, 2, 1, totalFrom=2000)
    await these(5, 0, totalTo=2000)
    await these(3, 2, totalFrom=2000, totalTo=2001)
    await these(totalFrom=MAX_AMOUNT)
    await these(4, number=made[4]["number"])
    await these(3, externalReference="web-3")
    await these(externalReference="web-3", status="pending")
    await these(2, status=["pending", "shipped"], totalFrom=2000, createdTo=made[4]["createdAt"])
    await these(
        1, productId=made[1]["lines"][0]["productId"], status=["confirmed", "pending"], createdFrom=made[0]["createdAt"]
    )
    await these(productId=made[1]["lines"][0]["productId"], createdFrom=at)


async def test_a_product_is_found_in_every_order_that_has_it(house: House) -> None:
    one, other = await house.product(), await house.product()
    customer = (await house.customer())["id"]
    ids = []
    for products in ([one], [one, other], [other], [other, one]):
        items = [{"productId": product["id"], "quantity": 5} for product in products]
        draft = await house.draft(items=items, customerId=customer)
        ids.append((await house.post("/v1/orders", draft)).json()["id"])
    for sort in SORTS:
        assert sorted(await found(house, productId=one["id"], sort=sort)) == sorted([ids[0], ids[1], ids[3]])
    assert await found(house, productId=one["id"]) == [ids[3], ids[1], ids[0]]
    assert await found(house, productId=other["id"], sort="createdAt") == [ids[1], ids[2], ids[3]]
    listed = (await house.get(f"/v1/orders?productId={one['id']}")).json()["data"]
    assert [len(order["lines"]) for order in listed] == [2, 2, 1], "whole, not only the line that was asked for"


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("sort", SORTS)
async def test_every_sort(house: House, made: list[dict[str, Any]], sort: str, path: str) -> None:
    assert await found(house, path, sort=sort) == in_order(made, sort)
    some = [order for order in made if order["total"] >= 1500]
    assert await found(house, path, sort=sort, totalFrom=1500) == in_order(some, sort)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("status", [[], ["pending"], ["pending", "shipped", "cancelled"]])
async def test_a_walk_in_every_sort_and_direction(
    house: House, made: list[dict[str, Any]], sort: str, direction: str, status: list[str]
) -> None:
    seen: list[str] = []
    path = "/v1/orders?" + urlencode({"sort": sort, "limit": 2, "direction": direction, "status": status}, doseq=True)
    while path:
        answer = await house.get(path)
        page = [order["id"] for order in answer.json()["data"]]
        seen = [*seen, *page] if direction == "forward" else [*page, *seen]
        side = "next" if direction == "forward" else "prev"
        path = answer.links.get(side, {}).get("url", "").removeprefix(PUBLIC_URL)
    assert seen == in_order([order for order in made if not status or order["status"] in status], sort)


async def test_a_cursor_is_good_for_its_sort_and_its_filters_only(house: House, made: list[dict[str, Any]]) -> None:
    cursors = {
        sort: (await house.get(f"/v1/orders?sort={sort}&limit=1")).json()["pagination"]["endCursor"] for sort in SORTS
    }
    for sort in SORTS:
        for other, cursor in cursors.items():
            answer = await house.get(f"/v1/orders?sort={sort}&cursor={cursor}")
            if sort == other:
                assert answer.status_code == 200
            else:
                problem(answer, "invalid-cursor")
    assert (await house.get(f"/v1/orders?cursor={cursors['-createdAt']}")).status_code == 200, "the default, unsaid"
    for query in ("totalFrom=0", "createdFrom=2026-01-01T00:00:00Z", f"productId={UNKNOWN}", "number=1"):
        problem(await house.get(f"/v1/orders?{query}&cursor={cursors['-createdAt']}"), "invalid-cursor")


async def test_an_instant_is_the_same_in_every_zone(house: House, made: list[dict[str, Any]]) -> None:
    first = await house.get("/v1/orders?limit=1&createdFrom=2020-01-01T00:00:00Z")
    cursor = first.json()["pagination"]["endCursor"]
    there = urlencode({"createdFrom": "2020-01-01T01:00:00+01:00", "cursor": cursor})
    assert (await house.get(f"/v1/orders?{there}")).status_code == 200
    at = datetime.fromisoformat(made[2]["createdAt"]) + timedelta(microseconds=1)
    assert len(await found(house, createdFrom=at.isoformat())) == 3


@pytest.mark.parametrize(
    ("query", "invalid"),
    [
        ("sort=name", {"/query/sort": "not-one-of"}),
        ("sort=total&sort=-total", {"/query/sort": "type"}),
        ("totalFrom=-1&totalTo=1.5", {"/query/totalFrom": "too-small", "/query/totalTo": "type"}),
        (f"totalFrom={MAX_AMOUNT + 1}", {"/query/totalFrom": "too-large"}),
        ("totalFrom=1&totalFrom=2", {"/query/totalFrom": "type"}),
        ("totalTo=99999999999999999999", {"/query/totalTo": "type"}),
        ("createdFrom=yesterday", {"/query/createdFrom": "format"}),
        ("createdFrom=2026-01-01", {"/query/createdFrom": "format"}),
        ("createdTo=2026-01-01T00:00:00", {"/query/createdTo": "format"}),
        ("createdTo=0001-01-01T00:00:00%2B01:00", {"/query/createdTo": "out-of-range"}),
        ("createdFrom=9999-12-31T23:59:59-01:00", {"/query/createdFrom": "out-of-range"}),
        ("productId=42&number=&externalReference=", None),
        ("number=%00", {"/query/number": "format"}),
    ],
)
@pytest.mark.parametrize("path", LISTS)
async def test_filters_are_what_the_contract_says(
    house: House, path: str, query: str, invalid: dict[str, str] | None
) -> None:
    refused = pointers(await house.get(f"{path}?{query}"))
    assert refused == (
        invalid or dict.fromkeys(["/query/productId", "/query/number", "/query/externalReference"], "too-short")
    )


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_the_ends_of_time_are_instants(house: House, made: list[dict[str, Any]], at: str) -> None:
    both = await found(house, createdFrom=at), await found(house, createdTo=at)
    assert sorted(map(len, both)) == [0, 6]


PAGINATION: Final = "page pageSize totalCount totalPages hasNextPage hasPreviousPage".split()


@pytest.mark.parametrize(
    ("query", "numbers", "said"),
    [
        ("", (5, 4, 3, 2, 1, 0), (1, 20, 6, 1, False, False)),
        ("pageSize=4", (5, 4, 3, 2), (1, 4, 6, 2, True, False)),
        ("page=2&pageSize=4", (1, 0), (2, 4, 6, 2, False, True)),
        ("page=2&pageSize=2", (3, 2), (2, 2, 6, 3, True, True)),
        ("page=3&pageSize=2&status=pending&status=cancelled", (), (3, 2, 4, 2, False, True)),
        ("page=2147483647&pageSize=100", (), (2147483647, 100, 6, 1, False, True)),
        ("status=returned", (), (1, 20, 0, 0, False, False)),
        ("status=returned&page=2", (), (2, 20, 0, 0, False, False)),
        ("sort=createdAt&page=6&pageSize=1", (5,), (6, 1, 6, 6, False, True)),
    ],
)
async def test_numbered_pages_say_how_many_there_are(
    house: House, made: list[dict[str, Any]], query: str, numbers: tuple[int, ...], said: tuple[object, ...]
) -> None:
    body = (await house.get(f"/v1/admin/orders?{query}")).json()
    assert list(body) == ["data", "pagination"]
    assert body["data"] == [made[n] for n in numbers]
    assert body["pagination"] == dict(zip(PAGINATION, said, strict=True))


@pytest.mark.parametrize(
    ("query", "invalid"),
    [
        ("page=0&pageSize=101", {"/query/page": "too-small", "/query/pageSize": "too-large"}),
        ("page=2147483648", {"/query/page": "too-large"}),
        ("page=one&limit=5", {"/query/page": "type", "/query/limit": "unknown"}),
        ("cursor=x", {"/query/cursor": "unknown"}),
    ],
)
async def test_what_numbered_pages_take(house: House, query: str, invalid: dict[str, str]) -> None:
    assert pointers(await house.get(f"/v1/admin/orders?{query}")) == invalid


async def test_numbered_pages_are_for_admins_and_of_their_organization(
    house: House, made: list[dict[str, Any]]
) -> None:
    for role in (Role.CUSTOMER, Role.VIEWER, Role.OPERATOR):
        answer = await house.client.get("/v1/admin/orders", headers=await house.as_role(role))
        assert problem(answer, "insufficient-permissions")["required"] == ["admin", "owner"]
    admin = await house.client.get("/v1/admin/orders", headers=await house.as_role(Role.ADMIN))
    assert admin.json()["pagination"]["totalCount"] == 6
    stranger = await House.found(house.client, house.container)
    theirs = (await stranger.get(f"/v1/admin/orders?customerId={made[0]['customerId']}")).json()
    assert (theirs["data"], theirs["pagination"]["totalCount"]) == ([], 0)
