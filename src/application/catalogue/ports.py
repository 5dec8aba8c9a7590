"""What the catalogue needs of the world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, Self
from uuid import UUID

from application.shared.pages import Page, PageRequest, Sort
from application.shared.work import Begin, Work
from domain.catalogue.product import AdjustmentReason, Product, ProductStatus
from domain.ids import OrderId, ProductId
from domain.shared.money import Currency
from domain.stock import Cause, Stock


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """One product as it is shown. The price is in minor units."""

    id: ProductId
    sku: str
    name: str
    unit_price: int
    currency: Currency
    status: ProductStatus
    stock: Stock
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            id=product.id,
            sku=product.sku,
            name=product.name,
            unit_price=product.unit_price.amount,
            currency=product.unit_price.currency,
            status=product.status,
            stock=product.stock,
            created_at=product.created_at,
            updated_at=product.updated_at,
            version=product.version,
        )


class Products(Protocol):
    async def get(self, id: ProductId) -> Product:
        """Return the product as it is now, without events. Raises: ProductNotFound."""

    def save(self, product: Product) -> None:
        """Stage the product and its events; stock and ledger follow from them."""


class CatalogueWork(Work, Protocol):
    @property
    def products(self) -> Products: ...


BeginCatalogue = Begin[CatalogueWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """Which products: those of one `status`, with exactly this `sku`, whose name begins with `name`, whatever the
    case. None asks for nothing.
    """

    status: ProductStatus | None = None
    sku: str | None = None
    name: str | None = None


BY_NAME: Final = Sort("folded_name", str)
"""How products are sorted that are found by their names: as these are compared, by code points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoveView:
    """One move of a product's counters, as the ledger has it: by how many units each, why, and who did it.

    One that an adjustment made has the adjustment's id, its `change` and its `reason`; any other, an id of its own and
    the order that made it.
    """

    id: UUID
    product_id: ProductId
    cause: Cause
    on_hand: int
    reserved: int
    change: int | None
    reason: AdjustmentReason | None
    order_id: OrderId | None
    note: str | None
    actor: str
    at: datetime


LATEST: Final = Sort("at", datetime, descending=True)
"""How what has happened is sorted: the last thing first."""


class ProductQueries(Protocol):
    async def get(self, organization: UUID, id: ProductId) -> ProductView:
        """Raises: ProductNotFound."""

    async def page(self, organization: UUID, filters: ProductFilters, request: PageRequest) -> Page[ProductView]:
        """Return a page in the order of the request: newest first, or `BY_NAME`."""

    async def moves(self, organization: UUID, id: ProductId, request: PageRequest) -> Page[StockMoveView]:
        """Return a page of the product's ledger, `LATEST` first. Raises: ProductNotFound."""
