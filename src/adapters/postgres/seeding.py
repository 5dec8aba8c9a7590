"""Many orders at once, for trying things at size: made by the domain, written in batches, true to every invariant."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.postgres.flush import Flushed, flush
from adapters.postgres.tenant_pool import TenantPool
from adapters.records.changes import Changes
from adapters.records.customer_records import customer_changes
from adapters.records.order_records import order_changes
from adapters.records.product_records import product_changes
from adapters.records.stamp import Stamp
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.ports import IdFactory
from domain.address import Address
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.ids import AdjustmentId, CustomerId, LineId, OrderId, ProductId, ReturnId, ShipmentId
from domain.ordering.basket import Basket
from domain.ordering.draft import Draft, Item
from domain.ordering.facts import Buyer, Offer
from domain.ordering.number import BITS, order_number
from domain.ordering.order import CancelledBy, Order
from domain.shared.money import Currency, Money

BATCH: Final = 250
"""Orders in one statement."""

STOCK: Final = 10_000_000
"""Units on hand of every seeded product: nothing runs short."""

SPREAD: Final = timedelta(days=365)
"""How far back the oldest seeded order lies."""

FATES: Final = (
    ("confirm", "ship", "deliver"),
    ("confirm", "ship", "deliver"),
    ("confirm", "ship", "deliver", "return"),
    ("confirm", "ship"),
    ("confirm",),
    ("confirm", "cancel"),
    ("cancel",),
    (),
)
"""What becomes of orders, each as likely as the next."""


@dataclass(frozen=True, slots=True)
class Seeder:
    """Fills one organization; `chance` decides who buys what, when, and what becomes of it."""

    pool: TenantPool
    organization: UUID
    currency: Currency
    new_id: IdFactory
    now: datetime
    chance: random.Random

    async def seed(self, orders: int, progress: Callable[[int], None], *, products: int, customers: int) -> None:
        """Write products, customers and orders; `progress` hears of the size of every batch of orders."""
        tag = f"{self.chance.getrandbits(40):010x}"
        basket = Basket(buyer=None, offers={offer.id: offer for offer in await self._products(tag, products)})
        buyers = await self._customers(tag, customers)
        for start in range(0, orders, BATCH):
            size = min(BATCH, orders - start)
            await self._batch([self._order(basket, self.chance.choice(buyers)) for _ in range(size)])
            progress(size)

    async def _batch(self, placed: list[Order]) -> None:
        await self._write(order_changes(order, None, self._stamp) for order in placed)
        fates = [(replace(order, events=()), self.chance.choice(FATES)) for order in placed]
        for step in range(max(map(len, FATES))):
            moved = [(order, self._act(order, fate[step])) for order, fate in fates if len(fate) > step]
            await self._write(order_changes(after, before, self._stamp) for before, after in moved)
            settled = {after.id: replace(after, events=()) for _, after in moved}
            fates = [(settled.get(order.id, order), fate) for order, fate in fates]

    async def _products(self, tag: str, count: int) -> list[Offer]:
        products = [self._product(f"{tag}-{i}") for i in range(count)]
        for start in range(0, count, BATCH):
            batch = products[start : start + BATCH]
            await self._write(product_changes(product, None, self._stamp) for product in batch)
        return [
            Offer(id=p.id, sku=p.sku, name=p.name, unit_price=p.unit_price, archived=False, available=STOCK)
            for p in products
        ]

    async def _customers(self, tag: str, count: int) -> list[Buyer]:
        customers = [
            Customer.register(
                CustomerId(self.new_id()),
                email=f"customer-{tag}-{i}@example.com",
                name=f"Customer {i}",
                shipping_address=None,
                at=self.now - SPREAD,
            )
            for i in range(count)
        ]
        for start in range(0, count, BATCH):
            batch = customers[start : start + BATCH]
            await self._write(customer_changes(customer, None, self._stamp) for customer in batch)
        return [Buyer(id=customer.id, suspended=False) for customer in customers]

    def _product(self, sku: str) -> Product:
        at = self.now - SPREAD
        price = Money(self.chance.randrange(1_000, 20_000), self.currency)
        product = Product.create(ProductId(self.new_id()), sku=sku, name=f"Product {sku}", unit_price=price, at=at)
        adjustment = AdjustmentId(self.new_id())
        return product.adjust(adjustment, change=STOCK, reason=AdjustmentReason.RECEIVED, note=None, at=at)

    def _order(self, basket: Basket, buyer: Buyer) -> Order:
        chosen = self.chance.sample(list(basket.offers), k=min(3, len(basket.offers)))
        draft = Draft(
            id=OrderId(self.new_id()),
            number=order_number(self.chance.getrandbits(BITS)),
            customer_id=buyer.id,
            items=tuple(
                Item(line_id=LineId(self.new_id()), product_id=product, quantity=self.chance.randint(1, 5))
                for product in chosen
            ),
            shipping_address=Address(
                name="Ada Seed", line1="1 Main Street", city="Ghent", postal_code="9000", country="BE"
            ),
        )
        return replace(basket, buyer=buyer).place(draft, at=self.now - SPREAD * self.chance.random())

    def _act(self, order: Order, verb: str) -> Order:
        at = order.updated_at + timedelta(minutes=self.chance.randint(1, 600))
        match verb:
            case "confirm":
                return order.confirm(at=at, payment_method="pm_ok")
            case "cancel":
                return order.cancel(at=at, by=CancelledBy.MEMBER, reason=None)
            case "ship":
                return order.ship(ShipmentId(self.new_id()), at=at, carrier="DHL", tracking_number=None)
            case "deliver":
                return order.deliver(at=at)
            case _:
                return order.send_back(ReturnId(self.new_id()), at=at, reason=None)

    @property
    def _stamp(self) -> Stamp:
        seeder = Principal(PrincipalKind.SYSTEM, id=None, role=None)
        return Stamp(Caller(organization=self.organization, principal=seeder, request_id="seeding"), self.new_id)

    async def _write(self, some: Iterable[Changes]) -> None:
        changes = list(some)
        whole = Changes.of(
            (touch for each in changes for touch in each.touches), (row for each in changes for row in each.inserts)
        )
        if not whole:
            return
        async with self.pool.serving(self.organization) as connection:
            if await flush(connection, self.organization, whole) is not Flushed.WRITTEN:
                raise RuntimeError("somebody changed the seeded products: seed an organization that nobody uses")
