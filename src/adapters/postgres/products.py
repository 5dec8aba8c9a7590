"""Products, read and saved."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Uuid, bindparam, select

from adapters.postgres.riding import Look, look
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import of_organization
from adapters.records.product_records import product_changes, product_from
from adapters.records.tables import organizations, products
from domain.catalogue.errors import ProductNotFound
from domain.catalogue.product import Product
from domain.ids import ProductId


@dataclass(frozen=True, slots=True)
class PostgresProducts:
    unit: UnitOfWork

    async def get(self, id: ProductId) -> Product:
        found = await self.unit.fetch(_get(), id=id)
        if not found:
            raise ProductNotFound(id)
        return self.unit.read("products", product_from(found[0]))

    def save(self, product: Product) -> None:
        self.unit.save(product, product_changes)


@cache
def _get() -> Look:
    this = products.c.id == bindparam("id", type_=Uuid())
    walls = (of_organization(products), of_organization(organizations))
    return look(select(organizations.c.clock_offset_seconds, products).where(*walls, this))
