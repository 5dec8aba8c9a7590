"""The policy of an organization as it is shown."""

from dataclasses import asdict, dataclass
from typing import Self

from domain.ordering.policy import StandingPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """The value is in minor units of an order's currency."""

    max_items_per_order: int
    minimum_order_value: int
    auto_cancel_after_hours: int
    version: int

    @classmethod
    def of(cls, standing: StandingPolicy) -> Self:
        return cls(**asdict(standing.policy), version=standing.version)
