"""How an order and its money come to agree, whoever is at it: a request, its retry, or the reconciler.

    begin     in one step: what is to be asked of the gateway is written down, with a lease
    ask       the gateway is told, under the operation's key, with no connection held
    settle    in one step: what it said, what that means for the order, the events, and the answer that is kept

Whoever finds an operation whose lease is over takes it over, and first asks the gateway what it knows of it. Nothing is
ever asked under another key because the outcome of the first is not known.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from application.ordering.errors import PaymentOutcomeUnknown
from application.ordering.ownership import visible
from application.ordering.ports import BeginOrdering, Gateway, Instruction, OrderingWork
from application.shared.answering import rerun
from application.shared.caller import Caller
from application.shared.errors import KeyInProgress, KeyReused
from application.shared.ports import IdFactory
from domain.ids import OrderId
from domain.ordering.order import Order
from domain.ordering.paying import Deed, answered, deed_of, settled, taken_over
from domain.ordering.payment import Claimed, Declined, Mandate, Operation, Payment, Succeeded, Told, Unknown
from domain.ordering.payment_lifecycle import PaymentStatus
from domain.shared.errors import Refused, check_version
from domain.shared.money import Money

LEASE: Final = timedelta(seconds=15)
"""How long whoever began an operation is left alone with it: three times as long as a request may take."""

PATIENCE: Final = 2.0
"""Seconds that a gateway has to answer."""

Act = Callable[[Order, datetime, Mandate], Order]
"""What is to be done with an order at an instant; it may open an operation on its payment, with this mandate."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An order, and who holds what is under way on it, if anything is; `ask` first, if somebody else began it."""

    order: Order
    holder: UUID
    ask: bool = False

    @property
    def operation(self) -> Operation | None:
        operation = self.order.under_way
        return operation if operation and operation.holder == self.holder else None


