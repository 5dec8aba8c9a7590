"""Who asks too often is told so, with when to come back; nobody else notices."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import httpx
import pytest
from dishka import Provider
from litestar import Litestar

from adapters.http.client_address import networks
from application.identity.ports import Limit
from application.identity.rates import Rate
from domain.identity.roles import Role
from entrypoints.api import create_app
from entrypoints.container import StoreName, container_of
from entrypoints.settings import Settings
from tests.http.house import PASSWORD, UNKNOWN, Contract, House, Json, key, problem

_numbers = count(1)

STRANGER = {"organization": "nobody", "email": "nobody@example.test", "password": PASSWORD}


def address() -> str:
    """Return an address from which nobody has called yet. (A database remembers them from test to test.)"""
    number = next(_numbers)
    return f"198.18.{number // 256}.{number % 256}"


@dataclass
class Street:
    """An app with limits of its own, and clients at addresses of their own."""

    app: Litestar

    def client(self, address: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 1)), base_url="http://testserver.local"
        )
        client.event_hooks = {"request": [], "response": [Contract(self.app)]}
        return client

    async def log_in(self, address: str, body: Json = STRANGER, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client(address).post("/v1/auth/login", json=body, headers=named)

    async def statuses(self, address: str, times: int, **headers: str) -> list[int]:
        return [(await self.log_in(address, **headers)).status_code for _ in range(times)]


Open = Callable[..., AbstractAsyncContextManager[Street]]


@pytest.fixture
def street(settings: Settings, quick: Provider, store: StoreName) -> Open:
    @asynccontextmanager
    async def open_(login: str = "3/minute", **changed: Any) -> AsyncIterator[Street]:
        limits = {
            **settings.limits,
            Limit.LOGIN_PER_ADDRESS: Rate.parse(login),
            Limit.SIGNUP_PER_ADDRESS: Rate.parse("2/hour"),
        }
        chosen = replace(settings, limits=limits, **changed)
        app = create_app(container_of(chosen, quick, store=store), chosen)
        async with app.lifespan():
            yield Street(app)

    return open_


def limited(answer: httpx.Response, policy: str, limit: int, window: int) -> None:
    """The answer is this refusal, and its headers agree with each other."""
    problem(answer, "rate-limit-exceeded")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= window
    assert answer.headers["RateLimit-Policy"] == f'"{policy}";q={limit};w={window}'
    assert answer.headers["RateLimit"] == f'"{policy}";r=0;t={wait}'
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_61st_log_in_of_a_minute_is_too_often(street: Open) -> None:
    async with street(login="60/minute") as open_street:
        here = address()
        assert await open_street.statuses(here, 60) == [401] * 60
        limited(await open_street.log_in(here), "login-per-address", 60, 60)
        assert await open_street.statuses(address(), 1) == [401]


async def test_good_and_bad_known_and_unknown_count_alike(street: Open) -> None:
    async with street(login="5/minute") as open_street:
        slug = f"limits-{key()}"
        owner = {"email": "owner@example.test", "name": "Olive", "password": PASSWORD}
        founding = {"name": "House", "slug": slug, "currency": "EUR", "owner": owner}
        await open_street.client(address()).post("/v1/organizations", json=founding)
        good = {"organization": slug, "email": "owner@example.test", "password": PASSWORD}
        bodies = [
            good,
            {**good, "password": "wrong"},
            {**good, "email": "x@example.test"},
            STRANGER,
            good,
            good,
            STRANGER,
        ]
        here = address()
        answers = [await open_street.log_in(here, body) for body in bodies]
        assert [answer.status_code for answer in answers] == [200, 401, 401, 401, 200, 429, 429]


async def test_sign_ups_are_limited_by_themselves(street: Open) -> None:
    async with street() as open_street:
        here = address()
        answers = [await open_street.client(here).post("/v1/organizations", json={}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 429]
        limited(answers[-1], "signup-per-address", 2, 3600)
        assert (await open_street.client(address()).post("/v1/organizations", json={})).status_code == 400
        assert await open_street.statuses(here, 4) == [401, 401, 401, 429]


async def test_what_others_say_of_an_address_is_not_believed(street: Open) -> None:
    async with street() as open_street:
        here = address()
        statuses = [(await open_street.log_in(here, X_Forwarded_For=address())).status_code for _ in range(4)]
        assert statuses == [401, 401, 401, 429]


async def test_a_trusted_proxy_says_who_its_clients_are(street: Open) -> None:
    async with street(trusted_proxies=networks("198.51.100.0/24")) as open_street:
        here, there = address(), address()
        proxies = ("198.51.100.1", "198.51.100.2")
        via = [(await open_street.log_in(proxy, X_Forwarded_For=here)).status_code for proxy in proxies * 2]
        assert via == [401, 401, 401, 429]
        assert await open_street.statuses(here, 1) == [429], "the same client, without a proxy"
        assert await open_street.statuses(proxies[0], 1, X_Forwarded_For=f"{here}, {there}") == [401]


async def test_the_limit_per_address_comes_before_all_but_size(street: Open) -> None:
    async with street() as open_street:
        here = address()
        await open_street.statuses(here, 3)
        client = open_street.client(here)
        problem(await client.post("/v1/auth/login?x=1", content=b"{"), "rate-limit-exceeded")
        problem(await client.post("/v1/auth/login", content=b" " * 20_000), "payload-too-large")


async def test_what_is_refused_for_its_form_counts(street: Open) -> None:
    async with street() as open_street:
        client = open_street.client(address())
        statuses = [(await client.post("/v1/auth/login", content=b"{")).status_code for _ in range(4)]
        assert statuses == [415, 415, 415, 429]


async def test_each_principal_has_a_pace_of_its_own(street: Open, house: House) -> None:
    async with street(limit_per_principal=Rate(3, 3600)) as open_street:
        client = open_street.client(address())
        hers, his = await house.as_role(Role.VIEWER), await house.as_role(Role.VIEWER)
        answers = [await client.get(f"/v1/orders/{UNKNOWN}", headers=hers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
        limited(answers[-1], "per-principal", 3, 3600)
        assert (await client.get(f"/v1/orders/{UNKNOWN}", headers=his)).status_code == 404


async def test_the_limit_per_principal_comes_after_the_role_and_before_the_media_type(
    street: Open, house: House
) -> None:
    async with street(limit_per_principal=Rate(1, 3600)) as open_street:
        client = open_street.client(address())
        viewer = await house.as_role(Role.VIEWER)
        for _ in range(3):  # none of these is counted
            problem(await client.post("/v1/products", content=b"{", headers=viewer), "insufficient-permissions")
        assert (await client.get(f"/v1/orders/{UNKNOWN}", headers=viewer)).status_code == 404
        problem(await client.get(f"/v1/orders/{UNKNOWN}", headers=viewer), "rate-limit-exceeded")
        problem(await client.post("/v1/products", content=b"{", headers=viewer), "insufficient-permissions")

        owner = {**house.headers, "Content-Type": "text/plain", "Idempotency-Key": key()}
        problem(await client.post("/v1/products", content=b"{", headers=owner), "unsupported-media-type")
        problem(await client.post("/v1/products", content=b"{", headers=owner), "rate-limit-exceeded")


async def test_what_needs_no_login_is_not_limited(street: Open) -> None:
    async with street(limit_per_principal=Rate(1, 3600)) as open_street:
        client = open_street.client(address())
        statuses = [(await client.get("/v1/state-machines/order")).status_code for _ in range(5)]
        assert statuses == [200] * 5
