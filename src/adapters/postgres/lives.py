"""Made-up products, customers and lives of orders, made by the domain: chance decides who buys what, and what becomes
of it."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.records.carried_out import CarriedOut
from adapters.records.changes import Changes
from adapters.records.customer_records import customer_changes
from adapters.records.order_records import order_changes
from adapters.records.product_records import product_changes
from adapters.records.stamp import Stamp
from adapters.records.stencils import Marks, Stencil, id_at, milliseconds
from application.shared.caller import Caller, Principal, PrincipalKind
from domain.address import Address
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.ids import AdjustmentId, CustomerId, LineId, OrderId, ProductId, ReturnId, ShipmentId
from domain.ordering.basket import Basket
from domain.ordering.draft import Draft, Item
from domain.ordering.facts import Buyer, Offer
from domain.ordering.number import BITS, order_number
from domain.ordering.order import CancelledBy, Order
from domain.ordering.policy import MAX_HOURS, Policy
from domain.shared.money import Currency, Money

STOCK: Final = 10_000_000
"""Units on hand of every made-up product: nothing runs short."""

LONGEST: Final = timedelta(minutes=600)
"""Between two things that happen to an order."""

PATIENT: Final = Policy(auto_cancel_after_hours=MAX_HOURS)
"""An order that is pending stays so: it has not expired before it is written."""

Fate = tuple[str, ...]

FATES: Final[tuple[Fate, ...]] = (
    ("confirm", "ship", "deliver"),
    ("confirm", "ship", "deliver"),
    ("confirm", "ship", "deliver", "return"),
    ("confirm", "ship"),
    ("confirm",),
    ("confirm", "cancel"),
    ("cancel",),
    (),
)
"""What may become of orders."""

LIFETIME: Final = LONGEST * max(map(len, FATES))
"""No order lives longer."""


class Ids:
    """Implements IdFactory: ids of the instant `at`, as chance would have them, each remembered in `made`."""

    def __init__(self, at: datetime, chance: random.Random) -> None:
        self.at = at
        self.made: list[UUID] = []
        self._chance = chance

    def __call__(self) -> UUID:
        self.made.append(id_at(milliseconds(self.at), self._chance))
        return self.made[-1]


@dataclass(slots=True)
class Lives:
    """What happens in one organization from the instant `at` on. The same `chance` makes the same."""

    organization: UUID
    currency: Currency
    at: datetime
    chance: random.Random
    _ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self._ids = Ids(self.at, self.chance)

    def product(self, sku: str) -> tuple[Offer, Changes]:
        """Return a product as it is offered, and what it takes to make it."""
        price = Money(self.chance.randrange(1_000, 20_000), self.currency)
        product = Product.create(
            ProductId(self._ids()), sku=sku, name=f"Product {sku}", unit_price=price, at=self.at
        ).adjust(AdjustmentId(self._ids()), change=STOCK, reason=AdjustmentReason.RECEIVED, note=None, at=self.at)
        offer = Offer(
            id=product.id, sku=sku, name=product.name, unit_price=price, archived=False, available=product.stock.on_hand
        )
        return offer, product_changes(product, None, self._stamp)

    def customer(self, name: str, email: str) -> tuple[Buyer, Changes]:
        """Return a customer as a buyer, and what it takes to make it."""
        customer = Customer.register(CustomerId(self._ids()), email=email, name=name, shipping_address=None, at=self.at)
        return Buyer(id=customer.id, suspended=False), customer_changes(customer, None, self._stamp)

    def order(self, basket: Basket, fate: Fate) -> Stencil:
        """Live one order's life, and return the stencil of all its rows."""
        return Stencil(*self.lived(basket, fate))

    def lived(self, basket: Basket, fate: Fate) -> tuple[CarriedOut, Marks, list[UUID]]:
        """Return what one order's life left behind, what marks it, and the ids that were made for it."""
        self._ids.at, self._ids.made = self.at, []
        placed = self._placed(basket)
        steps = [order_changes(placed, None, self._stamp)]
        order = replace(placed, events=())
        for verb in fate:
            after = self._acted(order, verb)
            steps.append(order_changes(after, order, self._stamp))
            order = replace(after, events=())
        marks = Marks(at=placed.created_at, number=placed.number, owner=placed.customer_id)
        return CarriedOut.of(steps), marks, self._ids.made

    def _placed(self, basket: Basket) -> Order:
        assert basket.buyer is not None  # noqa: S101 - whoever fills a basket says for whom
        chosen = self.chance.sample(tuple(basket.offers), k=min(3, len(basket.offers)))
        draft = Draft(
            id=OrderId(self._ids()),
            number=order_number(self.chance.getrandbits(BITS)),
            customer_id=basket.buyer.id,
            items=tuple(
                Item(line_id=LineId(self._ids()), product_id=product, quantity=self.chance.randint(1, 5))
                for product in chosen
            ),
            shipping_address=Address(
                name="Ada Seed", line1="1 Main Street", city="Ghent", postal_code="9000", country="BE"
            ),
        )
        return basket.place(draft, at=self.at)

    def _acted(self, order: Order, verb: str) -> Order:
        at = order.updated_at + LONGEST * self.chance.random()
        self._ids.at = at
        match verb:
            case "confirm":
                return order.confirm(at=at, payment_method="pm_ok")
            case "cancel":
                return order.cancel(at=at, by=CancelledBy.MEMBER, reason=None)
            case "ship":
                return order.ship(ShipmentId(self._ids()), at=at, carrier="DHL", tracking_number=None)
            case "deliver":
                return order.deliver(at=at)
            case _:
                return order.send_back(ReturnId(self._ids()), at=at, reason=None)

    @property
    def _stamp(self) -> Stamp:
        seeder = Principal(PrincipalKind.SYSTEM, id=None, role=None)
        caller = Caller(organization=self.organization, principal=seeder, request_id="seeding")
        return Stamp(caller, self._ids, salt=lambda: "nobody is made up twice")
