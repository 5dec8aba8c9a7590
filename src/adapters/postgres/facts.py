"""The selects that fetch facts: each a subject with all that the invariants look at, of one instant, in one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
from sqlalchemy import ColumnElement, Select, Table, Text, func, literal_column, select

from adapters.postgres.nested import rows_beside
from adapters.postgres.order_select import order_columns, rows_of
from adapters.postgres.wall import of_organization
from adapters.records.facts import FEED, HELD, LEDGER_SUMS, ORGANIZATIONS, OWNERS, SUBJECTS, Facts, columns_of
from adapters.records.rows import Rows
from adapters.records.schema import metadata
from adapters.records.stock_records import ADJUSTMENT, ORDER
from adapters.records.tables import events, members, order_lines, orders, organizations, products, stock_ledger
from domain.identity.roles import Role

_CHAIN: Final = ("events_count", "events_head")
_HELD: Final = ("status", "quantity", "shipped")
_SUMS: Final = ("on_hand", "reserved")


@dataclass(frozen=True, slots=True)
class Source:
    """How one kind of subject is fetched: `read`, to be narrowed by its id, and its rows in a record of that."""

    kind: str
    root: Table
    read: Select[Any]
    rows: Callable[[asyncpg.Record], Rows]

    def facts(self, record: asyncpg.Record) -> Facts:
        return Facts(kind=self.kind, id=record["id"], rows=self.rows(record))


def _source(kind: str, *beside: ColumnElement[Any], **columns: tuple[str, ...]) -> Source:
    """A root with its own columns, its events, and what else stands `beside` it under these names."""
    root = metadata.tables[SUBJECTS[kind]]
    named = {"events": columns_of("events"), **columns}

    def rows(record: asyncpg.Record) -> Rows:
        return {root.name: [record], **{name: _named(record[name], which) for name, which in named.items()}}

    read = select(*(root.c[name] for name in columns_of(root.name)), _events_of(kind, root), *beside)
    return Source(kind, root, read.where(of_organization(root)), rows)


def order_source() -> Source:
    """An order, its parts, its events, and the ledger's rows that refer to it."""
    of_it = (stock_ledger.c.reference == orders.c.id, stock_ledger.c.reference_to == word(ORDER))
    ledger = rows_beside(stock_ledger, columns_of("stock_ledger"), *of_it)
    chain = (orders.c[name] for name in _CHAIN)
    read = select(*order_columns(), *chain, _events_of("order", orders), ledger.label("stock_ledger"))

    def rows(record: asyncpg.Record) -> Rows:
        beside = {name: _named(record[name], columns_of(name)) for name in ("events", "stock_ledger")}
        return {**rows_of(record), **beside}

    return Source("order", orders, read.where(of_organization(orders)), rows)


def product_source() -> Source:
    """A product, its events, its adjustments, the sums of its ledger, and what orders hold of it by their status."""
    adjustments = rows_beside(
        stock_ledger,
        columns_of("stock_ledger"),
        stock_ledger.c.product_id == products.c.id,
        stock_ledger.c.reference_to == word(ADJUSTMENT),
    )
    totals = [func.coalesce(func.sum(stock_ledger.c[name]), literal_column("0")) for name in _SUMS]
    sums = select(func.row(*totals)).where(of_organization(stock_ledger), stock_ledger.c.product_id == products.c.id)
    held = (
        select(func.row(orders.c.status, func.sum(order_lines.c.quantity), func.sum(order_lines.c.shipped)))
        .select_from(order_lines.join(orders, orders.c.id == order_lines.c.order_id))
        .where(of_organization(order_lines), of_organization(orders), order_lines.c.product_id == products.c.id)
        .group_by(orders.c.status)
    )
    return _source(
        "product",
        adjustments.label("stock_ledger"),
        func.array(sums.scalar_subquery()).label(LEDGER_SUMS),
        func.array(held.scalar_subquery()).label(HELD),
        **{"stock_ledger": columns_of("stock_ledger"), LEDGER_SUMS: _SUMS, HELD: _HELD},
    )


SOURCES: Final[Mapping[str, Callable[[], Source]]] = {
    "order": order_source,
    "product": product_source,
    "customer": lambda: _source("customer"),
    "user": lambda: _source("user"),
}
"""Every kind of subject: whoever writes events of a new kind adds a row here and to `records.facts.SUBJECTS`."""


def organization_select() -> Select[Any]:
    owners = rows_beside(members, ("id",), members.c.role == word(Role.OWNER), members.c.removed_at.is_(None))
    feed = func.array(_feed().scalar_subquery()).label(FEED)
    return select(organizations.c.id, organizations.c.owners, owners.label("members"), feed).where(
        of_organization(organizations)
    )


def organization_facts(record: asyncpg.Record) -> Facts:
    members, feed = _named(record["members"], ("id",)), _named(record[FEED], ("numbered", "first", "last"))
    rows = {"organizations": [record], OWNERS: members, FEED: feed}
    return Facts(kind=ORGANIZATIONS, id=record["id"], rows=rows)


def _feed() -> Select[Any]:
    places = events.c.position
    numbered = func.row(func.count(places), func.min(places), func.max(places))
    return select(numbered).where(of_organization(events))


def word(value: str) -> ColumnElement[str]:
    """A word of the house's own, in the text of a statement."""
    return literal_column(f"'{value}'", Text())


def _events_of(kind: str, root: Table) -> ColumnElement[Any]:
    of_kind = events.c.subject == word(kind)
    return rows_beside(events, columns_of("events"), of_kind, events.c.subject_id == root.c.id).label("events")


def _named(rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in rows]
