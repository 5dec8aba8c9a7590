"""Dry runs of what can be done with orders: the answer of the real thing, and not a trace, on every store."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from application.ordering.order_view import OrderView
from domain.ids import OrderId
from domain.shared.errors import IllegalTransition, Refused, RulesBroken, Taken
from domain.stock import InventoryInsufficient
from tests.contract.audit import audit
from tests.contract.house import House
from tests.trials import trials

ACTIONS: Final = {
    "confirm": ((), "confirmed"),
    "cancel": (("confirm",), "cancelled"),
    "ship": (("confirm",), "shipped"),
    "deliver": (("confirm", "ship"), "delivered"),
    "send_back": (("confirm", "ship", "deliver"), "returned"),
}
"""What comes before each action, and where it leads."""


async def led(house: House, *path: str) -> OrderId:
    order = await house.place(await house.customer(), (await house.product(stock=5), 2), (await house.product(5), 1))
    for verb in path:
        await getattr(house, verb)(order.id)
    return order.id


async def shown(house: House, order: OrderId) -> OrderView:
    return await house.backend.orders.get(house.caller.organization, order)


@pytest.mark.parametrize("verb", ACTIONS)
async def test_an_action_says_what_it_would_lead_to(house: House, verb: str) -> None:
    path, state = ACTIONS[verb]
    order = await led(house, *path)
    before, stands = await house.everything(), await shown(house, order)
    tried = OrderView.of(await getattr(house.dry, verb)(order))
    assert await house.everything() == before
    assert await shown(house, order) == stands
    assert tried.status == state
    assert tried.version > stands.version
    done = OrderView.of(await getattr(house, verb)(order))
    assert (tried.status, tried.lines, tried.total, tried.version, tried.updated_at) == (
        done.status,
        done.lines,
        done.total,
        done.version,
        done.updated_at,
    )


@pytest.mark.parametrize("verb", ACTIONS)
async def test_an_action_that_would_be_refused_is(house: House, verb: str) -> None:
    order = await led(house, "cancel")
    before = await house.everything()
    with pytest.raises(IllegalTransition) as tried:
        await getattr(house.dry, verb)(order)
    assert await house.everything() == before
    with pytest.raises(IllegalTransition) as done:
        await getattr(house, verb)(order)
    assert str(tried.value) == str(done.value)


async def test_placing_is_refused_as_it_would_be(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=5)
    await house.place(customer, (product, 1), external_reference="PO-1")
    attempts: dict[type[Refused], Callable[[House], Awaitable[Any]]] = {
        RulesBroken: lambda house: house.place(customer, (product, 1), (product, 1)),
        InventoryInsufficient: lambda house: house.place(customer, (product, 5)),
        Taken: lambda house: house.place(customer, (product, 1), external_reference="PO-1"),
    }
    before = await house.everything()
    for refusal, attempt in attempts.items():
        for one in (house.dry, house):
            with pytest.raises(refusal):
                await attempt(one)
            assert await house.everything() == before


async def test_rehearsals_disturb_nobody_who_means_it(house: House) -> None:
    """They race the real ones, for stock that is just enough: nothing is oversold, and nothing refused for them."""
    customer = await house.customer()
    for _ in range(trials(200, 4)):
        product = await house.product(stock=6)
        outcomes = await asyncio.gather(
            *(one.place(customer, (product, 2)) for one in (house, house.dry, house, house.dry, house)),
            return_exceptions=True,
        )
        assert not any(isinstance(outcome, BaseException) for outcome in outcomes[::2]), outcomes
        assert all(isinstance(o, InventoryInsufficient) for o in outcomes[1::2] if isinstance(o, BaseException))
        assert await house.counters(product.id) == (6, 6)
    await audit(house.backend, house.caller.organization)
