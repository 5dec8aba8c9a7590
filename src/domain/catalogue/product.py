"""A product and its stock. `version` counts changes of what the catalogue says; stock moves without it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, TypedDict, Unpack

from domain.catalogue.events import ProductChanged, ProductEvent, StockAdjusted
from domain.ids import AdjustmentId, ProductId
from domain.shared.money import Money
from domain.stock import MAX_STOCK, Cause, InventoryInsufficient, Move, Shortage, Stock


class ProductStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"


class AdjustmentReason(StrEnum):
    """Why a member changes what is on hand."""

    RECEIVED = "received"
    CORRECTION = "correction"
    DAMAGED = "damaged"
    RETURNED = "returned"


class ProductChange(TypedDict, total=False):
    """What the catalogue says from now on; what is left out stays as it is.

    The price is in minor units of the currency that the product has. That one is fixed: an amount means nothing without
    it, and an order that was looked at in one currency would be placed in another.
    """

    sku: str
    name: str
    unit_price: int
    status: ProductStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product as it is, and the `events` that made it so since it was read."""

    id: ProductId
    sku: str
    name: str
    unit_price: Money
    status: ProductStatus = ProductStatus.ACTIVE
    stock: Stock = field(default_factory=Stock)
    created_at: datetime
    updated_at: datetime
    version: int = 1
    events: tuple[ProductEvent, ...] = ()

    @classmethod
    def create(cls, id: ProductId, *, sku: str, name: str, unit_price: Money, at: datetime) -> Self:
        """Return a new active product of which there is nothing in stock."""
        return cls(
            id=id,
            sku=sku,
            name=name,
            unit_price=unit_price,
            created_at=at,
            updated_at=at,
            events=(ProductChanged(product_id=id, at=at),),
        )

    def change(self, *, at: datetime, **said: Unpack[ProductChange]) -> Self:
        """Say something new of it. What is said already changes nothing: no version, no event.

        An archived product can be changed like any other, and brought back by its status.
        """
        price = Money(said.get("unit_price", self.unit_price.amount), self.unit_price.currency)
        facts: dict[str, Any] = {**said, "unit_price": price}
        changed = replace(self, **facts)
        if changed == self:
            return self
        event = ProductChanged(product_id=self.id, at=at)
        return replace(changed, updated_at=at, version=self.version + 1, events=(*self.events, event))

    def archive(self, *, at: datetime) -> Self:
        """Sell it no longer: what was ordered stays ordered, and its SKU is free. (Archived already: no change.)"""
        return self.change(at=at, status=ProductStatus.ARCHIVED)

    def adjust(
        self, id: AdjustmentId, *, change: int, reason: AdjustmentReason, note: str | None, at: datetime
    ) -> Self:
        """Put `change` more units on hand (fewer, when negative).

        Raises: InventoryInsufficient, when fewer would be left than orders have reserved, or more than `MAX_STOCK`;
        ValueError, for no change at all.
        """
        if change == 0:
            raise ValueError("an adjustment changes something")
        on_hand = self.stock.on_hand + change
        if not self.stock.reserved <= on_hand <= MAX_STOCK:
            room = self.stock.available if change < 0 else MAX_STOCK - self.stock.on_hand
            raise InventoryInsufficient([Shortage(self.id, requested=abs(change), available=room)])
        moves = (Move(product=self.id, cause=Cause(reason), on_hand=change),)
        event = StockAdjusted(
            product_id=self.id, adjustment_id=id, change=change, reason=reason, note=note, moves=moves, at=at
        )
        return replace(self, stock=replace(self.stock, on_hand=on_hand), events=(*self.events, event))
