"""Webhook endpoints: read, saved, and shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, literal_column, null, select, update

from adapters.postgres.flush import Flushed
from adapters.postgres.paging import page, turned
from adapters.postgres.riding import Look, look
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_connection import TenantConnection
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.delivery_tables import DROPPED, PENDING
from adapters.records.endpoint_records import endpoint_changes, endpoint_from, endpoint_view
from adapters.records.schema import INSTANT
from adapters.records.tables import deliveries, organizations, webhook_endpoints
from application.shared.pages import Direction, Page, PageRequest
from application.webhooks.ports import EndpointView
from domain.ids import WebhookEndpointId
from domain.webhooks.endpoint import Endpoint
from domain.webhooks.errors import WebhookEndpointNotFound


@dataclass(frozen=True, slots=True)
class PostgresEndpoints:
    unit: UnitOfWork

    async def get(self, id: WebhookEndpointId) -> Endpoint:
        found = await self.unit.fetch(_look(), id=id)
        if not found:
            raise WebhookEndpointNotFound(id)
        return self.unit.read("webhook_endpoints", endpoint_from(found[0]))

    def save(self, endpoint: Endpoint) -> None:
        self.unit.save(endpoint, endpoint_changes)

    def remove(self, endpoint: Endpoint) -> None:
        self.save(endpoint)
        organization = self.unit.stamp.caller.organization
        self.unit.around(partial(_removing, organization, endpoint.id, endpoint.removed_at))


@dataclass(frozen=True, slots=True)
class PostgresEndpointQueries:
    pool: TenantPool

    async def get(self, organization: UUID, id: WebhookEndpointId) -> EndpointView:
        async with self.pool.serving(organization) as connection:
            found = await _get().fetch(connection, {PARAMETER: organization, "id": id})
        if not found:
            raise WebhookEndpointNotFound(id)
        return endpoint_view(found[0])

    async def page(self, organization: UUID, request: PageRequest) -> Page[EndpointView]:
        return await page(self.pool, organization, _list, {}, request, endpoint_view)


async def _removing(
    organization: UUID,
    endpoint: WebhookEndpointId,
    at: datetime | None,
    connection: TenantConnection,
    write: Callable[[], Awaitable[Flushed]],
) -> Flushed:
    """Write, and drop what waits to be sent there, in one transaction. Whoever is sending right now settles nothing."""
    flushed = await write()
    if flushed is Flushed.WRITTEN:
        await _drop().fetch(connection, {PARAMETER: organization, "endpoint": endpoint, "at": at})
    return flushed


@cache
def _look() -> Look:
    walls = (of_organization(webhook_endpoints), of_organization(organizations))
    return look(select(organizations.c.clock_offset_seconds, webhook_endpoints).where(*walls, *_this()))


@cache
def _get() -> Statement:
    return compiled(select(webhook_endpoints).where(of_organization(webhook_endpoints), *_this()))


def _this() -> tuple[ColumnElement[bool], ...]:
    return webhook_endpoints.c.id == bindparam("id", type_=Uuid()), webhook_endpoints.c.removed_at.is_(None)


@cache
def _list(direction: Direction, positioned: bool) -> Statement:
    rows = select(webhook_endpoints).where(of_organization(webhook_endpoints), webhook_endpoints.c.removed_at.is_(None))
    return turned(rows, webhook_endpoints, direction, positioned=positioned)


@cache
def _drop() -> Statement:
    theirs = deliveries.c.endpoint_id == bindparam("endpoint", type_=Uuid())
    return compiled(
        update(deliveries)
        .where(of_organization(deliveries), theirs, deliveries.c.state == literal_column(f"'{PENDING}'"))
        .values(
            state=literal_column(f"'{DROPPED}'"),
            due_at=null(),
            lease_until=null(),
            settled_at=bindparam("at", type_=INSTANT),
            fence=deliveries.c.fence + literal_column("1"),
        )
        .returning(deliveries.c.id)
    )
