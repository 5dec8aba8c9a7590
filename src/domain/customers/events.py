"""What happens to customers."""

from dataclasses import dataclass
from typing import ClassVar

from domain.ids import CustomerId
from domain.shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """We know something new of a customer (the first thing included)."""

    type: ClassVar[str] = "customer.changed"

    customer_id: CustomerId
