"""The use cases as they are wired, over a memory store of their own."""

import pytest
from dishka import AsyncContainer

from adapters.jwt import new_signing_key
from entrypoints.container import container_of
from entrypoints.keys import new_master_key
from entrypoints.settings import Settings
from tests.limits import SIMULATED


@pytest.fixture(scope="session")
def container() -> AsyncContainer:
    keys = {"ORDERWRIGHT_MASTER_KEY": new_master_key(), "ORDERWRIGHT_SIGNING_KEY": new_signing_key()}
    return container_of(Settings.read({**keys, **SIMULATED}), store="memory")
