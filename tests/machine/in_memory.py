"""The shop without a wire: the use cases over the memory store, and what they say written as the wire would."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from adapters.http.answers import as_body
from adapters.http.customers import CustomerBody
from adapters.http.merge_patch import said
from adapters.http.order_action_bodies import ReturnOrderBody, ShipOrderBody
from adapters.http.order_bodies import SORTS, ChangeOrderBody, OrdersQuery, PlaceOrderBody, shown
from adapters.http.order_history import NoteBody, TimelineEntryBody
from adapters.http.policy import ChangePolicyBody, PolicyBody
from adapters.http.problems import problem_of
from adapters.http.products import ChangeProductBody, ProductBody, StockAdjustmentBody, StockMoveBody
from adapters.http.quotes import QuoteBody, wish
from adapters.memory.books import MemoryBooks
from adapters.records.invariants import breaches
from application.catalogue.adjust_stock import AdjustStock, AdjustStockHandler, StockAdjustment
from application.catalogue.archive_product import ArchiveProduct, ArchiveProductHandler
from application.catalogue.change_product import ChangeProduct, ChangeProductHandler
from application.catalogue.create_product import CreateProduct, CreateProductHandler
from application.catalogue.ports import LATEST, ProductFilters, ProductView
from application.customers.ports import CustomerView
from application.customers.reactivate_customer import ReactivateCustomer, ReactivateCustomerHandler
from application.customers.register_customer import RegisterCustomer, RegisterCustomerHandler
from application.customers.suspend_customer import SuspendCustomer, SuspendCustomerHandler
from application.identity.advance_clock import AdvanceClock, Advanced
from application.ordering.cancel_order import CancelOrder, CancelOrderHandler
from application.ordering.change_order import ChangeOrder, ChangeOrderHandler
from application.ordering.change_policy import ChangePolicy, ChangePolicyHandler
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.deliver_order import DeliverOrder, DeliverOrderHandler
from application.ordering.note_order import Note, NoteOrder, NoteOrderHandler
from application.ordering.order_view import OrderView
from application.ordering.policy_view import PolicyView
from application.ordering.quote_order import QuoteOrder
from application.ordering.quote_view import QuoteView
from application.ordering.return_order import ReturnOrder, ReturnOrderHandler
from application.ordering.ship_order import ShipOrder, ShipOrderHandler
from application.ordering.timeline import OLDEST
from application.shared.caller import Caller
from application.shared.claim import Answer, Claim
from application.shared.errors import Interrupted
from application.shared.pages import NEWEST, Page, PageRequest, Sort
from domain.catalogue.product import AdjustmentReason, Product, ProductChange
from domain.customers.customer import Customer
from domain.ids import OrderId, ProductId
from domain.ordering.order import Order, OrderChange
from domain.ordering.parcels import ReturnLine, ShipmentLine
from domain.ordering.policy import PolicyChange, StandingPolicy
from domain.shared.errors import Refused
from domain.shared.money import Currency, Money
from tests.contract.backend import MemoryBackend
from tests.contract.house import House
from tests.machine.driver import AT_ONCE, Ask, Json, Told
from tests.machine.money import Movement
from tests.machine.till import booked, reconciled

R = TypeVar("R")
UseCase = tuple[Callable[[Any], Awaitable[Any]], Any]

USE_CASES: Final[dict[str, Callable[[House, Ask], UseCase]]] = {
    "placeOrder": lambda house, ask: (house.placing, wish(house.caller, _body(ask, PlaceOrderBody))),
    "quoteOrder": lambda house, ask: (house.quoting, QuoteOrder(wish=wish(house.caller, _body(ask, PlaceOrderBody)))),
    "changeOrder": lambda house, ask: (
        ChangeOrderHandler(house.backend.begin),
        _of_order(ChangeOrder, house, ask, change=said(_body(ask, ChangeOrderBody), OrderChange)),
    ),
    "noteOrder": lambda house, ask: (
        NoteOrderHandler(house.backend.begin, house.backend.new_id),
        NoteOrder(caller=house.caller, order_id=_about(ask), text=ask.body["text"]),
    ),
    "confirmOrder": lambda house, ask: (
        ConfirmOrderHandler(house.pay, house.backend.new_id),
        _of_order(ConfirmOrder, house, ask, payment_method=ask.body["paymentMethod"]),
    ),
    "cancelOrder": lambda house, ask: (CancelOrderHandler(house.pay), _of_order(CancelOrder, house, ask)),
    "shipOrder": lambda house, ask: (
        ShipOrderHandler(house.pay, house.backend.new_id),
        _of_order(ShipOrder, house, ask, lines=_lines(ask, ShipOrderBody, ShipmentLine)),
    ),
    "deliverOrder": lambda house, ask: (
        DeliverOrderHandler(house.backend.begin),
        _of_order(DeliverOrder, house, ask, shipment_id=_id(ask.body.get("shipmentId"))),
    ),
    "returnOrder": lambda house, ask: (
        ReturnOrderHandler(house.pay, house.backend.new_id),
        _of_order(ReturnOrder, house, ask, lines=_lines(ask, ReturnOrderBody, ReturnLine)),
    ),
    "createProduct": lambda house, ask: (
        CreateProductHandler(house.backend.begin, house.backend.new_id),
        CreateProduct(
            caller=house.caller,
            sku=ask.body["sku"],
            name=ask.body["name"],
            unit_price=Money(ask.body["unitPrice"], Currency(ask.body["currency"])),
        ),
    ),
    "changeProduct": lambda house, ask: (
        ChangeProductHandler(house.backend.begin),
        ChangeProduct(
            caller=house.caller,
            product_id=_about(ask),
            change=said(_body(ask, ChangeProductBody), ProductChange),
            expected_version=ask.version,
        ),
    ),
    "archiveProduct": lambda house, ask: (
        ArchiveProductHandler(house.backend.begin),
        ArchiveProduct(caller=house.caller, product_id=_about(ask)),
    ),
    "adjustStock": lambda house, ask: (
        AdjustStockHandler(house.backend.begin, house.backend.new_id),
        AdjustStock(
            caller=house.caller,
            product_id=_about(ask),
            change=ask.body["change"],
            reason=AdjustmentReason(ask.body["reason"]),
        ),
    ),
    "createCustomer": lambda house, ask: (
        RegisterCustomerHandler(house.backend.begin, house.backend.new_id),
        RegisterCustomer(caller=house.caller, **ask.body),
    ),
    "suspendCustomer": lambda house, ask: (
        SuspendCustomerHandler(house.backend.begin),
        SuspendCustomer(caller=house.caller, customer_id=_about(ask)),
    ),
    "reactivateCustomer": lambda house, ask: (
        ReactivateCustomerHandler(house.backend.begin),
        ReactivateCustomer(caller=house.caller, customer_id=_about(ask)),
    ),
    "changePolicy": lambda house, ask: (
        ChangePolicyHandler(house.backend.begin),
        ChangePolicy(
            caller=house.caller,
            change=said(_body(ask, ChangePolicyBody), PolicyChange),
            expected_version=ask.version,
        ),
    ),
    "advanceClock": lambda house, ask: (
        house.advancing,
        AdvanceClock(caller=house.caller, seconds=ask.body["seconds"]),
    ),
}
"""How each operation is asked of its use case."""

BODIES: Final[dict[type, Callable[[Any], Any]]] = {
    QuoteView: lambda quote: as_body(quote, QuoteBody),
    Note: lambda note: as_body(note, NoteBody),
    Product: lambda product: as_body(ProductView.of(product), ProductBody),
    StockAdjustment: lambda adjustment: as_body(adjustment, StockAdjustmentBody),
    Customer: lambda customer: as_body(CustomerView.of(customer), CustomerBody),
    StandingPolicy: lambda standing: as_body(PolicyView.of(standing), PolicyBody),
    Advanced: lambda advanced: {"ran": [{"job": job, "count": count} for job, count in advanced.ran.items()]},
    type(None): lambda _: {},
}
"""How what a use case returns is written; orders apart, which look different to different callers."""


class InMemory:
    """Implements Driver."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._backend = MemoryBackend()
        self._house: House = self._run(House.found(self._backend, sandbox=True))

    def ask(self, ask: Ask) -> Told:
        return self._run(self._ask(ask))

    def together(self, asks: Sequence[Ask]) -> list[Told]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def in_turn(ask: Ask) -> Told:
            async with turns:
                return await self._ask(ask)

        async def all_of_them() -> list[Told]:
            return await asyncio.gather(*map(in_turn, asks))

        return self._run(all_of_them())

    def orders(self, limit: int = 100, **filters: Any) -> list[Json]:
        asked = msgspec.convert(filters, OrdersQuery, strict=False)
        views = self._walk(
            lambda page: self._backend.orders.page(self._whose, asked.filters, page), SORTS[asked.sort], limit
        )
        return [_json(shown(view, self._house.caller)) for view in views]

    def products(self) -> list[Json]:
        found = self._walk(lambda page: self._backend.products.page(self._whose, ProductFilters(), page), NEWEST)
        return [_json(as_body(view, ProductBody)) for view in found]

    def timeline(self, order: str) -> list[Json]:
        async def page(request: PageRequest) -> Page[Any]:
            return (await self._backend.orders.timeline(self._whose, OrderId(UUID(order)), request, notes=True)).page

        return [_json(as_body(entry, TimelineEntryBody)) for entry in self._walk(page, OLDEST, 4)]

    def ledger(self, product: str) -> list[Json]:
        def page(request: PageRequest) -> Coroutine[Any, Any, Page[Any]]:
            return self._backend.products.moves(self._whose, ProductId(UUID(product)), request)

        return [_json(as_body(move, StockMoveBody)) for move in self._walk(page, LATEST, 20)]

    def later(self, seconds: int) -> None:
        self._backend.clock.advance(seconds=seconds)

    def reconcile(self) -> list[str]:
        return self._run(reconciled(self._house.pay, self._whose, [order["id"] for order in self.orders()]))

    def gateway(self) -> dict[str, list[Movement]]:
        payments = {row["id"]: str(row["order_id"]) for row in self._backend.store.rows(self._whose, "payments")}
        return booked(payments, list(self._backend.ledger.entries.values()))

    def breaches(self) -> list[str]:
        books = MemoryBooks(self._backend.store, self._whose).all()
        return [str(breach) for breach in breaches(self._whose, books)]

    def close(self) -> None:
        self._runner.close()

    @property
    def _whose(self) -> UUID:
        return self._house.caller.organization

    async def _ask(self, ask: Ask) -> Told:
        house = self._house.dry if ask.dry else self._house
        use_case, command = USE_CASES[ask.operation](house, ask)
        answering: Any = house.answering(use_case)
        try:
            if ask.key is None:
                return _told(house.caller, await answering(command))
            answered = await answering.once(command, self._claim(ask, ask.key))
        except (Refused, Interrupted) as refused:
            return _told(house.caller, refused)
        slug = str(answered.answer.headers["slug"])
        return Told(slug, msgspec.json.decode(answered.answer.body), answered.answer.body, answered.replayed)

    def _claim(self, ask: Ask, key: str) -> Claim:
        def encode(outcome: object) -> Answer:
            told = _told(self._house.caller, outcome)
            return Answer(200, {"slug": told.slug}, told.raw)

        asked = repr(replace(ask, key=None))
        return Claim(sha256(key.encode()).digest(), sha256(asked.encode()).digest(), encode)

    def _walk(
        self, page: Callable[[PageRequest], Coroutine[Any, Any, Page[Any]]], sort: Sort, limit: int = 100
    ) -> list[Any]:
        met: list[Any] = []
        request = PageRequest(sort=sort, limit=limit)
        while True:
            found = self._run(page(request))
            met += found.items
            if not found.has_next:
                return met
            request = replace(request, position=found.end)

    def _run(self, work: Coroutine[Any, Any, R]) -> R:
        return self._runner.run(work)


