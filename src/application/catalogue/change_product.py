"""Say something new of a product, or bring it back from the archive."""

from dataclasses import dataclass

from application.catalogue.ports import BeginCatalogue
from application.shared.caller import Caller
from domain.catalogue.product import Product, ProductChange
from domain.ids import ProductId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProduct:
    caller: Caller
    product_id: ProductId
    change: ProductChange
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeProductHandler:
    """Raises: ProductNotFound, StaleVersion, Taken (sku)."""

    begin: BeginCatalogue

    async def __call__(self, command: ChangeProduct) -> Product:
        async with self.begin(command.caller) as work:
            before = await work.products.get(command.product_id)
            check_version(expected=command.expected_version, actual=before.version)
            product = before.change(at=work.now(), **command.change)
            if product is before:
                return before
            work.products.save(product)
            return await work.commit(product)
