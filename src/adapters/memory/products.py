"""Products in memory."""

from adapters.memory.attempt import Attempt
from adapters.records.product_records import product_changes, product_from
from domain.catalogue.errors import ProductNotFound
from domain.catalogue.product import Product
from domain.ids import ProductId


class MemoryProducts:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt

    async def get(self, id: ProductId) -> Product:
        await self._attempt.turn()
        row = self._attempt.store.row(self._attempt.organization, "products", id)
        if row is None:
            raise ProductNotFound(id)
        return self._attempt.read("products", product_from(row))

    def save(self, product: Product) -> None:
        self._attempt.save(product, product_changes)
