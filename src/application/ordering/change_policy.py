"""Demand something else of the orders to come. Orders that stand keep what they were placed under."""

from dataclasses import dataclass

from application.ordering.ports import BeginOrdering
from application.shared.caller import Caller
from domain.ordering.policy import PolicyChange, StandingPolicy
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy:
    caller: Caller
    change: PolicyChange
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangePolicyHandler:
    """Raises: StaleVersion."""

    begin: BeginOrdering

    async def __call__(self, command: ChangePolicy) -> StandingPolicy:
        async with self.begin(command.caller) as work:
            before = await work.policies.get()
            check_version(expected=command.expected_version, actual=before.version)
            standing = before.change(**command.change)
            if standing is before:
                return before
            work.policies.save(standing)
            return await work.commit(standing)
