"""A basket: everything that was true when we looked, and that decides whether an order may be placed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId
from domain.ordering.events import OrderPlaced
from domain.ordering.lifecycle import LIFECYCLE
from domain.ordering.number import OrderNumber
from domain.ordering.order import Line, Order
from domain.ordering.rules import check_rules
from domain.shared.money import Money
from domain.stock import Cause, InventoryInsufficient, Move, Shortage

MAX_QUANTITY: Final = 999
"""Units in one item, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organization demands of its orders. The value is in minor units of the order's currency."""

    max_items_per_order: int = 10
    minimum_order_value: int = 1000
    auto_cancel_after_hours: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A customer, as far as an order cares."""

    id: CustomerId
    suspended: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """The buyer (None: there is no such customer), the offers that exist among those asked for, and the policy."""

    buyer: Buyer | None
    offers: Mapping[ProductId, Offer]
    policy: Policy = field(default_factory=Policy)

    def place(self, draft: Draft, *, at: datetime) -> Order:
        """Turn the draft into a pending order that reserves its stock, at today's prices.

        Raises: RulesBroken, with all broken rules; then InventoryInsufficient, with all short products.
        """
        check_rules(self, draft)
        self._check_stock(draft)
        lines = tuple(self._line(item) for item in draft.items)
        reserved = tuple(Move(product=li.product_id, cause=Cause.RESERVED, reserved=li.quantity) for li in lines)
        return Order(
            id=draft.id,
            number=draft.number,
            external_reference=draft.external_reference,
            customer_id=draft.customer_id,
            state=LIFECYCLE.initial,
            currency=lines[0].unit_price.currency,
            lines=lines,
            shipping_address=draft.shipping_address,
            note=draft.note,
            expires_at=at + timedelta(hours=self.policy.auto_cancel_after_hours),
            created_at=at,
            updated_at=at,
            events=(OrderPlaced(order_id=draft.id, moves=reserved, at=at),),
        )

    def _check_stock(self, draft: Draft) -> None:
        shortages = [
            Shortage(item.product_id, requested=item.quantity, available=self.offers[item.product_id].available)
            for item in draft.items
            if item.quantity > self.offers[item.product_id].available
        ]
        if shortages:
            raise InventoryInsufficient(shortages)

    def _line(self, item: Item) -> Line:
        offer = self.offers[item.product_id]
        return Line(
            id=item.line_id,
            product_id=offer.id,
            sku=offer.sku,
            name=offer.name,
            unit_price=offer.unit_price,
            quantity=item.quantity,
        )
