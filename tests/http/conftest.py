"""The whole app over the memory store, and an organization of its own for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dishka import AsyncContainer, Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

from application.identity.ports import Passwords
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.http.house import PUBLIC_URL, Contract, House, PlainPasswords


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    keys: Path = tmp_path_factory.mktemp("keys")
    files = {f"{name}_FILE": str(file) for name, file in make_keys(keys).items()}
    return Settings.read({**files, "ORDERWRIGHT_PUBLIC_URL": PUBLIC_URL, "ORDERWRIGHT_SIGNUP": "open"})


@pytest.fixture(scope="session")
def quick() -> Provider:
    provider = Provider(scope=Scope.APP)
    provider.provide(PlainPasswords, provides=Passwords, override=True)
    return provider


@pytest.fixture(scope="session")
def container(settings: Settings, quick: Provider) -> AsyncContainer:
    return container_of(settings, quick, store="memory")


@pytest.fixture(scope="session")
def app(container: AsyncContainer, settings: Settings) -> Litestar:
    return create_app(container, settings)


@pytest.fixture(scope="session")
async def client(app: Litestar) -> AsyncIterator[AsyncTestClient[Litestar]]:
    async with AsyncTestClient(app, base_url="http://testserver.local") as client:
        client.event_hooks = {"request": [], "response": [Contract(app)]}
        yield client


@pytest.fixture
async def house(client: AsyncTestClient[Litestar], container: AsyncContainer) -> House:
    return await House.found(client, container)
