"""A till: an order, its money, the gateway's own books, and gateways and units of work that die on demand."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from adapters.payments.simulated import Entry
from application.ordering.cancel_order import CancelOrder, CancelOrderHandler
from application.ordering.confirm_order import ConfirmOrder, ConfirmOrderHandler
from application.ordering.order_view import OrderView
from application.ordering.paying import LEASE, Paying
from application.ordering.ports import Gateway, Instruction
from application.ordering.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from application.ordering.return_order import ReturnOrder, ReturnOrderHandler
from application.ordering.ship_order import ShipOrder, ShipOrderHandler
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.claim import Answered
from domain.ids import OrderId
from domain.ordering.payment import Told, Verb
from tests.contract.house import House
from tests.contract.keys import claim, send

SYSTEM: Final = Principal(PrincipalKind.SYSTEM, id=None, role=None)
OVER: Final = LEASE.total_seconds() + 1
"""Seconds after which a lease is over."""


class Crash(BaseException):
    """The process is gone: nothing catches this, nothing is tidied up."""


@dataclass
class Failpoint:
    """Counts what comes by, and dies at the `at`th (None: never)."""

    at: int | None = None
    passed: int = 0

    def __call__(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Crash


@dataclass
class MortalGateway:
    """The gateway, with a point of failure before and after each call."""

    gateway: Gateway
    point: Failpoint

    async def carry_out(self, instruction: Instruction) -> Told:
        self.point()
        told = await self.gateway.carry_out(instruction)
        self.point()
        return told

    async def look_up(self, instruction: Instruction) -> Told | None:
        self.point()
        told = await self.gateway.look_up(instruction)
        self.point()
        return told


@dataclass
class MortalBegin:
    """Units of work, with a point of failure before and after everything is written."""

    begin: Callable[[Caller], AbstractAsyncContextManager[Any]]
    point: Failpoint

    @asynccontextmanager
    async def __call__(self, caller: Caller) -> AsyncIterator[Any]:
        async with self.begin(caller) as work:
            yield MortalWork(work, self.point)


@dataclass
class MortalWork:
    work: Any
    point: Failpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)

    async def commit(self, result: Any) -> Any:
        self.point()
        result = await self.work.commit(result)
        self.point()
        return result

    async def record(self) -> None:
        self.point()
        await self.work.record()
        self.point()


@dataclass
class Till:
    """An order of a house, and what is done with its money. Keys are the verbs, unless another is named."""

    house: House
    order: OrderId
    method: str = "pm_ok"
    point: Failpoint = field(default_factory=Failpoint)

    @classmethod
    async def of(cls, house: House, method: str = "pm_ok", *, units: int = 3, price: int = 1001) -> "Till":
        order = await house.place(await house.customer(), (await house.product(stock=50, price=price), units))
        return cls(house, order.id, method)

    @property
    def pay(self) -> Paying:
        backend = self.house.backend
        begin: Any = MortalBegin(backend.begin, self.point)
        return Paying(begin, MortalGateway(backend.gateway, self.point), backend.new_id)

    def command(self, verb: str, **more: Any) -> tuple[Any, Any]:
        """The handler and the command of a verb."""
        common = {"caller": self.house.caller, "order_id": self.order, **more}
        new_id = self.house.backend.new_id
        if verb == "confirm":
            return ConfirmOrderHandler(self.pay, new_id), ConfirmOrder(payment_method=self.method, **common)
        if verb == "ship":
            return ShipOrderHandler(self.pay, new_id), ShipOrder(**common)
        if verb == "cancel":
            return CancelOrderHandler(self.pay), CancelOrder(**common)
        return ReturnOrderHandler(self.pay, new_id), ReturnOrder(**common)

    async def do(self, verb: str, key: str | None = None, asked: object = None, **more: Any) -> Answered:
        """Send a verb under a key, as HTTP does."""
        name = f"{self.order} {key or verb}"
        return await send(self.house, *self.command(verb, **more), claim(name, asked or verb))

    async def ring(self) -> bool:
        """Let the gateway say that something has become of the payment."""
        return await self.pay.reconcile(replace(self.house.caller, principal=SYSTEM), self.order, rung=True)

    async def reconcile(self, *, wait: bool = True) -> bool:
        """Let the reconciler come by, when the lease is over."""
        if wait:
            self.house.backend.clock.advance(seconds=OVER)
        handler = ReconcilePaymentHandler(self.pay)
        caller = replace(self.house.caller, principal=SYSTEM)
        return await handler(ReconcilePayment(caller=caller, order_id=self.order))

    async def view(self) -> OrderView:
        return await self.house.backend.orders.get(self.house.caller.organization, self.order)

    async def books(self) -> list[Entry]:
        """What the gateway has done for this order, and for how much."""
        payments = [row["id"] for row in await self.house.rows("payments") if row["order_id"] == self.order]
        entries = [entry for payment in payments for entry in await self.house.backend.ledger.of_payment(payment)]
        return [entry for entry in entries if entry.landed_at is not None and entry.decline_code is None]

    async def agrees(self) -> None:
        """Our books say what the gateway's say: operation by operation, and in sum."""
        books = await self.books()
        theirs = {(entry.key, entry.amount) for entry in books}
        rows = [row for row in await self.house.rows("payment_operations") if row["order_id"] == self.order]
        ours = {
            (f"pay:{row['payment_id']}:{row['verb']}:{row['position']}", row["amount"])
            for row in rows
            if row["outcome"] == "succeeded"
        }
        assert ours == theirs
        for payment in await self.house.rows("payments"):
            own = [entry for entry in books if entry.payment_id == payment["id"]]
            by_verb = {verb: [entry.amount for entry in own if entry.verb == verb] for verb in Verb}
            assert len(by_verb[Verb.AUTHORIZE]) <= 1
            assert len(by_verb[Verb.CAPTURE]) <= 1, "captured twice"
            assert sum(by_verb[Verb.REFUND]) <= sum(by_verb[Verb.CAPTURE])

    async def nothing_is_left_behind(self) -> None:
        """No authorisation stands for an order that is neither confirmed nor on its way."""
        for payment in await self.house.rows("payments"):
            verbs = {entry.verb for entry in await self.books() if entry.payment_id == payment["id"]}
            if Verb.AUTHORIZE in verbs and not verbs & {Verb.CAPTURE, Verb.VOID}:
                assert (await self.view()).status == "confirmed"
