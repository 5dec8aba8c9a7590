"""Products and their stock."""

from typing import Annotated, Final
from uuid import UUID

from dishka import FromDishka
from litestar import Response, Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from adapters.http.admission import AdmittedRequest
from adapters.http.answers import as_body, created, nothing, plain, versioned
from adapters.http.fields import NO_NUL, Amount, Answer, CurrencyCode, FieldInvalid, Instant, Request, Sku, Text
from adapters.http.injection import inject
from adapters.http.merge_patch import said
from adapters.http.once import answered
from adapters.http.options import HttpOptions
from adapters.http.pagination import Collection, Cursors, PageQuery, Pagination
from application.catalogue.adjust_stock import AdjustStock, StockAdjustment
from application.catalogue.archive_product import ArchiveProduct
from application.catalogue.change_product import ChangeProduct
from application.catalogue.create_product import CreateProduct
from application.catalogue.get_product import GetProduct, GetProductHandler
from application.catalogue.list_products import ListProducts, ListProductsHandler
from application.catalogue.list_stock_adjustments import ListStockAdjustments, ListStockAdjustmentsHandler
from application.catalogue.ports import BY_NAME, LATEST, ProductFilters, ProductView
from application.shared.answering import Answering
from application.shared.pages import NEWEST
from domain.catalogue.product import AdjustmentReason, Product, ProductChange, ProductStatus
from domain.ids import ProductId
from domain.shared.money import Currency, Money
from domain.stock import Cause

MAX_CHANGE: Final = 1_000_000


class CreateProductBody(Request):
    sku: Sku
    name: Text
    unit_price: Amount
    currency: CurrencyCode


class ChangeProductBody(Request):
    """A merge patch (RFC 7396). `status` archives a product and brings it back; its currency is fixed."""

    sku: Sku | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    unit_price: Amount | UnsetType = UNSET
    status: ProductStatus | UnsetType = UNSET


class ProductsQuery(PageQuery):
    status: ProductStatus | UnsetType = UNSET
    sku: Sku | UnsetType = UNSET
    q: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=50,
                pattern=NO_NUL,
                description="How the name begins, whatever the case. What is found comes in the order of the names.",
            ),
        ]
        | UnsetType
    ) = UNSET


class StockBody(Answer):
    """Counts of units: `available` is what is on hand and not reserved by placed orders."""

    on_hand: int
    reserved: int
    available: int


class ProductBody(Answer):
    """A product. `unitPrice` is in minor units of `currency`. `version` counts changes of its catalogue fields."""

    id: UUID
    sku: str
    name: str
    unit_price: int
    currency: str
    status: ProductStatus
    stock: StockBody
    created_at: Instant
    updated_at: Instant
    version: int


class ProductsPage(Answer):
    data: list[ProductBody]
    pagination: Pagination


class AdjustStockBody(Request):
    """`change` units more, or fewer when negative."""

    change: Annotated[int, Meta(ge=-MAX_CHANGE, le=MAX_CHANGE, extra_json_schema={"not": {"const": 0}})]
    reason: AdjustmentReason
    note: Text | None = None

    def __post_init__(self) -> None:
        if self.change == 0:
            raise FieldInvalid("change", "not-zero", "A change is not 0.")


class StockAdjustmentBody(Answer):
    id: UUID
    product_id: UUID
    change: int
    reason: AdjustmentReason
    note: str | None
    actor: str
    at: Instant


class StockMoveBody(Answer):
    """A move of a product's counters, by so many units each. An adjustment shows here with its own id, its `change` and
    its `reason`; what an order moved, with the order's id instead.
    """

    id: UUID
    product_id: UUID
    change: int | None
    reason: AdjustmentReason | None
    cause: Cause
    on_hand: int
    reserved: int
    order_id: UUID | None
    note: str | None
    actor: str
    at: Instant


class StockMovesPage(Answer):
    data: list[StockMoveBody]
    pagination: Pagination


def _created(product: Product) -> Response[ProductBody]:
    return created(as_body(ProductView.of(product), ProductBody), f"/v1/products/{product.id}")


def _adjusted(adjustment: StockAdjustment) -> Response[StockAdjustmentBody]:
    return plain(as_body(adjustment, StockAdjustmentBody), 201)


@post("/", operation_id="createProduct", problems=("unique-constraint-violation",))
@inject
async def create_product(
    request: AdmittedRequest, data: JSONBody[CreateProductBody], create: FromDishka[Answering[CreateProduct, Product]]
) -> Response[ProductBody]:
    """Put a product into the catalogue. Its stock begins at nothing."""
    price = Money(data.unit_price, Currency(data.currency))
    command = CreateProduct(caller=request.caller, sku=data.sku, name=data.name, unit_price=price)
    return await answered(request, create, command, _created)