@dataclass(frozen=True, slots=True)
class Paying:
    """Carries out actions of orders that move money."""

    begin: BeginOrdering
    gateway: Gateway
    new_id: IdFactory

    async def __call__(self, caller: Caller, id: OrderId, expected_version: int | None, act: Act) -> Order:
        """Do it, and return the order as it is when its money has moved.

        Raises: OrderNotFound, StaleVersion, PaymentInProgress, PaymentFailed, PaymentOutcomeUnknown, KeyInProgress,
        KeyReused; what the act raises.
        """
        if caller.dry_run:
            return await self._rehearse(caller, id, expected_version, act)
        holder = self.new_id()
        begun = await rerun(lambda _: self._begin(caller, id, holder, expected_version, act), doubts=1)
        return await self._finish(caller, begun)

    async def reconcile(self, caller: Caller, id: OrderId, *, rung: bool = False) -> bool:
        """Take over what is under way on an order, if its lease is over, and settle it. Say whether it is settled now.
        Where somebody has `rung`, nobody waits for the lease of who has given up on an answer.

        Raises: OrderNotFound, ConcurrentModification, Unavailable.
        """
        holder = self.new_id()
        taken = await rerun(lambda _: self._take_over(caller, id, holder, rung=rung), doubts=1)
        if taken.operation is None:
            return False
        try:
            await self._finish(caller, taken)
        except (PaymentOutcomeUnknown, KeyInProgress):
            return False
        except Refused:
            return True  # it is settled, if not as somebody wished
        return True

    async def _begin(self, caller: Caller, id: OrderId, holder: UUID, expected_version: int | None, act: Act) -> _Held:
        async with self.begin(caller) as work:
            order = visible(await work.orders.get(id), to=caller)
            mandate = Mandate(holder=holder, until=work.instant() + LEASE, claimed=_claimed(caller))
            if deed := deed_of(order, holder=holder, claimed=mandate.claimed):
                return await self._known(work, order, deed, mandate)
            check_version(expected=expected_version, actual=order.version)
            order = act(order, work.now(), mandate)
            work.orders.save(order)
            begun = _Held(order, holder)
            await (work.record() if begun.operation else work.commit(order))
            return begun

    async def _known(self, work: OrderingWork, order: Order, deed: Deed, mandate: Mandate) -> _Held:
        """Go on with what was begun before: by us, without our hearing of it, or by a request with the same key.

        Raises: KeyReused, KeyInProgress; how it ended, where it was refused.
        """
        theirs, ours = deed.last.claimed, mandate.claimed
        if theirs and ours and theirs.fingerprint != ours.fingerprint:
            raise KeyReused
        if not deed.last.open:
            return _Held(await _answered(work, order, deed), mandate.holder)
        if deed.last.holder == mandate.holder:
            return _Held(order, mandate.holder)
        if deed.last.lease_until > work.instant():
            raise KeyInProgress
        return await self._taken(work, order, mandate)

    async def _take_over(self, caller: Caller, id: OrderId, holder: UUID, *, rung: bool) -> _Held:
        async with self.begin(caller) as work:
            order = await work.orders.get(id)
            operation, now = order.under_way, work.instant()
            given_up = rung and order.payment is not None and order.payment.status is PaymentStatus.UNKNOWN
            if operation is None or (operation.holder != holder and operation.lease_until > now and not given_up):
                return _Held(order, holder)
            return await self._taken(work, order, Mandate(holder=holder, until=now + LEASE, claimed=None))

    async def _taken(self, work: OrderingWork, order: Order, mandate: Mandate) -> _Held:
        order = taken_over(order, mandate, at=work.now())
        work.orders.save(order)
        await work.record()
        return _Held(order, mandate.holder, ask=True)

    async def _finish(self, caller: Caller, held: _Held) -> Order:
        """Raises: PaymentOutcomeUnknown, PaymentFailed, KeyInProgress."""
        while operation := held.operation:
            told = await self._told(caller, held, operation)
            settle = partial(self._settle, caller, held.order.id, held.holder, operation, told)
            held = await rerun(settle, doubts=1)
        return held.order

    async def _told(self, caller: Caller, held: _Held, operation: Operation) -> Told:
        instruction = _instruction(caller, held.order, operation)
        try:
            async with asyncio.timeout(PATIENCE):
                if held.ask and (known := await self.gateway.look_up(instruction)) is not None:
                    return known
                return await self.gateway.carry_out(instruction)
        except TimeoutError:
            return Unknown()

    async def _settle(
        self, caller: Caller, id: OrderId, holder: UUID, operation: Operation, told: Told, _times: int
    ) -> _Held:
        """Write down what the gateway said, unless somebody else has taken over, or it is written already."""
        async with self.begin(caller) as work:
            held = _Held(await work.orders.get(id), holder)
            if held.operation is None or held.operation.n != operation.n:
                return await self._already(work, held)
            mandate = Mandate(holder=holder, until=work.instant() + LEASE, claimed=operation.claimed)
            order = settled(held.order, told, at=work.now(), mandate=mandate)
            after, deed = _Held(order, holder), _deed(order, holder, operation)
            answers = caller.claim is not None and after.operation is None
            work.orders.save(answered(order, deed) if answers else order)
            if isinstance(told, Unknown) or (isinstance(told, Declined) and operation.verb.gives_back):
                await work.record()
                raise PaymentOutcomeUnknown
            if after.operation:
                await work.record()
                return after
            return _Held(await _answered(work, order, deed), holder)

    async def _already(self, work: OrderingWork, held: _Held) -> _Held:
        """It is settled, or another is at it. Raises: KeyInProgress; how it ended, where it was refused."""
        if held.operation:
            return held
        deed = deed_of(held.order, holder=held.holder)
        if deed is None or deed.last.open:
            raise KeyInProgress
        return _Held(await _answered(work, held.order, deed), held.holder)

    async def _rehearse(self, caller: Caller, id: OrderId, expected_version: int | None, act: Act) -> Order:
        """Do all of it in one step, as if every payment succeeded; the commit takes it back."""
        async with self.begin(caller) as work:
            order = visible(await work.orders.get(id), to=caller)
            check_version(expected=expected_version, actual=order.version)
            mandate = Mandate(holder=self.new_id(), until=work.instant() + LEASE, claimed=None)
            order = act(order, work.now(), mandate)
            while order.under_way:
                order = settled(order, Succeeded(), at=work.now(), mandate=mandate)
            work.orders.save(order)
            return await work.commit(order)


async def _answered(work: OrderingWork, order: Order, deed: Deed) -> Order:
    """Keep the answer to what is settled, with all that is staged. Raises: the refusal that it ended in."""
    if refusal := deed.refusal(order):
        raise await work.commit(refusal)
    return await work.commit(order)


def _deed(order: Order, holder: UUID, operation: Operation) -> Deed:
    """Return all that was done for whoever asked for the operation."""
    deed = deed_of(order, holder=holder, claimed=operation.claimed)
    assert deed is not None  # noqa: S101 - its operation was just settled
    return deed


def _claimed(caller: Caller) -> Claimed | None:
    claim = caller.claim
    if claim is None:
        return None
    return Claimed(principal=str(caller.principal), key=claim.key, fingerprint=claim.fingerprint)


def _instruction(caller: Caller, order: Order, operation: Operation) -> Instruction:
    payment = order.payment
    assert isinstance(payment, Payment)  # noqa: S101 - it has an operation
    return Instruction(
        organization=caller.organization,
        order_id=order.id,
        payment_id=payment.id,
        key=payment.key(operation),
        verb=operation.verb,
        method=payment.method,
        amount=Money(operation.amount, order.currency),
        reference=payment.reference,
    )
