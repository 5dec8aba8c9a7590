"""Which orders are meant, and how they are found: one index scan of a page's length for each filter and each sort.

A filter that no index serves in the order that is asked for (a range of totals, newest first) costs what PostgreSQL
makes of it: it plans for the values, and walks the sort or sorts what is found, whichever is less.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, FromClause, Select, Text, Uuid, bindparam, func, select, true

from adapters.postgres.order_select import order_columns, own_columns
from adapters.postgres.paging import Place, ordered
from adapters.postgres.wall import of_organization
from adapters.records.schema import INSTANT
from adapters.records.tables import order_lines, orders
from application.ordering.ports import OrderFilters
from application.shared.pages import Direction, Sort

Filtered = frozenset[str]
"""The names of what is filtered by: a statement is written once for each such set."""

ONE_STATUS: Final = "status"
STATUSES: Final = "statuses"
PRODUCT: Final = "product_id"

_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    ONE_STATUS: orders.c.status == bindparam(ONE_STATUS, type_=Text()),
    STATUSES: orders.c.status == func.any(bindparam(STATUSES, type_=ARRAY(Text()))),
    "customer_id": orders.c.customer_id == bindparam("customer_id", type_=Uuid()),
    "created_from": orders.c.created_at >= bindparam("created_from", type_=INSTANT),
    "created_to": orders.c.created_at < bindparam("created_to", type_=INSTANT),
    "total_from": orders.c.total >= bindparam("total_from", type_=BigInteger()),
    "total_to": orders.c.total < bindparam("total_to", type_=BigInteger()),
    "number": orders.c.number == bindparam("number", type_=Text()),
    "external_reference": orders.c.external_reference == bindparam("external_reference", type_=Text()),
}

_OF_A_LINE: Final[Mapping[str, ColumnElement[bool]]] = {
    PRODUCT: order_lines.c.product_id == bindparam(PRODUCT, type_=Uuid()),
    "created_from": order_lines.c.ordered_at >= bindparam("created_from", type_=INSTANT),
    "created_to": order_lines.c.ordered_at < bindparam("created_to", type_=INSTANT),
}
"""What is asked of the line where a product is asked for. (A product is in an order once.)"""

_LED_BY_OTHERS: Final = frozenset({"customer_id", PRODUCT, "number", "external_reference"})
"""Filters whose own index leads to fewer orders than any status does."""


_OUT_OF_ORDER: Final[Mapping[str, Filtered]] = {
    "created_at": frozenset({"total_from", "total_to"}),
    "total": frozenset({ONE_STATUS, STATUSES, PRODUCT, "created_from", "created_to"}),
}
"""By sort: filters whose index comes in another order, so that the best plan depends on how much they let through."""


_BEHIND_US: Final[Mapping[tuple[str, bool], Filtered]] = {
    ("created_at", True): frozenset({"created_to"}),
    ("created_at", False): frozenset({"created_from"}),
    ("total", True): frozenset({"total_to"}),
    ("total", False): frozenset({"total_from"}),
}
"""By what is sorted by, and whether it falls on the way: the bound where such a walk begins. A position lies within it,
so it says nothing new; but given both, PostgreSQL may begin at the bound, and pass over all pages before the position.
"""


def depends_on_values(filtered: Filtered, sort: Sort) -> bool:
    return not filtered.isdisjoint(_OUT_OF_ORDER[sort.by])


def values_of(filters: OrderFilters) -> dict[str, Any]:
    """Return what is filtered by, by name."""
    given = {field.name: getattr(filters, field.name) for field in fields(filters) if field.name != STATUSES}
    match sorted(filters.statuses):
        case [one]:
            given[ONE_STATUS] = one
        case [_, *_] as several:
            given[STATUSES] = several
    return {name: value for name, value in given.items() if value is not None}


def found(filtered: Filtered, sort: Sort, direction: Direction, *, positioned: bool) -> Select[Any]:
    """Return the select of a page of orders with all their parts. A position is one that the same filters found."""
    if positioned:
        filtered -= _BEHIND_US[sort.by, sort.descending is (direction is Direction.FORWARD)]
    if STATUSES in filtered and sort.by == "created_at" and not filtered & _LED_BY_OTHERS:
        return _of_each_status(filtered, sort, direction, positioned=positioned)
    rows, place = matching(order_columns(), filtered, sort)
    return ordered(rows, place, direction, positioned=positioned, sort=sort)


def matching(columns: list[ColumnElement[Any]], filtered: Filtered, sort: Sort) -> tuple[Select[Any], Place]:
    """Return the select of all orders that are meant, and the columns that they are sorted by."""
    walled = select(*columns).where(of_organization(orders))
    if PRODUCT not in filtered:
        return walled.where(*(_CONDITIONS[name] for name in sorted(filtered))), (orders.c[sort.by], orders.c.id)
    line = orders.join(order_lines, order_lines.c.order_id == orders.c.id)
    conditions = {**_CONDITIONS, **_OF_A_LINE}
    rows = walled.select_from(line).where(of_organization(order_lines), *(conditions[n] for n in sorted(filtered)))
    by_line = (order_lines.c.ordered_at, order_lines.c.order_id)
    return rows, by_line if sort.by == "created_at" else (orders.c[sort.by], orders.c.id)


def _of_each_status(filtered: Filtered, sort: Sort, direction: Direction, *, positioned: bool) -> Select[Any]:
    """A page of each status, each a walk of its index, and the page that they make together."""
    status = func.unnest(bindparam(STATUSES, type_=ARRAY(Text()))).table_valued("status").render_derived("wanted")
    rows, place = matching(own_columns(), filtered - {STATUSES}, sort)
    of_one = rows.where(orders.c.status == status.c.status)
    page = ordered(of_one, place, direction, positioned=positioned, sort=sort).lateral("page")
    together = select(*order_columns(page)).select_from(status.join(page, true()))
    return ordered(together, place_in(page, sort), direction, positioned=False, sort=sort)


def place_in(rows: FromClause, sort: Sort) -> Place:
    """Return the columns that such rows are sorted by."""
    return rows.c[sort.by], rows.c.id
