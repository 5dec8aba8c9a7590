"""How long things are good: the same service, with a clock that we move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from dishka import Provider, Scope
from litestar.testing import AsyncTestClient

from application.shared.ports import Clock
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.http.house import House, Json, Person, problem

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


@dataclass
class MovedClock:
    """The time of day, and as many seconds more as we like."""

    ahead: float = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def house(settings: Settings, quick: Provider, clock: MovedClock) -> AsyncIterator[House]:
    moved = Provider(scope=Scope.APP)
    moved.provide(lambda: clock, provides=Clock, override=True)
    container = container_of(settings, quick, moved, store="memory")
    async with AsyncTestClient(create_app(container, settings)) as client:
        yield await House.found(client, container)


async def refreshed(house: House, tokens: Json) -> Json:
    answer = await house.call("POST", "/v1/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    assert answer.status_code == 200, answer.text
    renewed: Json = answer.json()
    return renewed


async def refused(house: House, tokens: Json, slug: str) -> None:
    problem(await house.call("POST", "/v1/auth/refresh", {"refreshToken": tokens["refreshToken"]}), slug)


@pytest.mark.parametrize("later", [0, 9])
async def test_a_lost_answer_is_given_again_for_ten_seconds(house: House, clock: MovedClock, later: float) -> None:
    tokens = (await house.enter_owner()).tokens
    first = await refreshed(house, tokens)
    clock.ahead += later
    assert (await refreshed(house, tokens))["refreshToken"] == first["refreshToken"]


async def test_after_that_it_is_theft(house: House, clock: MovedClock) -> None:
    tokens = (await house.enter_owner()).tokens
    first = await refreshed(house, tokens)
    clock.ahead += 11
    await refused(house, tokens, "token-reuse-detected")
    await refused(house, first, "token-reuse-detected")


async def test_an_access_token_is_good_for_fifteen_minutes(house: House, clock: MovedClock) -> None:
    person = await house.enter_owner()
    clock.ahead += 15 * MINUTE
    assert await person.is_in(), "clocks differ by up to 30 s"
    clock.ahead += 32
    answer = await person.call("GET", "/v1/me")
    problem(answer, "token-expired")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="orderwright", error="invalid_token", error_description="expired"'
    )
    assert await Person(house, house.owner, await refreshed(house, person.tokens)).is_in()


async def test_a_session_that_nobody_refreshes_is_over_after_a_week(house: House, clock: MovedClock) -> None:
    used, idle = (await house.enter_owner()).tokens, (await house.enter_owner()).tokens
    clock.ahead += 7 * DAY - MINUTE
    used = await refreshed(house, used)
    clock.ahead += 2 * MINUTE
    await refused(house, idle, "token-expired")
    fresh = await house.enter_owner()
    assert len((await fresh.call("GET", "/v1/sessions")).json()["data"]) == 2, (
        "the house's own and the idle one are over"
    )
    await refreshed(house, used)


async def test_no_session_is_older_than_thirty_days(house: House, clock: MovedClock) -> None:
    tokens = (await house.enter_owner()).tokens
    for _ in range(4):
        clock.ahead += 6 * DAY
        tokens = await refreshed(house, tokens)
    clock.ahead += 3 * DAY
    tokens = await refreshed(house, tokens)
    assert 3 * DAY - MINUTE < tokens["refreshExpiresIn"] <= 3 * DAY
    clock.ahead += 3 * DAY
    await refused(house, tokens, "token-expired")


async def test_a_session_that_is_over_can_still_be_left(house: House, clock: MovedClock) -> None:
    tokens = (await house.enter_owner()).tokens
    clock.ahead += 8 * DAY
    answer = await house.call("POST", "/v1/auth/logout", {"refreshToken": tokens["refreshToken"]})
    assert answer.status_code == 204


@pytest.mark.parametrize(("later", "status"), [(HOUR - MINUTE, 204), (HOUR + 1, 401)])
async def test_a_password_reset_is_good_for_an_hour(house: House, clock: MovedClock, later: float, status: int) -> None:
    offer = (await house.call("POST", f"/v1/members/{house.owner['id']}/password-reset", **house.headers)).json()
    clock.ahead += later
    body = {"organization": house.slug, "token": offer["token"], "newPassword": "another horse battery"}
    assert (await house.call("POST", "/v1/auth/password-reset", body)).status_code == status
