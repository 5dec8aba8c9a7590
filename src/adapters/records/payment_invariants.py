"""What must be so of the money of every order: each payment says what its operations did, and gives back no more."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from adapters.records.facts import Facts
from adapters.records.judging import Invariant
from application.shared.invariants import Stated
from domain.ordering.payment import Outcome, Verb
from domain.ordering.payment_lifecycle import DEAD, UNDER_WAY, PaymentStatus

COUNTED: Final[Mapping[str, Verb]] = {
    "authorized": Verb.AUTHORIZE,
    "captured": Verb.CAPTURE,
    "refunded": Verb.REFUND,
}
"""By column of a payment: which operations add to it, once they have succeeded."""


def _counters(facts: Facts) -> tuple[Stated, Stated]:
    done: Counter[tuple[object, str]] = Counter()
    for operation in facts.rows["payment_operations"]:
        if operation["outcome"] == Outcome.SUCCEEDED:
            done[operation["payment_id"], operation["verb"]] += operation["amount"]
    payments = facts.rows["payments"]
    expected = {f"{row['id']}/{name}": done[row["id"], verb] for row in payments for name, verb in COUNTED.items()}
    return expected, {f"{row['id']}/{name}": row[name] for row in payments for name in COUNTED}


def _open(facts: Facts) -> tuple[Stated, Stated]:
    opened = Counter(row["payment_id"] for row in facts.rows["payment_operations"] if row["outcome"] == Outcome.OPEN)
    under_way = {str(row["id"]): int(PaymentStatus(row["status"]) in UNDER_WAY) for row in facts.rows["payments"]}
    return under_way, {str(row["id"]): opened[row["id"]] for row in facts.rows["payments"]}


def _one_live(facts: Facts) -> tuple[Stated, Stated]:
    live = [row["id"] for row in facts.rows["payments"] if PaymentStatus(row["status"]) not in DEAD]
    return "one at most", "one at most" if len(live) <= 1 else ", ".join(map(str, live))


def _bounds(facts: Facts) -> tuple[Stated, Stated]:
    total = facts.root["total"]
    rising = {
        row["id"]: [0, *(row[name] for name in reversed(tuple(COUNTED))), total] for row in facts.rows["payments"]
    }
    return "", ", ".join(str(payment) for payment, amounts in rising.items() if amounts != sorted(amounts))


_ORDER: Final = ("order",)

PAYMENTS: Final = (
    Invariant("payment-counters", _ORDER, "A payment says what its operations that succeeded add up to.", _counters),
    Invariant("payment-open", _ORDER, "An operation is open if, and only if, its payment is under way.", _open),
    Invariant("payment-live", _ORDER, "At most one payment holds money, or may come to.", _one_live),
    Invariant("payment-bounds", _ORDER, "0 ≤ refunded ≤ captured ≤ authorized ≤ total.", _bounds),
)
