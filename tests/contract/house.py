"""An organization with everything that can be done in it: the real use cases over the store under test."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, TypeVar

from adapters.records.tables import WALLED
from adapters.system import new_number
from application.catalogue.adjust_stock import AdjustStock, AdjustStockHandler, StockAdjustment
from application.catalogue.create_product import CreateProduct, CreateProductHandler
from application.customers.reactivate_customer import ReactivateCustomer, ReactivateCustomerHandler
from application.customers.register_customer import RegisterCustomer, RegisterCustomerHandler
from application.customers.suspend_customer import SuspendCustomer, SuspendCustomerHandler
from application.identity.advance_clock import AdvanceClock, AdvanceClockHandler, Advanced
from application.identity.sign_up import SignUp, SignUpHandler
from application.ordering.cancel_order import CancelOrder, CancelOrderHandler
from application.ordering.change_policy import ChangePolicy, ChangePolicyHandler
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.deliver_order import DeliverOrder, DeliverOrderHandler
from application.ordering.expire_due_orders import ExpireDueOrders
from application.ordering.expire_order import ExpireOrder, ExpireOrderHandler, expired
from application.ordering.paying import Paying
from application.ordering.place_order import PlaceOrder, PlaceOrderHandler, WantedItem
from application.ordering.quote_order import QuoteOrder, QuoteOrderHandler
from application.ordering.quote_view import QuoteView
from application.ordering.return_order import ReturnOrder, ReturnOrderHandler
from application.ordering.ship_order import ShipOrder, ShipOrderHandler
from application.shared.answering import Answering
from application.shared.caller import SYSTEM, Caller, Principal, PrincipalKind
from application.shared.due import DueJobs
from domain.address import Address
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.identity.passwords import NewPassword
from domain.ids import LineId, OrderId, ProductId, ShipmentId
from domain.ordering.draft import Draft, Item
from domain.ordering.errors import PaymentInProgress
from domain.ordering.number import OrderNumber
from domain.ordering.order import Order
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.ordering.policy import StandingPolicy
from domain.shared.money import Currency, Money
from tests.contract.backend import Backend, EveryWork, Row
from tests.people import PASSWORD, PASSWORDS, People
from tests.plain_sealing import PlainSealing

C = TypeVar("C")
R = TypeVar("R")

ADDRESS: Final = Address(name="Ada", line1="1 Main Street", city="Köln", postal_code="50667", country="DE")

_names: Final[Iterator[int]] = count(1)


@dataclass(frozen=True)
class House:
    """One organization; `caller` is its owner. Verbs answer in spite of races, as they do in service.

    Orders that are confirmed without being `paid` are as those that are older than payments: they move no money.
    """

    backend: Backend
    caller: Caller
    slug: str
    email: str
    number: Callable[[], OrderNumber] = new_number
    paid: bool = True
    insists: bool = False

    @classmethod
    async def found(cls, backend: Backend, *, slug: str | None = None, sandbox: bool = False) -> "House":
        """Sign a new organization up."""
        slug = slug or f"house-{next(_names)}-{backend.new_id()}"
        email = "owner@example.com"
        sign_up = SignUpHandler(backend.begin, backend.new_id, PASSWORDS)
        signed_up = await sign_up(
            SignUp(
                request_id="request-sign-up",
                name="A House",
                slug=slug,
                currency=Currency("EUR"),
                sandbox=sandbox,
                owner_email=email,
                owner_name="Olive Owner",
                password=NewPassword(PASSWORD),
            )
        )
        owner = Principal(PrincipalKind.USER, id=signed_up.member.id, role=signed_up.member.role)
        caller = Caller(organization=signed_up.organization.id, principal=owner, request_id="request-1")
        return cls(backend, caller, slug, email)

    @property
    def dry(self) -> "House":
        """The same house, in which every commit is taken back."""
        return replace(self, caller=replace(self.caller, dry_run=True))

    @property
    def people(self) -> People:
        backend = self.backend
        return People(backend.begin, backend.credentials, backend.clock, self.caller, self.slug)

    def begin(self) -> AbstractAsyncContextManager[EveryWork]:
        return self.backend.begin(self.caller)

    async def rows(self, table: str) -> list[Row]:
        return await self.backend.rows(self.caller.organization, table)

    async def insert(self, table: str, row: Row) -> None:
        await self.backend.insert(self.caller.organization, table, row)

    async def overwrite(self, table: str, key: Mapping[str, object], **columns: object) -> None:
        await self.backend.overwrite(self.caller.organization, table, key, **columns)

    async def everything(self) -> dict[str, list[Row]]:
        """Every row of every table of an organization."""
        return {table: sorted(await self.rows(table), key=repr) for table in WALLED}

    async def counters(self, product: ProductId) -> tuple[int, int]:
        """`(on_hand, reserved)`."""
        stock = (await self.backend.products.get(self.caller.organization, product)).stock
        return stock.on_hand, stock.reserved

    async def product(self, stock: int = 0, *, sku: str | None = None, price: int = 1000) -> Product:
        product = await self.create_product(sku=sku or f"SKU-{next(_names)}", price=price)
        if stock:
            await self.adjust(product.id, stock)
        return product

    async def create_product(self, *, sku: str, price: int = 1000, name: str = "A Thing") -> Product:
        command = CreateProduct(caller=self.caller, sku=sku, name=name, unit_price=Money(price, Currency("EUR")))
        return await self.answer(CreateProductHandler(self.backend.begin, self.backend.new_id), command)

    async def adjust(self, product: ProductId, change: int) -> StockAdjustment:
        reason = AdjustmentReason.RECEIVED if change > 0 else AdjustmentReason.DAMAGED
        command = AdjustStock(caller=self.caller, product_id=product, change=change, reason=reason, note="as counted")
        return await self.answer(AdjustStockHandler(self.backend.begin, self.backend.new_id), command)

    async def customer(self, email: str | None = None) -> Customer:
        command = RegisterCustomer(
            caller=self.caller, email=email or f"buyer-{next(_names)}@example.com", name="Bob", shipping_address=ADDRESS
        )
        return await self.answer(RegisterCustomerHandler(self.backend.begin, self.backend.new_id), command)

    async def suspend(self, customer: Customer) -> Customer:
        command = SuspendCustomer(caller=self.caller, customer_id=customer.id)
        return await self.answer(SuspendCustomerHandler(self.backend.begin), command)

    async def reactivate(self, customer: Customer) -> Customer:
        command = ReactivateCustomer(caller=self.caller, customer_id=customer.id)
        return await self.answer(ReactivateCustomerHandler(self.backend.begin), command)

    def order_of(self, customer: Customer, *items: tuple[Product, int], **more: Any) -> PlaceOrder:
        """The command for an order of `(product, quantity)`."""
        return PlaceOrder(
            caller=self.caller,
            customer_id=customer.id,
            items=tuple(WantedItem(product.id, quantity) for product, quantity in items),
            shipping_address=ADDRESS,
            **more,
        )

    def draft(self, customer: Customer, *items: tuple[Product, int]) -> Draft:
        """The same, as the domain takes it."""
        new_id = self.backend.new_id
        return Draft(
            id=OrderId(new_id()),
            number=self.number(),
            customer_id=customer.id,
            items=tuple(
                Item(line_id=LineId(new_id()), product_id=product.id, quantity=quantity) for product, quantity in items
            ),
            shipping_address=ADDRESS,
        )

    @property
    def placing(self) -> PlaceOrderHandler:
        """Placing an order, once: what is outdated stays outdated."""
        return PlaceOrderHandler(self.backend.begin, self.backend.new_id, self.number)

    async def place(self, customer: Customer, *items: tuple[Product, int], **more: Any) -> Order:
        return await self.answer(self.placing, self.order_of(customer, *items, **more))

    async def quote(self, customer: Customer, *items: tuple[Product, int], **more: Any) -> QuoteView:
        return await self.quoting(QuoteOrder(wish=self.order_of(customer, *items, **more)))

    @property
    def quoting(self) -> QuoteOrderHandler:
        return QuoteOrderHandler(self.backend.begin, self.backend.new_id, self.number)

    @property
    def unpaid(self) -> "House":
        """The same house, in which no money moves: for what is about goods alone."""
        return replace(self, paid=False)

    @property
    def insisting(self) -> "House":
        """The same house, whose callers come again when they are told that money is under way."""
        return replace(self, insists=True)

    @property
    def pay(self) -> Paying:
        return Paying(self.backend.begin, self.backend.gateway, self.backend.new_id)

    @property
    def confirming(self) -> ConfirmOrderHandler:
        return ConfirmOrderHandler(self.pay, self.backend.new_id)

    async def confirm(self, order: OrderId, method: str = "pm_ok") -> Order:
        command = ConfirmOrder(caller=self.caller, order_id=order, payment_method=method)
        return await self.answer(self.confirming if self.paid else self._confirm_unpaid, command)

    async def _confirm_unpaid(self, command: ConfirmOrder) -> Order:
        async with self.backend.begin(command.caller) as work:
            order = await work.orders.get(command.order_id)
            order = order.confirm(at=work.now(), payment_method=command.payment_method)
            work.orders.save(order)
            return await work.commit(order)

    async def cancel(self, order: OrderId) -> Order:
        command = CancelOrder(caller=self.caller, order_id=order, reason="too late")
        return await self.answer(CancelOrderHandler(self.pay), command)

    async def ship(self, order: OrderId, units: Mapping[LineId, int] | None = None) -> Order:
        """Ship so many units of each line; None: all that is left."""
        lines = units and tuple(ShipmentLine(line_id=line, quantity=n) for line, n in units.items())
        command = ShipOrder(
            caller=self.caller, order_id=order, carrier="DHL", tracking_number="00340", lines=lines or None
        )
        return await self.answer(ShipOrderHandler(self.pay, self.backend.new_id), command)

    async def deliver(self, order: OrderId, shipment: ShipmentId | None = None) -> Order:
        command = DeliverOrder(caller=self.caller, order_id=order, shipment_id=shipment)
        return await self.answer(DeliverOrderHandler(self.backend.begin), command)

    async def send_back(
        self, order: OrderId, units: Mapping[LineId, int] | None = None, *, restock: bool = True
    ) -> Order:
        """Return so many units of each line; None: all that is left."""
        lines = units and tuple(ReturnLine(line_id=li, quantity=n, restock=restock) for li, n in units.items())
        command = ReturnOrder(caller=self.caller, order_id=order, reason="too small", lines=lines or None)
        return await self.answer(ReturnOrderHandler(self.pay, self.backend.new_id), command)

    async def demand(self, version: int | None = None, **said: int) -> StandingPolicy:
        """Change the policy."""
        command = ChangePolicy(caller=self.caller, change=said, expected_version=version)  # type: ignore[typeddict-item]
        return await self.answer(ChangePolicyHandler(self.backend.begin), command)

    def expiring(self, order: OrderId) -> ExpireOrder:
        """The command, as a worker gives it."""
        return ExpireOrder(caller=replace(self.caller, principal=SYSTEM, request_id="request-due"), order_id=order)

    async def expire(self, order: OrderId) -> bool:
        """Say whether it expired."""
        return await expired(self.answering(ExpireOrderHandler(self.backend.begin)), self.expiring(order))

    @property
    def expire_due(self) -> ExpireDueOrders:
        expire = self.answering(ExpireOrderHandler(self.backend.begin))
        return ExpireDueOrders(self.backend.due_orders, expire)

    @property
    def advancing(self) -> AdvanceClockHandler:
        return AdvanceClockHandler(self.backend.begin, DueJobs((self.expire_due,)))

    async def advance(self, seconds: int) -> Advanced:
        return await self.answer(self.advancing, AdvanceClock(caller=self.caller, seconds=seconds))

    def answering(self, use_case: Callable[[C], Awaitable[R]]) -> Answering[C, R]:
        return Answering(use_case, self.backend.begin, PlainSealing())

    async def answer(self, use_case: Callable[[C], Awaitable[R]], command: C) -> R:
        while True:
            try:
                return await self.answering(use_case)(command)
            except PaymentInProgress:
                if not self.insists:
                    raise
                await asyncio.sleep(0.001)
