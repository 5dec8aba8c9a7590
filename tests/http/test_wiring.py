"""One page wires everything, and a test swaps an adapter by overriding its row."""

from dataclasses import replace
from typing import get_type_hints

import pytest
from dishka import AsyncContainer, Provider, Scope
from dishka.exceptions import ImplicitOverrideDetectedError

from application.identity.ports import Passwords
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler
from application.shared.answering import Answering
from application.shared.ports import Clock
from domain.ordering.order import Order
from entrypoints.container import COMMANDS, QUERIES, StoreName, container_of, warmed
from entrypoints.settings import Settings
from tests.http.house import PlainPasswords


@pytest.fixture(params=["memory", "postgres"])
def alone(settings: Settings, request: pytest.FixtureRequest) -> AsyncContainer:
    """A container of its own, over each store; PostgreSQL's watches revocations, so it needs the database."""
    store: StoreName = request.param
    url = request.getfixturevalue("database").dsn if store == "postgres" else None
    return container_of(replace(settings, database_url=url), store=store)


async def test_everything_that_http_asks_for_can_be_made(alone: AsyncContainer) -> None:
    await warmed(alone)
    await alone.close()


async def test_a_command_comes_with_reruns(container: AsyncContainer) -> None:
    place = await container.get(Answering[PlaceOrder, Order])
    assert isinstance(place, Answering)
    assert isinstance(place.use_case, PlaceOrderHandler)
    assert await container.get(Answering[PlaceOrder, Order]) is place


async def test_an_adapter_is_swapped_by_its_port(container: AsyncContainer) -> None:
    assert isinstance(await container.get(Passwords), PlainPasswords)


def test_a_swap_says_that_it_is_one(settings: Settings) -> None:
    accident = Provider(scope=Scope.APP)
    accident.provide(PlainPasswords, provides=Passwords)
    with pytest.raises(ImplicitOverrideDetectedError):
        container_of(settings, accident, store="memory")


async def test_the_clock_is_one(container: AsyncContainer) -> None:
    assert await container.get(Clock) is await container.get(Clock)


def test_every_use_case_takes_one_thing_and_says_what_it_returns() -> None:
    for handler in (*COMMANDS, *QUERIES):
        hints = get_type_hints(handler.__call__)
        assert len(hints) == 2, handler
        assert "return" in hints
