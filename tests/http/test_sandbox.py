"""`POST /v1/sandbox/clock/advance`: time goes ahead, and what falls due by it is done before the answer."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from dishka import AsyncContainer
from litestar import Litestar
from litestar.testing import AsyncTestClient

from domain.identity.roles import Role
from domain.identity.sandbox import FURTHEST
from tests.http.house import House, Json, key, problem

PATH = "/v1/sandbox/clock/advance"
DAY = 86_400
YEAR = 31_536_000


async def advance(house: House, seconds: int) -> Json:
    answer = await house.post(PATH, {"seconds": seconds})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_time_goes_ahead_for_all_that_is_told_from_then_on(house: House) -> None:
    before = instant((await house.order())["createdAt"])
    told = await advance(house, 3600)
    assert told["ran"][0] == {"job": "expire-orders", "count": 0}
    assert timedelta(hours=1) <= instant(told["now"]) - before < timedelta(hours=1, minutes=1)
    after = instant((await house.order())["createdAt"])
    assert timedelta() <= after - instant(told["now"]) < timedelta(minutes=1)


async def test_an_order_that_nobody_confirmed_is_cancelled_by_expiry(house: House) -> None:
    order, confirmed = await house.order(), await house.order("confirm")
    assert (await advance(house, DAY - 60))["ran"][0] == {"job": "expire-orders", "count": 0}
    told = await advance(house, 120)
    assert told["ran"][0] == {"job": "expire-orders", "count": 1}
    after = (await house.get(f"/v1/orders/{order['id']}")).json()
    assert (after["status"], after["version"]) == ("cancelled", 2)
    assert after["cancellation"].items() >= {"reason": None, "by": "expiry"}.items()
    assert instant(after["expiresAt"]) <= instant(after["cancellation"]["at"]) <= instant(told["now"])
    assert (await house.get(f"/v1/orders/{confirmed['id']}")).json()["status"] == "confirmed"
    for line in order["lines"]:
        stock = (await house.get(f"/v1/products/{line['productId']}")).json()["stock"]
        assert stock == {"onHand": 100, "reserved": 0, "available": 100}
    problem(
        await house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"}), "invalid-state-transition"
    )


async def test_sent_again_under_its_key_it_is_told_again_and_time_stands_still(house: House) -> None:
    await house.order()
    first = await house.post(PATH, {"seconds": DAY}, Idempotency_Key=(name := key()))
    again = await house.post(PATH, {"seconds": DAY}, Idempotency_Key=name)
    assert first.json()["ran"][0] == {"job": "expire-orders", "count": 1}
    assert again.content == first.content
    assert instant((await advance(house, 1))["now"]) - instant(first.json()["now"]) < timedelta(minutes=1)


async def test_without_a_key_each_time_counts(house: House) -> None:
    answers = [await house.call("POST", PATH, {"seconds": DAY}, **house.headers) for _ in range(2)]
    first, second = (instant(answer.json()["now"]) for answer in answers)
    assert second - first >= timedelta(days=1)


@pytest.mark.parametrize("seconds", [0, -1, YEAR + 1, 1.5, "1", None, 10**30])
async def test_a_step_is_a_second_at_least_and_a_year_at_most(house: House, seconds: Any) -> None:
    (error,) = problem(await house.post(PATH, {"seconds": seconds}), "validation-error")["errors"]
    assert error["pointer"] == "/seconds"


async def test_there_is_an_end_to_it(house: House) -> None:
    for _ in range(FURTHEST // YEAR):
        assert (await house.post(PATH, {"seconds": YEAR})).status_code == 200
    told = problem(await house.post(PATH, {"seconds": YEAR}), "invalid-state-transition")
    assert (told["current"], told["action"], told["allowed"]) == ("sandbox", "advance", [])
    assert [block["code"] for block in told["blockedBy"]] == ["too-far"]
    assert instant((await house.order())["expiresAt"]).year > 2100


async def test_only_a_sandbox_has_a_clock_of_its_own(
    client: AsyncTestClient[Litestar], container: AsyncContainer
) -> None:
    live = await House.found(client, container, sandbox=False)
    order = await live.order()
    told = problem(await live.post(PATH, {"seconds": DAY}), "invalid-state-transition")
    assert (told["current"], told["action"], told["allowed"]) == ("live", "advance", [])
    assert [block["code"] for block in told["blockedBy"]] == ["not-a-sandbox"]
    assert (await live.get(f"/v1/orders/{order['id']}")).json()["status"] == "pending"


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.OWNER}])
async def test_who_may_not_is_told_so(house: House, role: Role) -> None:
    answer = await house.call("POST", PATH, {"seconds": 1}, **await house.as_role(role))
    assert problem(answer, "insufficient-permissions")["required"] == ["admin", "owner"]


async def test_tokens_keys_and_limits_stay_in_real_time(house: House) -> None:
    """Ten years later whoever is logged in still is, and a key of a minute ago still knows its answer."""
    person = await house.join(Role.ADMIN)
    draft, name = await house.draft(), key()
    placed = await house.post("/v1/orders", draft, Idempotency_Key=name)
    for _ in range(10):
        await advance(house, YEAR)
    assert await person.is_in()
    refreshed = await house.call("POST", "/v1/auth/refresh", {"refreshToken": person.tokens["refreshToken"]})
    assert refreshed.status_code == 200
    assert (await house.post("/v1/orders", draft, Idempotency_Key=name)).content == placed.content