@get("/{id:str}", operation_id="getProduct", problems=("resource-not-found",))
@inject
async def get_product(
    request: AdmittedRequest, id: FromPath[UUID], read: FromDishka[GetProductHandler]
) -> Response[ProductBody]:
    """Read a product and its stock."""
    view = await read(GetProduct(caller=request.caller, product_id=ProductId(id)))
    return versioned(as_body(view, ProductBody))


@get("/", operation_id="listProducts", query=ProductsQuery)
@inject
async def list_products(
    request: AdmittedRequest,
    read: FromDishka[ListProductsHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[ProductsPage]:
    """List products, newest first; those that are found by name, in the order of their names."""
    query: ProductsQuery = request.asked
    filters = ProductFilters(status=query.status or None, sku=query.sku or None, name=query.q or None)
    collection = Collection(
        organization=request.caller.organization,
        path="/v1/products",
        query=query,
        sort=BY_NAME if filters.name else NEWEST,
    )
    page = await read(ListProducts(caller=request.caller, filters=filters, page=cursors.request(collection)))
    body = ProductsPage(data=as_body(page.items, list[ProductBody]), pagination=cursors.pagination(page, collection))
    return cursors.answer(body, collection, options.public_url)


@patch(
    "/{id:str}",
    operation_id="changeProduct",
    problems=("resource-not-found", "stale-version", "unique-constraint-violation"),
)
@inject
async def change_product(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[ChangeProductBody],
    change: FromDishka[Answering[ChangeProduct, Product]],
) -> Response[ProductBody]:
    """Change a product, archive it or bring it back. Orders keep what it was when they were placed."""
    command = ChangeProduct(
        caller=request.caller,
        product_id=ProductId(id),
        change=said(data, ProductChange),
        expected_version=request.expected_version,
    )
    return versioned(as_body(ProductView.of(await change(command)), ProductBody))


@delete(
    "/{id:str}",
    status_code=204,
    operation_id="archiveProduct",
    if_match=True,
    problems=("resource-not-found", "stale-version", "concurrent-modification"),
)
@inject
async def archive_product(
    request: AdmittedRequest, id: FromPath[UUID], archive: FromDishka[Answering[ArchiveProduct, None]]
) -> Response[None]:
    """Archive a product: it is sold no longer, and its SKU is free. Archiving it again changes nothing."""
    command = ArchiveProduct(caller=request.caller, product_id=ProductId(id), expected_version=request.expected_version)
    await archive(command)
    return nothing()


@post(
    "/{id:str}/stock-adjustments",
    operation_id="adjustStock",
    problems=("resource-not-found", "inventory-insufficient"),
)
@inject
async def adjust_stock(
    request: AdmittedRequest,
    id: FromPath[UUID],
    data: JSONBody[AdjustStockBody],
    adjust: FromDishka[Answering[AdjustStock, StockAdjustment]],
) -> Response[StockAdjustmentBody]:
    """Put units on hand, or take them away, and say why."""
    command = AdjustStock(
        caller=request.caller, product_id=ProductId(id), change=data.change, reason=data.reason, note=data.note
    )
    return await answered(request, adjust, command, _adjusted)


@get(
    "/{id:str}/stock-adjustments",
    operation_id="listStockAdjustments",
    query=PageQuery,
    problems=("resource-not-found",),
)
@inject
async def list_stock_adjustments(
    request: AdmittedRequest,
    id: FromPath[UUID],
    read: FromDishka[ListStockAdjustmentsHandler],
    cursors: FromDishka[Cursors],
    options: FromDishka[HttpOptions],
) -> Response[StockMovesPage]:
    """List all that moved the stock of a product, adjustments and orders alike, the last move first."""
    collection = Collection(
        organization=request.caller.organization,
        path=f"/v1/products/{id}/stock-adjustments",
        query=request.asked,
        sort=LATEST,
    )
    query = ListStockAdjustments(caller=request.caller, product_id=ProductId(id), page=cursors.request(collection))
    page = await read(query)
    body = StockMovesPage(
        data=as_body(page.items, list[StockMoveBody]), pagination=cursors.pagination(page, collection)
    )
    return cursors.answer(body, collection, options.public_url)


PRODUCTS: Final = Router(
    "/v1/products",
    route_handlers=[
        create_product,
        list_products,
        get_product,
        change_product,
        archive_product,
        adjust_stock,
        list_stock_adjustments,
    ],
    tags=["Catalogue and stock"],
)
