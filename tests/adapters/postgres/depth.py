"""What pages cost at both ends of a collection: time as in service, and buffers as PostgreSQL counts them.

    PYTHONPATH=src:. python -m tests.adapters.postgres.depth postgresql://… demo > figures.json

measures any database that was seeded (`./orderwright seed --orders 1000000`), as the serving role, on one connection.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product
from statistics import median
from time import perf_counter
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, bindparam, func, select

from adapters.postgres import TenantPool, order_queries
from adapters.postgres.identity_queries import FIND_ORGANIZATION
from adapters.postgres.order_finding import matching
from adapters.postgres.paging import in_order
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.wall import PARAMETER
from adapters.records.tables import orders
from application.ordering.ports import DEAREST
from application.shared.pages import NEWEST, Direction, Sort
from domain.ordering.lifecycle import State
from tests.adapters.postgres.explaining import literal

LIMIT: Final = 25
ROWS: Final = LIMIT + 1
"""One more is read, to see that there is more."""

IN_USE: Final = 10
"""From the sixth time on, PostgreSQL may plan without the values."""

SORTS: Final = {
    "-createdAt": NEWEST,
    "createdAt": replace(NEWEST, descending=False),
    "-total": DEAREST,
    "total": replace(DEAREST, descending=False),
}

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """A page at one end of a walk: the statement that the adapter sends for it, and the values that go along."""

    statement: Statement
    values: Values


@dataclass(slots=True)
class Figures:
    """Medians in milliseconds, and buffers (8 KiB each), of the first page and of the last whole one."""

    what: str
    found: int
    anew: bool
    """No index has what is found in its order: a page costs what lies between its rows, which differs from end to end.
    """
    first_ms: list[float] = field(default_factory=list)
    deep_ms: list[float] = field(default_factory=list)
    first_buffers: int = 0
    deep_buffers: int = 0

    @property
    def ratio(self) -> float:
        return median(self.deep_ms) / median(self.first_ms)

    @property
    def said(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "found": self.found,
            "page": self.found // LIMIT,
            "first_ms": round(median(self.first_ms), 3),
            "deep_ms": round(median(self.deep_ms), 3),
            "ratio": round(self.ratio, 2),
            "buffers": [self.first_buffers, self.deep_buffers],
        }


@dataclass(frozen=True, slots=True)
class Depth:
    """Measures the pages of one organization's orders."""

    pool: TenantPool
    organization: UUID

    async def figures(self, *, times: int) -> list[Figures]:
        async with self.pool.serving(self.organization) as connection:
            await connection.execute("SET statement_timeout = '60s'")  # finding the ends costs what walking there would
            figures = [
                await self._measured(connection, what, sort, direction, values, times)
                for what, sort, direction, values in cases(await self._facts(connection))
            ]
            await connection.execute("SET statement_timeout = '3s'")
        return figures

    async def counted(self, filters: Values, page: int, *, times: int) -> list[float] | str:
        """Return how many milliseconds a page by number takes, with its count of all; words, if too long."""
        statement = order_queries._numbered(NEWEST, frozenset(filters))
        values = {PARAMETER: self.organization, "rows": LIMIT, "skipped": LIMIT * (page - 1), **filters}
        async with self.pool.serving(self.organization) as connection:
            try:
                return [round(await _timed(connection, End(statement, values)), 1) for _ in range(times)]
            except asyncpg.QueryCanceledError:
                return "longer than the 3 s that a statement has"

    async def _facts(self, connection: TenantConnection) -> Values:
        """A customer, a product, and ranges that let a tenth or half of all orders through."""
        middle = "percentile_disc(array[0.45, 0.55, 0.75]) WITHIN GROUP (ORDER BY {0}) FROM orders"
        times = await connection.fetchval(f"SELECT {middle.format('created_at')}")
        totals = await connection.fetchval(f"SELECT {middle.format('total')}")
        return {
            "customer_id": await connection.fetchval("SELECT customer_id FROM orders ORDER BY created_at DESC LIMIT 1"),
            "product_id": await connection.fetchval("SELECT product_id FROM order_lines LIMIT 1"),
            "times": times,
            "totals": totals,
        }

    async def _measured(
        self, connection: TenantConnection, what: str, sort: Sort, direction: Direction, values: Values, times: int
    ) -> Figures:
        given = {PARAMETER: self.organization, "rows": ROWS, **values}
        filtered = frozenset(values)
        found = await connection.fetchval(*_counting(filtered, given))
        at, after = await connection.fetchrow(*_last(filtered, sort, direction, given, found))
        first = End(order_queries._list(direction, positioned=False, sort=sort, filtered=filtered), given)
        deep = End(
            order_queries._list(direction, positioned=True, sort=sort, filtered=filtered),
            {**given, "at": at, "after": after},
        )
        figures = Figures(what, found, first.statement.anew)
        for _ in range(IN_USE):
            await _timed(connection, first)
            await _timed(connection, deep)
        for _ in range(times):  # in turns: whatever else the machine does, it does to both
            figures.first_ms.append(await _timed(connection, first))
            figures.deep_ms.append(await _timed(connection, deep))
        figures.first_buffers, figures.deep_buffers = await buffers(connection, first), await buffers(connection, deep)
        return figures


