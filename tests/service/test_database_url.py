"""`serve` with `DATABASE_URL`: one plain login, which an administrator gave its roles, and no rights besides."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.postgres.roles import provisioning
from entrypoints.keys import make_keys
from tests.limits import SIMULATED
from tests.postgres import Server, database, server
from tests.service.served import Served, free_port, post, run

__all__ = ["database", "server"]

ADDRESS = {"name": "Ada", "line1": "1 Main Street", "city": "Ghent", "postalCode": "9000", "country": "BE"}
OWNER = {"email": "ada@example.com", "name": "Ada", "password": "a long enough password"}
PLAIN = f"plain_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
"""The login, and its database."""


@dataclass(frozen=True)
class Place:
    url: str
    environment: dict[str, str]


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[Place]:
    """An empty database whose schema the login may not even create in."""

    async def admin(*lines: str, database: str = "postgres") -> None:
        connection = await asyncpg.connect(server.as_superuser(database))
        for line in lines:
            await connection.execute(line)
        await connection.close()

    asyncio.run(admin(f"CREATE ROLE {PLAIN} LOGIN", f"CREATE DATABASE {PLAIN}"))
    asyncio.run(admin(*provisioning(PLAIN), database=PLAIN))
    url = server.embedded.dsn(PLAIN, PLAIN)
    keys = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path / "keys").items()}
    yield Place(url, {"DATABASE_URL": url, "ORDERWRIGHT_SIGNUP": "open", **SIMULATED, **keys})
    asyncio.run(admin(f"DROP DATABASE {PLAIN} WITH (FORCE)", f"DROP ROLE {PLAIN}"))


def sign_up_and_order(served: Served) -> None:
    with httpx.Client(base_url=served.url, timeout=20) as client:
        house = {"name": "House", "slug": "house", "currency": "EUR", "owner": OWNER}
        post(client, "/v1/organizations", house, key="sign-up-0000000000000000")
        login = {"organization": "house", "email": OWNER["email"], "password": OWNER["password"]}
        token = post(client, "/v1/auth/login", login, key="login-000000000000000000")["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        wanted = {"sku": "A", "name": "A", "unitPrice": 500, "currency": "EUR"}
        product = post(client, "/v1/products", wanted, key="product-0000000000000000")["id"]
        received = {"change": 3, "reason": "received"}
        post(client, f"/v1/products/{product}/stock-adjustments", received, key="received-000000000000000")
        buyer = {"email": "bob@example.com", "name": "Bob"}
        customer = post(client, "/v1/customers", buyer, key="customer-000000000000000")["id"]
        items = [{"productId": product, "quantity": 2}]
        wanted_order = {"customerId": customer, "items": items, "shippingAddress": ADDRESS}
        order = post(client, "/v1/orders", wanted_order, key="order-0000000000000000000")
        assert client.get(f"/v1/orders/{order['id']}").json()["total"] == 1000
        assert client.get(f"/v1/products/{product}").json()["stock"]["reserved"] == 2


def test_a_plain_login_migrates_and_serves(place: Place, tmp_path: Path) -> None:
    with Served(tmp_path, environment=place.environment) as served:
        sign_up_and_order(served)


def test_behind_a_pooler_it_serves_what_was_migrated_past_it(place: Place, tmp_path: Path) -> None:
    pooled = {**place.environment, "ORDERWRIGHT_DATABASE_POOLER": "transaction"}
    refused = run("serve", "--port", str(free_port()), cwd=tmp_path, **pooled)
    assert refused.returncode == 1
    assert "the schema is missing" in refused.stdout
    assert "migrate up" in refused.stdout

    assert run("migrate", "up", cwd=tmp_path, **place.environment).returncode == 0
    with Served(tmp_path, environment=pooled) as served:
        sign_up_and_order(served)
