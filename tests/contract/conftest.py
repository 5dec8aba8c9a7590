"""One suite, every store: each test takes `backend` or a `house` in it, and none names a technology."""

from collections.abc import AsyncIterator

import pytest

from adapters.postgres import Pooler
from tests.adapters.postgres.pooler import TransactionPooler
from tests.books import check_memory
from tests.contract.audit import audit
from tests.contract.backend import START, Backend, MemoryBackend
from tests.contract.house import House
from tests.contract.postgres_backend import postgres_backend
from tests.people import People
from tests.postgres import Database, database, server

__all__ = ["database", "server"]


@pytest.fixture(params=["memory", "postgres", "pooled"], scope="session")
def _kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def _database(request: pytest.FixtureRequest, _kind: str) -> Database | None:
    """A server is started only for those who ask for one."""
    wanted: Database | None = request.getfixturevalue("database") if _kind != "memory" else None
    return wanted


@pytest.fixture(scope="session")
async def _store(_kind: str, _database: Database | None) -> AsyncIterator[Backend]:
    if _database is None:
        backend = MemoryBackend()
        yield backend
        check_memory(backend.store)
    elif _kind == "pooled":
        async with (
            TransactionPooler.to(_database, sessions=4) as pooler,
            postgres_backend(_database, pooler.dsn, Pooler.TRANSACTION) as backend,
        ):
            yield backend
    else:
        async with postgres_backend(_database) as backend:
            yield backend


@pytest.fixture
def backend(_store: Backend) -> Backend:
    """The store, with its clock at `START`. Others have used it: whatever a test wants, it makes in its own house."""
    _store.clock.instant = START
    return _store


@pytest.fixture
async def house(backend: Backend) -> AsyncIterator[House]:
    """A new organization. When the test is over, its books must balance."""
    house = await House.found(backend, sandbox=True)
    yield house
    await audit(backend, house.caller.organization)


@pytest.fixture
async def other_house(backend: Backend) -> AsyncIterator[House]:
    """Another organization in the same store."""
    house = await House.found(backend)
    yield house
    await audit(backend, house.caller.organization)


@pytest.fixture
def people(house: House) -> People:
    """Who is in the house."""
    return house.people
