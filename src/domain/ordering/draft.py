"""An order that somebody would like to place: nothing is promised yet."""

from dataclasses import dataclass
from typing import Final

from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId
from domain.ordering.number import OrderNumber

MAX_QUANTITY: Final = 999
"""Units in one item, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`quantity` (1 … 999) units of one product are wanted; `line_id` will be the id of their line.

    Raises: ValueError, for any other quantity.
    """

    line_id: LineId
    product_id: ProductId
    quantity: int

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MAX_QUANTITY:
            raise ValueError(f"an item is 1 … {MAX_QUANTITY} units, not {self.quantity}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An order that somebody would like to place. Raises: ValueError, when nothing is wanted."""

    id: OrderId
    number: OrderNumber
    customer_id: CustomerId
    items: tuple[Item, ...]
    shipping_address: Address
    note: str | None = None
    external_reference: str | None = None

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("an order has at least one item")
