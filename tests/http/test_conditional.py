"""What a client has already is not sent again: If-None-Match (RFC 9110, section 13.1.2) on everything that changes."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from litestar import Litestar

from adapters.http.openapi import document
from tests.http.house import UNKNOWN, House, problem


async def an_order(house: House) -> str:
    return f"/v1/orders/{(await house.order())['id']}"


async def a_customer(house: House) -> str:
    return f"/v1/customers/{(await house.customer())['id']}"


async def a_member(house: House) -> str:
    return f"/v1/members/{house.owner['id']}"


async def the_policy(_: House) -> str:
    return "/v1/policy"


async def an_endpoint(house: House) -> str:
    told = await house.post("/v1/webhook-endpoints", {"url": "https://hooks.example.com/orders"})
    return f"/v1/webhook-endpoints/{told.json()['id']}"


READ: Final[dict[str, Callable[[House], Awaitable[str]]]] = {
    "getOrder": an_order,
    "getCustomer": a_customer,
    "getMember": a_member,
    "getPolicy": the_policy,
    "getWebhookEndpoint": an_endpoint,
}


@pytest.mark.parametrize("make", READ.values(), ids=READ)
async def test_what_the_client_has_is_not_sent_again(house: House, make: Callable[[House], Awaitable[str]]) -> None:
    path = await make(house)
    tag = (await house.get(path)).headers["ETag"]
    answer = await house.get(path, **{"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in answer.headers
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("private, no-cache", "Authorization")
    assert (await house.get(path, **{"If-None-Match": '"99"'})).status_code == 200


KNOWN: Final = ['"1"', 'W/"1"', "*", ' "1" ', '"7", "1"', '"7",W/"1" ,', ',, "a,b" , "1"', '"","1"']
UNKNOWN_TAGS: Final = ['"2"', 'W/"2"', '"11"', '"01"', '"7", "8"', '""', '"W/1"', '"1, "']
MALFORMED: Final = [
    "1",
    "",
    ",",
    '"1',
    '1"',
    'w/"1"',
    '"1" "2"',
    '*, "1"',
    '"2", *',
    '"1"; x',
    "W/1",
    '"1""1"',
    '"\t1"',
]


@pytest.mark.parametrize("said", KNOWN)
async def test_tags_are_compared_weakly_in_lists_and_alone(house: House, said: str) -> None:
    assert (await house.get(await a_customer(house), **{"If-None-Match": said})).status_code == 304


@pytest.mark.parametrize("said", [*UNKNOWN_TAGS, *MALFORMED])
async def test_what_names_no_version_or_another_one_spares_nothing(house: House, said: str) -> None:
    """A header that is no list of tags is overlooked: it could only have spared bytes."""
    answer = await house.get(await a_customer(house), **{"If-None-Match": said})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


async def test_two_lines_are_one_list(house: House) -> None:
    path = await a_customer(house)
    lines = [("Authorization", house.headers["Authorization"]), ("If-None-Match", '"7"'), ("If-None-Match", '"1"')]
    assert (await house.client.get(path, headers=lines)).status_code == 304


async def test_what_has_changed_is_sent(house: House) -> None:
    path = await an_order(house)
    await house.post(f"{path}/confirm", {"paymentMethod": "pm_ok"})
    answer = await house.get(path, **{"If-None-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')
    assert (await house.get(path, **{"If-None-Match": '"3"'})).status_code == 304


async def test_whoever_may_not_read_learns_nothing_by_asking_for_a_version(house: House) -> None:
    path = await an_order(house)
    stranger = await House.found(house.client, house.container)
    for tags in ('"1"', "*"):
        problem(await stranger.get(path, **{"If-None-Match": tags}), "resource-not-found")
        problem(await house.client.get(path, headers={"If-None-Match": tags}), "authentication-required")
    problem(await house.get(f"/v1/orders/{UNKNOWN}", **{"If-None-Match": "*"}), "resource-not-found")


async def test_a_product_is_always_sent_for_its_stock_moves_without_its_version(house: House) -> None:
    path = f"/v1/products/{(await house.product())['id']}"
    for tags in ('"1"', "*"):
        assert (await house.get(path, **{"If-None-Match": tags})).status_code == 200


async def test_a_change_is_not_asked_what_the_client_has(house: House) -> None:
    path = await a_customer(house)
    headers = {**house.headers, "If-Match": '"1"', "If-None-Match": '"1"'}
    assert (await house.client.patch(path, headers=headers, json={"name": "Robert"})).status_code == 200


def test_every_read_of_something_versioned_is_conditional_but_that_of_products(app: Litestar) -> None:
    reads = {item["get"]["operationId"]: item["get"] for item in document(app)["paths"].values() if "get" in item}
    versioned = {name for name, read in reads.items() if "ETag" in read["responses"].get("200", {}).get("headers", {})}
    conditional = {name for name, read in reads.items() if "304" in read["responses"]}
    told_of = {name for name, read in reads.items() if "If-None-Match" in {p["name"] for p in read["parameters"]}}
    assert conditional == told_of == versioned - {"getProduct", "getDocsAsset"} == set(READ)
