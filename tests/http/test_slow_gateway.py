"""A gateway has two seconds to answer; then nobody knows, and the client is told so."""

import asyncio
from time import monotonic

from dishka import Provider, Scope
from litestar.testing import AsyncTestClient

from application.ordering.paying import PATIENCE
from application.ordering.ports import Gateway, Instruction
from domain.ordering.payment import Told
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.http.house import House, problem


class Silent:
    """Implements Gateway, and never answers."""

    async def carry_out(self, instruction: Instruction) -> Told:
        await asyncio.sleep(60 * len(instruction.key))
        raise AssertionError("nobody waits so long")

    async def look_up(self, instruction: Instruction) -> Told | None:
        return await self.carry_out(instruction)


async def test_after_two_seconds_nobody_waits_for_a_gateway(settings: Settings, quick: Provider) -> None:
    assert PATIENCE == 2.0
    silent = Provider(scope=Scope.APP)
    silent.provide(Silent, provides=Gateway, override=True)
    container = container_of(settings, quick, silent, store="memory")
    async with AsyncTestClient(create_app(container, settings), base_url="http://testserver.local") as client:
        house = await House.found(client, container)
        order = await house.order()
        began = monotonic()
        answer = await house.post(f"/v1/orders/{order['id']}/confirm", {"paymentMethod": "pm_ok"})
        assert 2.0 <= monotonic() - began < 5.0
        problem(answer, "payment-outcome-unknown")