def _told(caller: Caller, outcome: object) -> Told:
    if isinstance(outcome, Exception):
        problem = problem_of(outcome)
        raw = msgspec.json.encode(problem.members)
        return Told(problem.type.slug, msgspec.json.decode(raw), raw)
    shown_as = shown(OrderView.of(outcome), caller) if isinstance(outcome, Order) else BODIES[type(outcome)](outcome)
    raw = msgspec.json.encode(shown_as)
    return Told("", msgspec.json.decode(raw), raw)


def _json(body: object) -> Json:
    written: Json = msgspec.json.decode(msgspec.json.encode(body))
    return written


def _id(text: str | None) -> Any:
    return UUID(text) if text else None


def _about(ask: Ask) -> Any:
    return _id(ask.about)


def _body(ask: Ask, kind: type[R]) -> R:
    return msgspec.convert(ask.body, kind)


def _of_order(command: Callable[..., R], house: House, ask: Ask, **more: Any) -> R:
    return command(caller=house.caller, order_id=_about(ask), expected_version=ask.version, **more)


def _lines(ask: Ask, body: type[Any], kind: Any) -> Any:
    """Return the units that are named, None for all that are left."""
    said = _body(ask, body).lines
    return None if said is None else msgspec.convert(said, tuple[kind, ...], from_attributes=True)
