"""What decides whether an order may be placed: policy, buyer and offers, as they were when we looked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import CustomerId, ProductId
from domain.ordering.policy import Policy
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A customer, as far as an order cares."""

    id: CustomerId
    suspended: bool
    erased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A product, as far as an order cares."""

    id: ProductId
    sku: str
    name: str
    unit_price: Money
    archived: bool
    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The buyer (None: there is no such customer), the offers that exist among those asked for, and the policy."""

    buyer: Buyer | None
    offers: Mapping[ProductId, Offer]
    policy: Policy = field(default_factory=Policy)
