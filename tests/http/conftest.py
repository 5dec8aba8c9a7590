"""The whole app over a store, and an organization of its own for every test.

What is about business runs on both stores, which one row of the wiring page swaps; what is about HTTP alone, on memory.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from dishka import AsyncContainer, Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.memory import MemoryStore
from application.identity.ports import Passwords
from entrypoints.api import create_app
from entrypoints.container import StoreName, container_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.books import check_memory
from tests.http.house import PUBLIC_URL, Contract, House, PlainPasswords
from tests.limits import RAISED
from tests.postgres import database, server

__all__ = ["database", "server"]

ON_BOTH_STORES: Final = {
    "test_api_keys",
    "test_buyers",
    "test_conditional",
    "test_customers",
    "test_dry_run",
    "test_history",
    "test_examples",
    "test_feed",
    "test_idempotency",
    "test_identity",
    "test_limits",
    "test_members",
    "test_metrics",
    "test_webhook_deliveries",
    "test_order_lists",
    "test_orders",
    "test_pagination",
    "test_payment_notifications",
    "test_payments",
    "test_policy",
    "test_products",
    "test_proof",
    "test_quotes",
    "test_sandbox",
    "test_secrets",
    "test_sessions",
    "test_webhook_endpoints",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in ON_BOTH_STORES:
        metafunc.parametrize("store", ["memory", "postgres"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest) -> StoreName:
    name: StoreName = getattr(request, "param", "memory")
    return name


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, store: StoreName, request: pytest.FixtureRequest) -> Settings:
    keys: Path = tmp_path_factory.mktemp("keys")
    files = {f"{name}_FILE": str(file) for name, file in make_keys(keys).items()}
    url = {"DATABASE_URL": request.getfixturevalue("database").dsn} if store == "postgres" else {}
    return Settings.read({**RAISED, **files, **url, "ORDERWRIGHT_PUBLIC_URL": PUBLIC_URL, "ORDERWRIGHT_SIGNUP": "open"})


@pytest.fixture(scope="session")
def quick() -> Provider:
    provider = Provider(scope=Scope.APP)
    provider.provide(PlainPasswords, provides=Passwords, override=True)
    return provider


@pytest.fixture(scope="session")
def container(settings: Settings, quick: Provider, store: StoreName) -> AsyncContainer:
    return container_of(settings, quick, store=store)


@pytest.fixture(scope="session")
def app(container: AsyncContainer, settings: Settings) -> Litestar:
    return create_app(container, settings)


@pytest.fixture(scope="session")
async def client(
    app: Litestar, container: AsyncContainer, store: StoreName
) -> AsyncIterator[AsyncTestClient[Litestar]]:
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        client.event_hooks = {"request": [], "response": [Contract(app)]}
        yield client
        if store == "memory":
            check_memory(await container.get(MemoryStore))


@pytest.fixture
async def house(client: AsyncTestClient[Litestar], container: AsyncContainer) -> House:
    return await House.found(client, container)
