"""`invariants`: check everything that a whole database holds, organization after organization."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from adapters.postgres import Pooler, TenantPool
from adapters.postgres.books import PostgresBooks, organizations_of
from adapters.records.facts import table_of
from adapters.records.invariants import Breach, breaches
from entrypoints.database import Database, database

Tally = Counter[str]
"""How many there were of what: rows of tables."""

SUMMED_UP: Final = ("organizations", "orders", "products", "customers", "members", "events")


@dataclass(frozen=True, slots=True)
class Wish:
    """Where, and whether a machine reads along."""

    data_dir: Path
    json: bool


def invariants(wish: Wish, console: Console) -> int:
    """Print each breach as it is found, and what was checked. Returns the exit code: 1 when there is any."""
    with database(wish.data_dir) as place:
        return asyncio.run(_told(place, _Machine() if wish.json else _People(console)))


async def check_books(dsn: str, pooler: Pooler, tell: Callable[[Breach], None]) -> Tally:
    """Tell of every breach, and return what was checked. Raises: OSError, asyncpg.PostgresError, Unavailable."""
    tally: Tally = Counter()
    pool = TenantPool.to(dsn, pooler, size=1, patience=5)
    try:
        books = PostgresBooks(pool)
        for organization in await organizations_of(dsn, pooler):
            async for batch in books.of(organization):
                for breach in breaches(organization, batch):
                    tell(breach)
                for facts in batch:
                    tally[table_of(facts.kind)] += facts.exists
                    tally["events"] += len(facts.rows.get("events", ()))
    finally:
        await pool.close()
    return tally


async def _told(place: Database, listener: "_People | _Machine") -> int:
    found: Counter[str] = Counter()

    def tell(breach: Breach) -> None:
        found[breach.check.name] += 1
        listener.tell(breach)

    tally = await check_books(place.url, place.pooler, tell)
    listener.sum_up({name: tally[name] for name in SUMMED_UP}, found.total())
    return 1 if found else 0


@dataclass(frozen=True, slots=True)
class _People:
    console: Console

    def tell(self, breach: Breach) -> None:
        check = breach.check
        self.console.print(
            f"[red]{breach.subject}[/red] of {breach.organization}: [bold]{check.name}[/bold]\n"
            f"  expected {escape(str(check.expected))}\n  actual   {escape(str(check.actual))}",
            soft_wrap=True,
        )

    def sum_up(self, checked: dict[str, int], found: int) -> None:
        looked_at = ", ".join(f"{count} {name}" for name, count in checked.items())
        verdict = f"{found} do not hold" if found else "all invariants hold"
        self.console.print(f"{looked_at} checked: {verdict}.", soft_wrap=True)


@dataclass(frozen=True, slots=True)
class _Machine:
    """A JSON object a line: each breach, and at the end what was checked."""

    def tell(self, breach: Breach) -> None:
        check = breach.check
        said = {"check": check.name, "expected": check.expected, "actual": check.actual}
        self._print({"organization": str(breach.organization), "subject": breach.subject, **said})

    def sum_up(self, checked: dict[str, int], found: int) -> None:
        self._print({"checked": checked, "violations": found})

    @staticmethod
    def _print(line: dict[str, object]) -> None:
        print(json.dumps(line, ensure_ascii=False), flush=True)
