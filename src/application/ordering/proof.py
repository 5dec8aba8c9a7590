"""The proof of an order: every invariant of it, recomputed."""

from dataclasses import dataclass

from application.shared.invariants import Check
from domain.ids import CustomerId, OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderProof:
    """What the order's invariants say, all of one instant."""

    id: OrderId
    customer_id: CustomerId
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)
