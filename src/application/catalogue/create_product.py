"""Put a product into the catalogue. Its stock begins at nothing."""

from dataclasses import dataclass

from application.catalogue.ports import BeginCatalogue
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.catalogue.product import Product
from domain.ids import ProductId
from domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProduct:
    caller: Caller
    sku: str
    name: str
    unit_price: Money


@dataclass(frozen=True, slots=True)
class CreateProductHandler:
    """Raises: Taken (sku)."""

    begin: BeginCatalogue
    new_id: IdFactory

    async def __call__(self, command: CreateProduct) -> Product:
        async with self.begin(command.caller) as work:
            await work.look()
            product = Product.create(
                ProductId(self.new_id()),
                sku=command.sku,
                name=command.name,
                unit_price=command.unit_price,
                at=work.now(),
            )
            work.products.save(product)
            return await work.commit(product)
