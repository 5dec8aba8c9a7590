"""A basket: what was true when we looked, and that turns a draft into an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ordering.draft import Draft, Item
from domain.ordering.events import OrderPlaced
from domain.ordering.facts import Facts
from domain.ordering.lifecycle import LIFECYCLE
from domain.ordering.order import Line, Order
from domain.ordering.rules import check_rules
from domain.stock import Cause, InventoryInsufficient, Move, Shortage


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket(Facts):
    """Facts, and the decision that they lead to."""

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
