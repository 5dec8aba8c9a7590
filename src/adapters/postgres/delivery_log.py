"""What became of deliveries, as it is shown."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from adapters.postgres.nested import rows_beside
from adapters.postgres.paging import OWNER, belonging, cut, fetched
from adapters.postgres.statements import Statement
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.wall import of_organization
from adapters.records.redelivery_records import SHOWN, SHOWN_OF_ATTEMPT, delivery_view
from adapters.records.tables import deliveries, delivery_attempts, webhook_endpoints
from application.delivery.log import DeliveryView
from application.shared.pages import NEWEST, Direction, Page, PageRequest
from domain.ids import WebhookEndpointId
from domain.webhooks.errors import WebhookEndpointNotFound


@dataclass(frozen=True, slots=True)
class PostgresDeliveryLog:
    pool: TenantPool

    async def page(
        self, organization: UUID, endpoint_id: WebhookEndpointId, request: PageRequest
    ) -> Page[DeliveryView]:
        found = await fetched(self.pool, organization, _log, {OWNER: endpoint_id}, request)
        if not found or found[0]["owner_removed_at"] is not None:
            raise WebhookEndpointNotFound(endpoint_id)
        return cut([row for row in found if row["id"] is not None], request, _view)


def _view(row: Any) -> DeliveryView:
    return delivery_view(row, [dict(zip(SHOWN_OF_ATTEMPT, one, strict=True)) for one in row["tried"]])


@cache
def _log(direction: Direction, positioned: bool) -> Statement:
    tried = rows_beside(delivery_attempts, SHOWN_OF_ATTEMPT, delivery_attempts.c.delivery_id == deliveries.c.id)
    rows = select(*(deliveries.c[name] for name in SHOWN), tried.label("tried")).where(
        of_organization(deliveries), deliveries.c.endpoint_id == bindparam(OWNER)
    )
    place = (deliveries.c.created_at, deliveries.c.id)
    shown = ("id", "removed_at")
    return belonging(webhook_endpoints, shown, rows, place, direction, positioned=positioned, sort=NEWEST)
