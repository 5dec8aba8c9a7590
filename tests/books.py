"""Every run ends with its books: what a store holds when its tests are over must hold every invariant.

A test that reaches behind the ports leaves books that nobody could have written; it marks their organization.
"""

import asyncio
from uuid import UUID

from adapters.memory import MemoryStore
from adapters.memory.books import MemoryBooks
from adapters.postgres import Pooler
from adapters.records.invariants import Breach, breaches
from entrypoints.invariants import check_books

_MARKED: set[UUID] = set()


def mark(organization: UUID) -> None:
    """From now on nobody asks whether the books of this organization are in order."""
    _MARKED.add(organization)


def check_database(dsn: str, pooler: Pooler = Pooler.NONE) -> None:
    """Raises: AssertionError, with every breach."""
    found: list[Breach] = []
    asyncio.run(check_books(dsn, pooler, found.append))
    _check(found)


def check_memory(store: MemoryStore) -> None:
    """Raises: AssertionError, with every breach."""
    each = store.organizations()
    _check([breach for one in each for breach in breaches(one, MemoryBooks(store, one).all())])


def _check(found: list[Breach]) -> None:
    unmarked = [breach for breach in found if breach.organization not in _MARKED]
    assert not unmarked, "\n".join(["the books are not in order:", *map(str, unmarked[:60])])
