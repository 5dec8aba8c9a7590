"""Archive a product: it is sold no longer, and its SKU is free. Archiving it again changes nothing."""

from dataclasses import dataclass

from application.catalogue.ports import BeginCatalogue
from application.shared.caller import Caller
from domain.ids import ProductId
from domain.shared.errors import check_version


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProduct:
    caller: Caller
    product_id: ProductId
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveProductHandler:
    """Raises: ProductNotFound, StaleVersion."""

    begin: BeginCatalogue

    async def __call__(self, command: ArchiveProduct) -> None:
        async with self.begin(command.caller) as work:
            before = await work.products.get(command.product_id)
            check_version(expected=command.expected_version, actual=before.version)
            product = before.archive(at=work.now())
            if product is not before:
                work.products.save(product)
                await work.commit(None)
