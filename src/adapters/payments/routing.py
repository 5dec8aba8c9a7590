"""Which gateway: a sandbox plays with simulated money, always; whoever is no sandbox has the house's gateway."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from application.ordering.ports import Gateway, Instruction
from domain.ordering.payment import Told


class Sandboxes(Protocol):
    async def is_sandbox(self, organization: UUID) -> bool:
        """Raises: OrganizationMissing."""


@dataclass(frozen=True, slots=True)
class RoutingGateway:
    """What an organization was founded as, it stays: so it is asked for once."""

    real: Gateway
    simulated: Gateway
    sandboxes: Sandboxes
    _known: dict[UUID, Gateway] = field(init=False, repr=False, default_factory=dict)

    async def carry_out(self, instruction: Instruction) -> Told:
        return await (await self._of(instruction.organization)).carry_out(instruction)

    async def look_up(self, instruction: Instruction) -> Told | None:
        return await (await self._of(instruction.organization)).look_up(instruction)

    async def _of(self, organization: UUID) -> Gateway:
        known = self._known.get(organization)
        if known is None:
            sandbox = await self.sandboxes.is_sandbox(organization)
            known = self._known[organization] = self.simulated if sandbox else self.real
        return known
