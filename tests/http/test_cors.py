"""Pages of other origins: nobody, unless a setting names them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from dishka import AsyncContainer
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.app import http_app
from entrypoints.container import container_of, http_options
from entrypoints.settings import Settings
from tests.http.house import Contract, House, problem

SHOP = "https://shop.example.com"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def open_client(settings: Settings) -> AsyncIterator[AsyncTestClient[Litestar]]:
    container: AsyncContainer = container_of(settings, store="memory")
    app = http_app(container, replace(http_options(settings), cors_origins=(SHOP,)))
    async with AsyncTestClient(app) as client:
        client.event_hooks = {"request": [], "response": [Contract(app)]}
        yield client


async def test_without_the_setting_nobody_is_allowed(house: House) -> None:
    answer = await house.client.get("/health/live", headers={"Origin": SHOP})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    preflight = await house.client.options("/v1/orders", headers={"Origin": SHOP, **PREFLIGHT})
    problem(preflight, "method-not-allowed")


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/v1/me"])
async def test_who_is_named_may_read_answers_and_problems(open_client: AsyncTestClient[Litestar], path: str) -> None:
    headers = (await open_client.get(path, headers={"Origin": SHOP})).headers
    assert headers["Access-Control-Allow-Origin"] == SHOP
    exposed = set(headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"ETag", "Link", "Location", "Retry-After", "RateLimit", "X-Request-Id", "Idempotency-Replayed"}
    assert "Access-Control-Allow-Credentials" not in headers


async def test_who_is_named_may_ask_beforehand(open_client: AsyncTestClient[Litestar]) -> None:
    answer = await open_client.options("/v1/orders", headers={"Origin": SHOP, **PREFLIGHT})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert allowed >= {"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Prefer"}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{SHOP}.evil.example", f"{SHOP}:8443", "http://shop.example.com", "null", ""]
)
async def test_nobody_else_is(open_client: AsyncTestClient[Litestar], origin: str) -> None:
    answer = await open_client.get("/health/live", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    problem(await open_client.options("/v1/orders", headers={"Origin": origin, **PREFLIGHT}), "method-not-allowed")


async def test_caches_keep_the_answers_of_origins_apart(open_client: AsyncTestClient[Litestar]) -> None:
    for headers in ({"Origin": SHOP}, {}):
        varying = (await open_client.get("/problems", headers=headers)).headers["Vary"]
        assert {name.strip() for name in varying.split(",")} >= {"Origin", "Accept"}
