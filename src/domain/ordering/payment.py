"""A payment of an order, and the operations on it: what is asked of the gateway, each under a key of its own.

At most one operation is open. Whoever began it holds it until its lease is over, by the real clock; after that another
may take over, and first asks the gateway. Amounts are minor units of the order's currency.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.ids import PaymentId, ShipmentId
from domain.ordering.parcels import ShipmentLine
from domain.ordering.payment_lifecycle import DEAD, PAYMENT_LIFECYCLE, PaymentStatus, Step


class Verb(StrEnum):
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"

    @property
    def gives_back(self) -> bool:
        """Whether it is done again and again until it is done."""
        return self in (Verb.VOID, Verb.REFUND)


class Outcome(StrEnum):
    OPEN = "open"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The gateway did it. `reference`: what it calls the payment, where it says so."""

    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The gateway did not do it, and will not under this key."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the gateway did it: no answer in time, or one that says nothing."""


Told = Succeeded | Declined | Unknown
"""What the gateway told of an operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Under whose key an operation was asked for, and what was asked for: by these a later retry knows its own deed."""

    principal: str
    key: bytes
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Who may carry an operation out, until when (the real instant, UTC), and under whose key."""

    holder: UUID
    until: datetime
    claimed: Claimed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShipment:
    """The parcel that leaves when the money has come."""

    id: ShipmentId
    carrier: str | None
    tracking_number: str | None
    lines: tuple[ShipmentLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The `n`th thing (1 …) that is asked of the gateway about one payment."""

    n: int
    verb: Verb
    amount: int
    outcome: Outcome = Outcome.OPEN
    decline_code: str | None = None
    holder: UUID
    lease_until: datetime
    claimed: Claimed | None
    plan: PlannedShipment | None = None

    @property
    def open(self) -> bool:
        return self.outcome is Outcome.OPEN

    def erase(self) -> Self:
        return replace(self, plan=self.plan and replace(self.plan, tracking_number=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money for an order. `untold` counts the changes of it that no event tells (see `Order.version`)."""

    id: PaymentId
    method: str
    status: PaymentStatus = PAYMENT_LIFECYCLE.initial
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    decline_code: str | None = None
    reference: str | None = None
    operations: tuple[Operation, ...]
    untold: int = 0

    @classmethod
    def of(cls, id: PaymentId, method: str, amount: int, mandate: Mandate) -> Self:
        """A payment of which the authorisation is open."""
        return cls(id=id, method=method, operations=(_operation(1, Verb.AUTHORIZE, amount, mandate),))

    @property
    def live(self) -> bool:
        """Whether it holds money, or may come to."""
        return self.status not in DEAD

    @property
    def open(self) -> Operation | None:
        last = self.operations[-1]
        return last if last.open else None

    @property
    def left(self) -> int:
        """What was captured and not given back."""
        return self.captured - self.refunded

    def key(self, operation: Operation) -> str:
        """What the gateway knows the operation by: asked for twice under it, a thing is done once."""
        return f"pay:{self.id}:{operation.verb}:{operation.n}"

    def begin(self, verb: Verb, amount: int, mandate: Mandate, plan: PlannedShipment | None = None) -> Self:
        """Open the next operation. Raises: IllegalTransition, where the payment is not as far, or further."""
        operation = replace(_operation(len(self.operations) + 1, verb, amount, mandate), plan=plan)
        return replace(self._moved(Step(verb)), operations=(*self.operations, operation))

    def take_over(self, mandate: Mandate) -> Self:
        """Let another hold the open operation; whose key it was asked for under stays as it is."""
        operation = self.operations[-1]
        held = replace(operation, holder=mandate.holder, lease_until=mandate.until)
        return replace(self._moved(Step(operation.verb)), operations=(*self.operations[:-1], held))

    def lose(self) -> Self:
        """Nobody knows what became of the open operation. It stays open."""
        return self._moved(Step.LOSE)

    def decline(self, code: str) -> Self:
        return replace(
            self._moved(Step.DECLINE), decline_code=code, operations=self._closed(Outcome.DECLINED, decline_code=code)
        )

    def succeed(self, reference: str | None) -> Self:
        """The open operation is done: its money has moved."""
        operation = self.operations[-1]
        counter = {Verb.AUTHORIZE: "authorized", Verb.CAPTURE: "captured", Verb.REFUND: "refunded"}.get(operation.verb)
        counted = {counter: getattr(self, counter) + operation.amount} if counter else {}
        complete = operation.verb is Verb.REFUND and operation.amount == self.left
        return replace(
            self._moved(Step.COMPLETE if complete else Step.SUCCEED),
            reference=reference or self.reference,
            decline_code=None,
            operations=self._closed(Outcome.SUCCEEDED),
            **counted,
        )

    def erase(self) -> Self:
        """Forget by which number the customer could follow a parcel that is about to leave."""
        return replace(self, operations=tuple(operation.erase() for operation in self.operations))

    def _closed(self, outcome: Outcome, decline_code: str | None = None) -> tuple[Operation, ...]:
        """Close the open operation. What was planned has happened by then, and its parcel says so; or it never will."""
        closed = replace(self.operations[-1], outcome=outcome, decline_code=decline_code, plan=None)
        return (*self.operations[:-1], closed)

    def _moved(self, step: Step) -> Self:
        """The one place where a status is written. Raises: IllegalTransition."""
        return replace(self, status=PAYMENT_LIFECYCLE.step(self.status, step))


def _operation(n: int, verb: Verb, amount: int, mandate: Mandate) -> Operation:
    return Operation(
        n=n, verb=verb, amount=amount, holder=mandate.holder, lease_until=mandate.until, claimed=mandate.claimed
    )
