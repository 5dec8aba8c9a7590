"""What an organization demands of its orders, and how it changes its mind."""

from dataclasses import dataclass, fields, replace
from typing import Final, Self, TypedDict, Unpack

from domain.ids import OrganizationId
from domain.shared.money import MAX_AMOUNT

MAX_ITEMS: Final = 100
"""Items in one order, at most, whatever the policy."""

MAX_HOURS: Final = 8760
"""The longest that an order may wait to be confirmed: a year."""

BOUNDS: Final = {
    "max_items_per_order": (1, MAX_ITEMS),
    "minimum_order_value": (0, MAX_AMOUNT),
    "auto_cancel_after_hours": (1, MAX_HOURS),
}
"""The least and the most of each demand. The contract and the database keep to them, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organization demands of its orders. The value is in minor units of the order's currency.

    Raises: ValueError, for what is out of `BOUNDS`.
    """

    max_items_per_order: int = 10
    minimum_order_value: int = 1000
    auto_cancel_after_hours: int = 24

    def __post_init__(self) -> None:
        for demand in fields(self):
            (least, most), value = BOUNDS[demand.name], getattr(self, demand.name)
            if not least <= value <= most:
                raise ValueError(f"{demand.name} is {least} … {most}, not {value}")


class PolicyChange(TypedDict, total=False):
    """What is demanded from now on; what is left out stays as it is."""

    max_items_per_order: int
    minimum_order_value: int
    auto_cancel_after_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPolicy:
    """The policy that stands in an organization. Every change adds 1 to `version`, which is the organization's own."""

    id: OrganizationId
    policy: Policy
    version: int = 1

    def change(self, **said: Unpack[PolicyChange]) -> Self:
        """Demand something else of the orders to come. What is demanded already changes nothing: no version.

        Raises: ValueError, for what is out of `BOUNDS`.
        """
        policy = replace(self.policy, **said)
        return self if policy == self.policy else replace(self, policy=policy, version=self.version + 1)
