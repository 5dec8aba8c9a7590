"""Orders as they are shown."""

from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, and_, bindparam, func, literal_column, select, true

from adapters.postgres.order_finding import Filtered, depends_on_values, found, matching, place_in, values_of
from adapters.postgres.order_select import order_columns, rows_of
from adapters.postgres.paging import OWNER, belonging, cut, fetched, in_order, ordered, page
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.order_records import order_view, timeline_entry
from adapters.records.tables import events, orders
from application.ordering.order_view import OrderView
from application.ordering.ports import OrderFilters
from application.ordering.timeline import OLDEST, Timeline
from application.shared.pages import NEWEST, Direction, NumberedPage, NumberedRequest, Page, PageRequest, Sort
from domain.ids import OrderId
from domain.ordering.errors import OrderNotFound
from domain.ordering.events import OrderNoted


@dataclass(frozen=True, slots=True)
class PostgresOrderQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise OrderNotFound(id)
        return order_view(rows_of(found[0]))

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        values = values_of(filters)
        select = partial(_list, sort=request.sort, filtered=frozenset(values))
        return await page(self.pool, organization, select, values, request, lambda row: order_view(rows_of(row)))

    async def numbered_page(
        self, organization: UUID, filters: OrderFilters, request: NumberedRequest
    ) -> NumberedPage[OrderView]:
        values = values_of(filters)
        statement = _numbered(request.sort, frozenset(values))
        place = {"rows": request.size, "skipped": request.size * (request.number - 1)}
        async with self.pool.serving(organization) as connection:
            rows = await statement.fetch(connection, {PARAMETER: organization, **values, **place})
        items = tuple(order_view(rows_of(row)) for row in rows if row["id"] is not None)
        return NumberedPage(items=items, request=request, total_count=rows[0]["total_count"])

    async def timeline(self, organization: UUID, id: OrderId, request: PageRequest, *, notes: bool) -> Timeline:
        select = partial(_timeline, notes=notes)
        found = await fetched(self.pool, organization, select, {OWNER: id}, request)
        if not found:
            raise OrderNotFound(id)
        page = cut([row for row in found if row["id"] is not None], request, timeline_entry)
        return Timeline(id=id, customer_id=found[0]["owner_customer_id"], page=page)


@cache
def _get() -> Statement:
    this = orders.c.id == bindparam("id", type_=Uuid())
    return compiled(select(*order_columns()).where(of_organization(orders), this))


@cache
def _list(direction: Direction, positioned: bool, sort: Sort = NEWEST, filtered: Filtered = frozenset()) -> Statement:
    page = found(filtered, sort, direction, positioned=positioned)
    return compiled(page, anew=depends_on_values(filtered, sort))


@cache
def _numbered(sort: Sort, filtered: Filtered) -> Statement:
    """One page by its number beside the count of all, so that both are of one instant; without a page, the count.

    What is passed over is only looked at in the index, if that has all that is asked for.
    """
    all_, place = matching([orders.c[sort.by], orders.c.id], filtered, sort)
    counted = all_.with_only_columns(func.count().label("total_count"), maintain_column_froms=True).subquery("counted")
    rows = ordered(all_, place, Direction.FORWARD, positioned=False, sort=sort)
    page = rows.offset(bindparam("skipped", type_=BigInteger())).subquery("page")
    shown = page.join(orders, and_(of_organization(orders), orders.c.id == page.c.id))
    both = select(counted.c.total_count, *order_columns()).select_from(counted.outerjoin(shown, true()))
    return compiled(in_order(both, place_in(orders, sort), falling=sort.descending))


@cache
def _timeline(direction: Direction, positioned: bool, *, notes: bool = True) -> Statement:
    columns = (events.c[name] for name in ("id", "sequence", "type", "at", "actor", "body", "personal"))
    whose = (events.c.subject == literal_column("'order'"), events.c.subject_id == bindparam(OWNER))
    rows = select(*columns).where(of_organization(events), *whose)
    if not notes:
        rows = rows.where(events.c.type != literal_column(f"'{OrderNoted.type}'"))
    place = (events.c.sequence,)
    return belonging(orders, ("customer_id",), rows, place, direction, positioned=positioned, sort=OLDEST)
