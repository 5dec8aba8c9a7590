"""Every invariant of what is stored, once: the proof of an order and the check of a whole database read this table.

A new invariant is one row of one of the lists that stand together here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from adapters.records.chain_invariants import CHAINS
from adapters.records.facts import ORGANIZATIONS, SUBJECTS, Facts
from adapters.records.feed_invariants import FEEDS
from adapters.records.judging import Invariant
from adapters.records.order_invariants import ORDERS
from adapters.records.payment_invariants import PAYMENTS
from adapters.records.people_invariants import PEOPLE
from adapters.records.product_invariants import PRODUCTS
from application.shared.invariants import Check, Stated


def _exists(facts: Facts) -> tuple[Stated, Stated]:
    if facts.exists:
        return facts.kind, facts.kind
    speaking = {table: len(rows) for table, rows in facts.rows.items() if rows}
    return facts.kind, ", ".join(f"{count} of {table}" for table, count in speaking.items()) + " of none"


EXISTS: Final = Invariant(
    "exists", (*SUBJECTS, ORGANIZATIONS), "What events and ledger rows speak of, is there.", _exists
)

INVARIANTS: Final = (EXISTS, *ORDERS, *PAYMENTS, *PRODUCTS, *PEOPLE, *CHAINS, *FEEDS)


@dataclass(frozen=True, slots=True)
class Breach:
    """A check that does not hold: whose books, and what of them (`orders/<id>`)."""

    organization: UUID
    subject: str
    check: Check


def judged(facts: Facts) -> tuple[Check, ...]:
    """Check one subject; of what does not exist, only that is said."""
    if not facts.exists:
        return (EXISTS.check(facts),)
    return tuple(one.check(facts) for one in INVARIANTS if facts.kind in one.of)


def breaches(organization: UUID, books: Iterable[Facts]) -> Iterator[Breach]:
    """Yield what does not hold of these subjects."""
    for facts in books:
        for check in judged(facts):
            if not check.holds:
                yield Breach(organization, facts.subject, check)
