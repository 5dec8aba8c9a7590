"""A basket: what was true when we looked, and that turns a draft into a quote, and into an order."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ids import ProductId
from domain.ordering.draft import Draft, Item
from domain.ordering.events import OrderPlaced
from domain.ordering.facts import Facts
from domain.ordering.lifecycle import LIFECYCLE
from domain.ordering.line import Line
from domain.ordering.order import Order
from domain.ordering.quote import Quote, ShortItem
from domain.ordering.rules import broken_rules, worth
from domain.shared.money import AmountOutOfRange, Money
from domain.stock import Cause, InventoryInsufficient, Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket(Facts):
    """Facts, and the decision that they lead to."""

    def place(self, draft: Draft, *, at: datetime) -> Order:
        """Turn the draft into a pending order that reserves its stock, at today's prices.

        Raises: RulesBroken, with all broken rules; then InventoryInsufficient, with all short products.
        """
        quote = self.quote(draft)
        quote.check()
        lines = quote.lines
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

    def quote(self, draft: Draft) -> Quote:
        """Return what the draft comes to, and everything that stands against it: what `place` decides by."""
        return Quote(
            lines=tuple(self._line(item) for item in draft.items if item.product_id in self.offers),
            total=self._total(draft),
            broken=tuple(broken_rules(self, draft)),
            short=tuple(self._short(draft)),
        )

    def _total(self, draft: Draft) -> Money | None:
        try:
            return worth(self, draft)
        except AmountOutOfRange:
            return None

    def _short(self, draft: Draft) -> Iterator[ShortItem]:
        """Yield the first item of each product that is for sale, but not in the units that all its items want."""
        wanted: dict[ProductId, tuple[int, int]] = {}
        for i, item in enumerate(draft.items):
            first, units = wanted.get(item.product_id, (i, 0))
            wanted[item.product_id] = first, units + item.quantity
        for product, (first, units) in wanted.items():
            offer = self.offers.get(product)
            if offer and not offer.archived and units > offer.available:
                message = f"{units} of {offer.name} asked for, {offer.available} available."
                pointer = f"/items/{first}/quantity"
                yield ShortItem(pointer, InventoryInsufficient.slug, message, product, units, offer.available)

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
