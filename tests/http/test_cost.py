"""What it costs to know who calls: one signature check in the life of a token, and no trip to the database."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from dishka import Provider, Scope
from joserfc.jws import JWSRegistry

from adapters.postgres import PostgresRevocations
from application.identity.ports import Revocations
from domain.identity.roles import Role
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.adapters.postgres.wire import Wire
from tests.http.house import House
from tests.postgres import Database


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Counter[bytes]:
    """Count how often each signature is really checked."""
    counted: Counter[bytes] = Counter()
    algorithm = JWSRegistry.algorithms["Ed25519"]
    verify = algorithm.verify

    def counting(message: bytes, signature: bytes, key: object) -> bool:
        counted[signature] += 1
        return verify(message, signature, key)

    monkeypatch.setattr(algorithm, "verify", counting)
    return counted


async def test_an_access_token_costs_one_signature_check_in_its_life(house: House, checks: Counter[bytes]) -> None:
    people = [await house.join(role) for role in Role]
    paths = ("/v1/me", "/v1/sessions", "/v1/products", "/v1/orders", "/v1/api-keys")
    checks.clear()
    await asyncio.gather(*(person.call("GET", path) for person in people for path in paths * 4))
    assert sorted(checks.values()) == [1] * len(people)


async def test_what_is_refused_by_its_signature_is_not_remembered(house: House, checks: Counter[bytes]) -> None:
    header, claims, _ = house.token.split(".")
    checks.clear()
    for _ in range(3):
        await house.call("GET", "/v1/me", Authorization=f"Bearer {header}.{claims}.{'A' * 86}")
    assert checks == {bytes(64): 3}


async def test_an_api_key_has_no_signature(house: House, checks: Counter[bytes]) -> None:
    key = (await house.post("/v1/api-keys", {"name": "Robot", "role": "viewer"})).json()["key"]
    checks.clear()
    assert (await house.call("GET", "/v1/me", Authorization=f"Bearer {key}")).status_code == 200
    assert not checks


@pytest.fixture
async def wired(settings: Settings, quick: Provider, database: Database) -> AsyncIterator[tuple[House, Wire]]:
    """A house over PostgreSQL, and the wire to it; what watches revocations goes another way."""
    apart = Provider(scope=Scope.APP)

    async def revocations() -> AsyncIterator[Revocations]:
        watch = PostgresRevocations.of(database.dsn)
        await watch.start()
        yield watch
        await watch.stop()

    apart.provide(revocations, override=True)
    async with Wire.to(database) as wire:
        over = replace(settings, database_url=wire.dsn)
        container = container_of(over, quick, apart, store="postgres")
        inside = httpx.ASGITransport(create_app(container, over))  # in our own loop, where the wire is
        async with httpx.AsyncClient(transport=inside, base_url="http://testserver.local") as client:
            yield await House.found(client, container), wire
        await container.close()


READS = ("/v1/me", "/v1/members", "/v1/sessions", "/v1/api-keys", "/v1/products", "/v1/customers", "/v1/orders")


@pytest.mark.parametrize("kind", ["access token", "API key"])
async def test_who_calls_is_known_without_a_trip(wired: tuple[House, Wire], kind: str) -> None:
    house, wire = wired
    headers = house.headers
    paths = [path for path in READS if kind == "access token" or path != "/v1/sessions"]
    if kind == "API key":
        made = await house.post("/v1/api-keys", {"name": "Robot", "role": "admin"})
        headers = {"Authorization": f"Bearer {made.json()['key']}"}
    for path in paths:  # the first time everything is prepared, and a key is looked up
        assert (await house.call("GET", path, **headers)).status_code == 200
    taken = {}
    for path in paths:
        before = wire.trips
        assert (await house.call("GET", path, **headers)).status_code == 200
        taken[path] = wire.trips - before
    assert taken == dict.fromkeys(paths, 1)


async def test_who_is_refused_costs_no_trip(wired: tuple[House, Wire]) -> None:
    house, wire = wired
    before = wire.trips
    for bearer in ("x", "a.b.c", house.token[:-4], "ow_x"):
        assert (await house.call("GET", "/v1/me", Authorization=f"Bearer {bearer}")).status_code == 401
    assert wire.trips == before