def cases(facts: Values) -> Iterator[tuple[str, Sort, Direction, dict[str, Any]]]:
    """Every sort, and the main filters, in both directions."""
    low, high, later = facts["times"]
    cheap, dear, dearer = facts["totals"]
    two, every = ["cancelled", "delivered"], sorted(State)
    filters: list[tuple[str, str, dict[str, Any]]] = [
        *((f"sort {name}", name, {}) for name in SORTS),
        ("one status", "-createdAt", {"status": "delivered"}),
        ("two statuses", "-createdAt", {"statuses": two}),
        ("six statuses", "-createdAt", {"statuses": every}),
        ("a customer", "-createdAt", {"customer_id": facts["customer_id"]}),
        ("a customer and two statuses", "-createdAt", {"customer_id": facts["customer_id"], "statuses": two}),
        ("a product", "-createdAt", {"product_id": facts["product_id"]}),
        ("created from and to", "-createdAt", {"created_from": low, "created_to": high}),
        ("two statuses, created from", "-createdAt", {"statuses": two, "created_from": later - timedelta(days=1)}),
        ("total from and to, sort -total", "-total", {"total_from": cheap, "total_to": dear}),
        ("half of all by total, sort -createdAt", "-createdAt", {"total_from": cheap, "total_to": dearer}),
        ("one status, sort -total", "-total", {"status": "delivered"}),
        ("two statuses, sort total", "total", {"statuses": two}),
    ]
    for (what, sort, values), direction in product(filters, Direction):
        yield f"{what}, {direction}", SORTS[sort], direction, values


def _counting(filtered: frozenset[str], given: Values) -> tuple[Any, ...]:
    rows, _ = matching([orders.c.id], filtered, NEWEST)
    return _called(compiled(select(func.count()).select_from(rows.subquery())), given)


def _last(filtered: frozenset[str], sort: Sort, direction: Direction, given: Values, found: int) -> tuple[Any, ...]:
    """The place before the last whole page of a walk in this direction."""
    rows, place = matching([orders.c[sort.by], orders.c.id], filtered, sort)
    falling = sort.descending is (direction is Direction.FORWARD)
    skipped = bindparam("skipped", type_=BigInteger())
    statement = compiled(
        in_order(rows, place, falling=falling).offset(skipped).limit(bindparam("one", type_=BigInteger()))
    )
    return _called(statement, {**given, "skipped": max(found - LIMIT - 1, 0), "one": 1})


def _called(statement: Statement, given: Values) -> tuple[Any, ...]:
    return statement.sql, *(given[name] for name in statement.parameters)


async def _timed(connection: TenantConnection, end: End) -> float:
    """Run it as the service does; return milliseconds, the driver's share included."""
    start = perf_counter()
    await end.statement.fetch(connection, end.values)
    return (perf_counter() - start) * 1000


async def buffers(connection: TenantConnection, end: End) -> int:
    """Return how many buffers running the statement takes, once it has been in use."""
    mode = "force_custom_plan" if end.statement.anew else "auto"
    await connection.execute(f"SET plan_cache_mode = {mode}; PREPARE page AS {end.statement.sql}")
    run = f"EXECUTE page ({', '.join(literal(end.values[name]) for name in end.statement.parameters)})"
    for _ in range(IN_USE):
        await connection.execute(run)
    said = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {run}"))
    await connection.execute("DEALLOCATE page; RESET plan_cache_mode")
    plan = said[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def _report(dsn: str, slug: str, times: int) -> dict[str, Any]:
    pool = TenantPool.to(dsn, size=1)
    try:
        async with pool.connection() as connection:
            organization = await connection.fetchval(FIND_ORGANIZATION, slug)
        depth = Depth(pool, organization)
        figures = await depth.figures(times=times)
        numbered = {
            f"page {page} by number, {what}": await depth.counted(filters, page, times=5)
            for what, filters in {"all": {}, "one status": {"status": "delivered"}}.items()
            for page in (1, figures[0].found // LIMIT if what == "all" else 1_000)
        }
    finally:
        await pool.close()
    return {
        "orders": figures[0].found,
        "limit": LIMIT,
        "times": times,
        "load": [round(load, 1) for load in os.getloadavg()],
        "figures": [each.said for each in figures],
        "numbered_ms": numbered,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dsn", help="of the service's own login")
    parser.add_argument("organization", help="its slug")
    parser.add_argument("--times", type=int, default=50)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(_report(given.dsn, given.organization, given.times)), indent=1))


if __name__ == "__main__":
    main()
