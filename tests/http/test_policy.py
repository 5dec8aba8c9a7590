"""The policy over HTTP: what the organization demands of its orders, and what follows for those who order."""

from typing import Any

import pytest

from domain.ordering.policy import BOUNDS
from tests.http.house import House, pointers, problem

FOUNDED = {"maxItemsPerOrder": 10, "minimumOrderValue": 1000, "autoCancelAfterHours": 24, "version": 1}


async def change(house: House, version: int | None, /, **said: Any) -> Any:
    headers = house.headers if version is None else {**house.headers, "If-Match": f'"{version}"'}
    return await house.call("PATCH", "/v1/policy", said, **headers)


async def test_it_is_read_and_changed_under_its_version(house: House) -> None:
    read = await house.get("/v1/policy")
    assert (read.status_code, read.headers["ETag"], read.json()) == (200, '"1"', FOUNDED)
    changed = await change(house, 1, maxItemsPerOrder=2, minimumOrderValue=0)
    now = {**FOUNDED, "maxItemsPerOrder": 2, "minimumOrderValue": 0, "version": 2}
    assert (changed.status_code, changed.headers["ETag"], changed.json()) == (200, '"2"', now)
    assert (await house.get("/v1/policy")).json() == now


async def test_a_change_means_a_version(house: House) -> None:
    problem(await change(house, None, maxItemsPerOrder=2), "precondition-required")
    stale = problem(await change(house, 7, maxItemsPerOrder=2), "stale-version")
    assert (stale["expected"], stale["actual"]) == (7, 1)
    same = await change(house, 1, maxItemsPerOrder=10)
    assert (same.status_code, same.headers["ETag"]) == (200, '"1"')
    assert (await change(house, 1)).json() == FOUNDED
    assert (await house.get("/v1/policy")).json() == FOUNDED


def _wire(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


@pytest.mark.parametrize("demand", BOUNDS)
async def test_what_is_out_of_bounds_is_refused(house: House, demand: str) -> None:
    least, most = BOUNDS[demand]
    name = _wire(demand)
    for bad, code in ((least - 1, "too-small"), (most + 1, "too-large"), ("5", "type"), (None, "type"), (1.5, "type")):
        assert pointers(await change(house, 1, **{name: bad})) == {f"/{name}": code}
    version = 1
    for good in (least, most):
        answer = await change(house, version, **{name: good})
        assert (answer.status_code, answer.json()[name]) == (200, good)
        version = answer.json()["version"]


async def test_all_that_is_wrong_is_told_at_once(house: House) -> None:
    wrong = await change(house, 1, maxItemsPerOrder=0, autoCancelAfterHours=0, version=3)
    assert pointers(wrong) == {
        "/maxItemsPerOrder": "too-small",
        "/autoCancelAfterHours": "too-small",
        "/version": "unknown",
    }


async def test_orders_obey_it(house: House) -> None:
    draft = await house.draft(quantity=2)
    assert (await change(house, 1, minimumOrderValue=1001)).status_code == 200
    [violation] = problem(await house.post("/v1/orders", draft), "business-rule-violation")["violations"]
    assert violation["code"] == "minimum-order-value"
    assert (await change(house, 2, minimumOrderValue=1000, autoCancelAfterHours=1)).status_code == 200
    placed = await house.post("/v1/orders", draft)
    assert placed.status_code == 201
    order = placed.json()
    assert order["expiresAt"][:13] != order["createdAt"][:13]


async def test_houses_have_policies_of_their_own(house: House) -> None:
    other = await House.found(house.client, house.container)
    await change(house, 1, maxItemsPerOrder=2)
    assert (await other.get("/v1/policy")).json() == FOUNDED
