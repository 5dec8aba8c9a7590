"""An organization at work on PostgreSQL, through the use cases themselves."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Self
from uuid import UUID

import asyncpg

from adapters.payments import MemoryLedger, SimulatedGateway
from adapters.postgres import PostgresBegin, PostgresCredentials, PostgresOrderQueries, TenantPool
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.records.changes import Changes
from adapters.records.stamp import Stamp
from adapters.system import SystemClock, new_id, new_number
from application.catalogue.adjust_stock import AdjustStock, AdjustStockHandler
from application.catalogue.create_product import CreateProduct, CreateProductHandler
from application.customers.register_customer import RegisterCustomer, RegisterCustomerHandler
from application.identity.sign_up import SignUp, SignUpHandler
from application.ordering.cancel_order import CancelOrder, CancelOrderHandler
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.deliver_order import DeliverOrder, DeliverOrderHandler
from application.ordering.order_view import OrderView
from application.ordering.paying import Paying
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler, WantedItem
from application.ordering.ports import OrderFilters
from application.ordering.return_order import ReturnOrder, ReturnOrderHandler
from application.ordering.ship_order import ShipOrder, ShipOrderHandler
from application.shared.answering import Answering
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.pages import Page, PageRequest
from domain.address import Address
from domain.catalogue.product import AdjustmentReason
from domain.customers.customer import Customer
from domain.identity.passwords import NewPassword
from domain.ids import CustomerId, MemberId, OrderId, ProductId, ShipmentId
from domain.ordering.order import Order
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.shared.money import Currency, Money
from tests.adapters.records.told import told_changes
from tests.books import mark
from tests.contract.keys import SEALING, claim
from tests.people import PASSWORD, PASSWORDS, People
from tests.plain_sealing import PlainSealing

HOME: Final = Address(name="Ada", line1="1 Main Street", city="Berlin", postal_code="10115", country="DE")
EUR: Final = Currency("EUR")
OWNER: Final = "owner@example.com"


@dataclass(frozen=True)
class Shop:
    """One organization with one customer. Every verb is one attempt; `answering` puts the reruns around it."""

    pool: TenantPool
    organization: UUID
    slug: str
    owner: MemberId
    customer: CustomerId = field(default=CustomerId(UUID(int=0)))
    dry_run: bool = False

    @classmethod
    async def open(cls, pool: TenantPool) -> Self:
        begin = PostgresBegin(pool, SystemClock(), new_id)
        slug = f"shop-{new_id().hex}"
        command = SignUp(
            request_id="req-sign-up",
            name="Shop",
            slug=slug,
            currency=EUR,
            sandbox=False,
            owner_email=OWNER,
            owner_name="Owner",
            password=NewPassword(PASSWORD),
        )
        signed_up = await SignUpHandler(begin, new_id, PASSWORDS)(command)
        shop = cls(pool, signed_up.organization.id, slug, signed_up.member.id)
        return replace(shop, customer=(await shop.register("first@example.com")).id)

    def through(self, pool: TenantPool) -> Self:
        return replace(self, pool=pool)

    def trying(self) -> Self:
        """The same, but nothing that it does stays."""
        return replace(self, dry_run=True)

    @cached_property
    def caller(self) -> Caller:
        principal = Principal(PrincipalKind.USER, id=UUID(int=7), role="admin")
        return Caller(organization=self.organization, principal=principal, request_id="req-1", dry_run=self.dry_run)

    @cached_property
    def begin(self) -> PostgresBegin:
        return PostgresBegin(self.pool, SystemClock(), new_id)

    @cached_property
    def people(self) -> People:
        """Who is there; the owner's address is `OWNER`."""
        owner = Principal(PrincipalKind.USER, id=self.owner, role="owner")
        caller = replace(self.caller, principal=owner)
        return People(self.begin, PostgresCredentials(self.pool), SystemClock(), caller, self.slug)

    async def identify(self) -> None:
        """See to it that there is a session, an API key, an answer that is kept, and somebody who was told."""
        await self.people.log_in(OWNER)
        await self.people.create_key()
        register = RegisterCustomer(caller=self.caller, email=f"{new_id().hex}@x.example", name="C")
        await Answering(RegisterCustomerHandler(self.begin, new_id), self.begin, SEALING).once(register, claim())
        async with self.pool.serving(self.organization) as connection:
            event = await connection.fetchrow(
                "SELECT * FROM events WHERE organization_id = $1 LIMIT 1", self.organization
            )
        await self.write(told_changes(event))

    @cached_property
    def stamp(self) -> Stamp:
        return Stamp(self.caller, new_id)

    async def write(self, changes: Changes) -> None:
        """Commit these changes and nothing else, whether or not they make sense."""
        mark(self.organization)
        unit = UnitOfWork(self.pool, self.caller, SystemClock(), new_id)
        unit.stage(new_id(), changes)
        await unit.commit(None)

    async def register(self, email: str | None = None) -> Customer:
        handler = RegisterCustomerHandler(self.begin, new_id)
        return await handler(RegisterCustomer(caller=self.caller, email=email or f"{new_id().hex}@x.example", name="C"))

    async def create(self, price: int = 1000, sku: str | None = None) -> ProductId:
        command = CreateProduct(caller=self.caller, sku=sku or new_id().hex, name="P", unit_price=Money(price, EUR))
        return (await CreateProductHandler(self.begin, new_id)(command)).id

    async def adjust(self, product: ProductId, change: int) -> None:
        reason = AdjustmentReason.CORRECTION
        command = AdjustStock(caller=self.caller, product_id=product, change=change, reason=reason)
        await AdjustStockHandler(self.begin, new_id)(command)

    async def products(self, *stock: int) -> list[ProductId]:
        """As many products as counts; the ids rise."""
        made = [await self.create() for _ in stock]
        for product, count in zip(made, stock, strict=True):
            if count:
                await self.adjust(product, count)
        return sorted(made)

    async def place(self, *items: tuple[ProductId, int], answering: bool = False, **more: Any) -> Order:
        handler = PlaceOrderHandler(self.begin, new_id, new_number)
        command = PlaceOrder(
            caller=self.caller,
            customer_id=self.customer,
            items=tuple(WantedItem(product, quantity) for product, quantity in items),
            shipping_address=HOME,
            **more,
        )
        return await (Answering(handler, self.begin, PlainSealing())(command) if answering else handler(command))

    @cached_property
    def pay(self) -> Paying:
        """With a gateway in this process: so what goes over the wire is our own."""
        return Paying(self.begin, SimulatedGateway(MemoryLedger(), SystemClock()), new_id)

    async def confirm(self, order: Order) -> Order:
        command = ConfirmOrder(caller=self.caller, order_id=order.id, payment_method="pm_ok")
        return await ConfirmOrderHandler(self.pay, new_id)(command)

    async def ship(self, order: Order, *units: int) -> Order:
        """So many units of its first lines; of all lines, all that is left."""
        lines = tuple(ShipmentLine(line_id=li.id, quantity=n) for li, n in zip(order.lines, units, strict=False) if n)
        command = ShipOrder(caller=self.caller, order_id=order.id, lines=lines or None)
        return await ShipOrderHandler(self.pay, new_id)(command)

    async def deliver(self, order: Order, shipment: ShipmentId | None = None) -> Order:
        command = DeliverOrder(caller=self.caller, order_id=order.id, shipment_id=shipment)
        return await DeliverOrderHandler(self.begin)(command)

    async def send_back(self, order: Order, *units: int) -> Order:
        """So many units of its first lines; of all lines, all that is left."""
        lines = tuple(
            ReturnLine(line_id=li.id, quantity=n, restock=True) for li, n in zip(order.lines, units, strict=False) if n
        )
        command = ReturnOrder(caller=self.caller, order_id=order.id, lines=lines or None)
        return await ReturnOrderHandler(self.pay, new_id)(command)

    async def cancel(self, order: Order, *, answering: bool = False) -> Order:
        handler = CancelOrderHandler(self.pay)
        command = CancelOrder(caller=self.caller, order_id=order.id)
        return await (Answering(handler, self.begin, PlainSealing())(command) if answering else handler(command))

    async def get(self, id: OrderId) -> OrderView:
        return await PostgresOrderQueries(self.pool).get(self.organization, id)

    async def list(self, filters: OrderFilters | None = None, request: PageRequest | None = None) -> Page[OrderView]:
        queries = PostgresOrderQueries(self.pool)
        return await queries.page(self.organization, filters or OrderFilters(), request or PageRequest())


