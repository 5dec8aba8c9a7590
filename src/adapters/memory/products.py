"""Products in memory."""

from adapters.memory.attempt import Attempt
from adapters.records.changes import Changes, Touch
from adapters.records.product_records import product_changes, product_from
from domain.catalogue.errors import ProductNotFound
from domain.catalogue.product import Product
from domain.ids import ProductId


class MemoryProducts:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._read: dict[ProductId, Product] = {}

    async def get(self, id: ProductId) -> Product:
        await self._attempt.read()
        row = self._attempt.store.row(self._attempt.organization, "products", id)
        if row is None:
            raise ProductNotFound(id)
        product = self._read[id] = product_from(row)
        self._attempt.hold(Changes.of([Touch(table="products", key={"id": id}, seen={"version": product.version})]))
        return product

    def save(self, product: Product) -> None:
        self._attempt.stage(product.id, product_changes(product, self._read.get(product.id), self._attempt.stamp))
