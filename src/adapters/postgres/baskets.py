"""Baskets: policy, buyer and offers in one round trip."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from adapters.postgres.nested import rows_beside
from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.baskets import BUYER_COLUMNS, OFFER_COLUMNS, basket_from, basket_guards
from adapters.records.policy_records import POLICY_COLUMNS
from adapters.records.tables import customers, organizations, products
from application.shared.errors import OrganizationMissing
from domain.ids import CustomerId, ProductId
from domain.ordering.basket import Basket

_BUYER = ("id", *BUYER_COLUMNS)
_OFFER = ("id", *OFFER_COLUMNS, "on_hand", "reserved")


@dataclass(frozen=True, slots=True)
class PostgresBaskets:
    unit: UnitOfWork

    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        found = await self.unit.fetch(_look(), customer=customer, products=sorted(set[UUID](products)))
        if not found:
            raise OrganizationMissing
        policy = found[0]
        buyer = next((dict(zip(_BUYER, row, strict=True)) for row in policy["buyers"]), None)
        offers = [dict(zip(_OFFER, row, strict=True)) for row in policy["offers"]]
        self.unit.hold(basket_guards(policy, buyer, {row["id"]: row for row in offers}))
        return basket_from(policy, buyer, offers)


@cache
def _look() -> Look:
    wanted = bindparam("products", type_=ARRAY(Uuid()))
    return look(
        select(
            organizations.c.clock_offset_seconds,
            *(organizations.c[name] for name in POLICY_COLUMNS),
            rows_beside(customers, _BUYER, customers.c.id == bindparam("customer", type_=Uuid())).label("buyers"),
            rows_beside(products, _OFFER, products.c.id == func.any(wanted)).label("offers"),
        ).where(of_organization(organizations))
    )
