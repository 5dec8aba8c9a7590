"""Who is a sandbox plays, who is none pays; and nobody is asked twice which it is."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from adapters.payments import MemoryLedger, RoutingGateway, SimulatedGateway
from adapters.system import SystemClock
from domain.ordering.payment import Verb
from tests.adapters.test_stripe import to

SANDBOX, SHOP = UUID(int=1), UUID(int=2)


@dataclass
class Founded:
    asked: list[UUID] = field(default_factory=list)

    async def is_sandbox(self, organization: UUID) -> bool:
        self.asked.append(organization)
        return organization == SANDBOX


async def test_a_sandbox_never_meets_the_real_gateway() -> None:
    real, simulated, founded = MemoryLedger(), MemoryLedger(), Founded()
    clock = SystemClock()
    gateway = RoutingGateway(SimulatedGateway(real, clock), SimulatedGateway(simulated, clock), founded)
    for organization in (SANDBOX, SHOP, SANDBOX):
        instruction = replace(to(Verb.AUTHORIZE), organization=organization, key=str(organization))
        await gateway.carry_out(instruction)
        assert await gateway.look_up(instruction)
    assert (list(real.entries), list(simulated.entries)) == ([str(SHOP)], [str(SANDBOX)])
    assert founded.asked == [SANDBOX, SHOP]
