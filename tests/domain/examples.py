"""Small things by hand for the facts that are pinned: one buyer, numbered products, euros."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId, ReturnId, ShipmentId
from domain.ordering.basket import Basket
from domain.ordering.draft import Draft, Item
from domain.ordering.facts import Buyer, Offer
from domain.ordering.number import order_number
from domain.ordering.order import CancelledBy, Order
from domain.ordering.policy import Policy
from domain.shared.money import Currency, Money

NOW: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
BUYER: Final = Buyer(id=CustomerId(UUID(int=0xC)), suspended=False)
EUR: Final = Currency("EUR")
SHIPMENT: Final = ShipmentId(UUID(int=0x5))
RETURN: Final = ReturnId(UUID(int=0x6))

ACTIONS: Final = {
    "confirm": lambda order: order.confirm(at=NOW, payment_method="pm_ok"),
    "cancel": lambda order: order.cancel(at=NOW, by=CancelledBy.MEMBER, reason="too late"),
    "ship": lambda order: order.ship(SHIPMENT, at=NOW, carrier=None, tracking_number=None),
    "deliver": lambda order: order.deliver(at=NOW),
    "send_back": lambda order: order.send_back(RETURN, at=NOW, reason=None),
}


def product(n: int) -> ProductId:
    return ProductId(UUID(int=0x1000 + n))


def offer(n: int, price: int = 1000, currency: str = "EUR", *, archived: bool = False, available: int = 999) -> Offer:
    return Offer(
        id=product(n),
        sku=f"SKU-{n}",
        name=f"Product {n}",
        unit_price=Money(price, Currency(currency)),
        archived=archived,
        available=available,
    )


def basket(*offers: Offer, buyer: Buyer | None = BUYER, policy: Policy | None = None) -> Basket:
    return Basket(buyer=buyer, offers={o.id: o for o in offers}, policy=policy or Policy())


def draft(*wanted: tuple[int, int]) -> Draft:
    """A draft of `(number of the product, quantity)`; of one unit of product 1, when nothing is said."""
    return Draft(
        id=OrderId(UUID(int=0xD)),
        number=order_number(1234),
        customer_id=BUYER.id,
        items=tuple(
            Item(line_id=LineId(UUID(int=0x2000 + i)), product_id=product(n), quantity=quantity)
            for i, (n, quantity) in enumerate(wanted or ((1, 1),))
        ),
        shipping_address=Address(name="Ada", line1="1 Main Street", city="Berlin", postal_code="10115", country="DE"),
    )


def an_order(*path: str) -> Order:
    """An order of 2 × product 1 and 3 × product 2, after the actions of `path`."""
    order = basket(offer(1, 1000), offer(2, 500)).place(draft((1, 2), (2, 3)), at=NOW)
    for action in path:
        order = ACTIONS[action](order)
    return order
