"""The lifecycle of a payment: one table that the entity and the tests read. What is done with money is said by its
verbs, what the gateway told of it by its outcomes.
"""

from enum import StrEnum
from typing import Final

from domain.shared.machine import Machine


class PaymentStatus(StrEnum):
    AUTHORIZING = "authorizing"
    AUTHORIZED = "authorized"
    CAPTURING = "capturing"
    CAPTURED = "captured"
    VOIDING = "voiding"
    VOIDED = "voided"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    DECLINED = "declined"
    UNKNOWN = "unknown"


class Step(StrEnum):
    """The four verbs, which begin an operation, or take one up again; and what becomes of it."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    SUCCEED = "succeed"
    COMPLETE = "complete"
    DECLINE = "decline"
    LOSE = "lose"


_BEGUN: Final = {
    Step.AUTHORIZE: PaymentStatus.AUTHORIZING,
    Step.CAPTURE: PaymentStatus.CAPTURING,
    Step.VOID: PaymentStatus.VOIDING,
    Step.REFUND: PaymentStatus.REFUNDING,
}

PAYMENT_LIFECYCLE: Final = Machine(
    name="payment",
    initial=PaymentStatus.AUTHORIZING,
    table={
        (PaymentStatus.AUTHORIZING, Step.SUCCEED): PaymentStatus.AUTHORIZED,  # the money is held
        (PaymentStatus.AUTHORIZING, Step.DECLINE): PaymentStatus.DECLINED,  # another payment may be tried
        (PaymentStatus.AUTHORIZED, Step.CAPTURE): PaymentStatus.CAPTURING,  # the first parcel is about to leave
        (PaymentStatus.AUTHORIZED, Step.VOID): PaymentStatus.VOIDING,  # the order will not come about
        (PaymentStatus.CAPTURING, Step.SUCCEED): PaymentStatus.CAPTURED,  # the money is ours, and the parcel leaves
        (PaymentStatus.CAPTURING, Step.DECLINE): PaymentStatus.AUTHORIZED,  # nothing ships; it can be tried again
        (PaymentStatus.VOIDING, Step.SUCCEED): PaymentStatus.VOIDED,  # the money is free again
        (PaymentStatus.VOIDING, Step.DECLINE): PaymentStatus.VOIDING,  # what gives money back is done until it is done
        (PaymentStatus.CAPTURED, Step.REFUND): PaymentStatus.REFUNDING,  # goods have come back
        (PaymentStatus.REFUNDING, Step.SUCCEED): PaymentStatus.CAPTURED,  # some of it was given back
        (PaymentStatus.REFUNDING, Step.COMPLETE): PaymentStatus.REFUNDED,  # the last of it was given back
        (PaymentStatus.REFUNDING, Step.DECLINE): PaymentStatus.REFUNDING,  # as for voiding
        **{(doing, Step.LOSE): PaymentStatus.UNKNOWN for doing in _BEGUN.values()},  # no answer, or none to believe
        **{(doing, verb): doing for verb, doing in _BEGUN.items()},  # whoever was at it is gone: another takes over
        **{(PaymentStatus.UNKNOWN, verb): doing for verb, doing in _BEGUN.items()},  # the gateway is asked
    },
)

UNDER_WAY: Final = frozenset({*_BEGUN.values(), PaymentStatus.UNKNOWN})
"""Statuses in which something has begun of which the end is not known yet."""

DEAD: Final = frozenset({PaymentStatus.DECLINED, PaymentStatus.VOIDED})
"""Statuses in which a payment holds no money, and never will: its order may have another one."""

_NEXT: Final = PAYMENT_LIFECYCLE.table

WRITTEN: Final = PAYMENT_LIFECYCLE.edges | {
    (doing, _NEXT[done, back])
    for (doing, step), done in _NEXT.items()
    for back in (Step.VOID, Step.REFUND)
    if step is Step.SUCCEED and _NEXT.get((done, back), doing) != doing
}
"""Which status may follow which from one thing that is written to the next: an edge of the table, or two at once, where
money came for what can no longer be done, and is given back in the same breath. The database refuses all others."""