def shuffled(items: list[tuple[ProductId, int]]) -> list[tuple[ProductId, int]]:
    return random.sample(items, len(items))


async def contents(behind: asyncpg.Connection) -> dict[str, str]:
    """Every row of every table, as a digest a table."""
    tables = await behind.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    digest = "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    return {name: await behind.fetchval(digest.format(name)) for (name,) in tables}


async def counters(behind: asyncpg.Connection, product: ProductId) -> tuple[int, int]:
    """On hand, reserved."""
    return tuple(await behind.fetchrow("SELECT on_hand, reserved FROM products WHERE id = $1", product))


async def until_waiting(behind: asyncpg.Connection, backend: int) -> None:
    """Wait until this backend waits for a lock."""
    waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
    async with asyncio.timeout(5):
        while not await behind.fetchval(waits, backend):  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.002)


STOCK_DOES_NOT_ADD_UP: Final = """
    SELECT p.id FROM products p
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(on_hand), 0) AS on_hand, coalesce(sum(reserved), 0) AS reserved
        FROM stock_ledger l WHERE (l.organization_id, l.product_id) = (p.organization_id, p.id)
    ) ledger ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(sum(l.quantity - l.shipped), 0) AS held
        FROM order_lines l JOIN orders o ON (o.organization_id, o.id) = (l.organization_id, l.order_id)
        WHERE (l.organization_id, l.product_id) = (p.organization_id, p.id) AND o.status IN ('pending', 'confirmed')
    ) orders ON true
    WHERE p.organization_id = $1
        AND ((p.on_hand, p.reserved) <> (ledger.on_hand, ledger.reserved) OR p.reserved <> orders.held)
"""
"""Products of an organization whose counters are not what the ledger says, or not what open orders hold."""
