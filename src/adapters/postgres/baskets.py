"""Baskets: policy, buyer and offers in one round trip."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Table, Uuid, bindparam, func, select

from adapters.postgres.statements import Statement, compiled
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.baskets import BUYER_COLUMNS, OFFER_COLUMNS, POLICY_COLUMNS, basket_from, basket_guards
from adapters.records.tables import customers, organizations, products
from domain.ids import CustomerId, ProductId
from domain.ordering.basket import Basket

_BUYER = ("id", *BUYER_COLUMNS)
_OFFER = ("id", *OFFER_COLUMNS, "on_hand", "reserved")


@dataclass(frozen=True, slots=True)
class PostgresBaskets:
    unit: UnitOfWork

    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        (policy,) = await self.unit.fetch(_look(), customer=customer, products=sorted(set[UUID](products)))
        buyer = next((dict(zip(_BUYER, row, strict=True)) for row in policy["buyers"]), None)
        offers = [dict(zip(_OFFER, row, strict=True)) for row in policy["offers"]]
        self.unit.hold(basket_guards(policy, buyer, {row["id"]: row for row in offers}))
        return basket_from(policy, buyer, offers)


@cache
def _look() -> Statement:
    wanted = bindparam("products", type_=ARRAY(Uuid()))
    return compiled(
        select(
            organizations.c.clock_offset_seconds,
            *(organizations.c[name] for name in POLICY_COLUMNS),
            _rows(customers, _BUYER, customers.c.id == bindparam("customer", type_=Uuid())).label("buyers"),
            _rows(products, _OFFER, products.c.id == func.any(wanted)).label("offers"),
        ).where(of_organization(organizations))
    )


def _rows(table: Table, columns: tuple[str, ...], which: ColumnElement[bool]) -> ColumnElement[Any]:
    """The rows as one array of records."""
    rows = select(func.row(*(table.c[name] for name in columns))).where(of_organization(table), which)
    return func.array(rows.scalar_subquery())
