"""What became of deliveries in memory, which is nothing: they are written down, and can be asked for again."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.attempt import Attempt
from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.redelivery_records import delivery_view, redelivery_changes, told_event
from application.delivery.log import DeliveryView
from application.shared.pages import Page, PageRequest
from domain.delivery.redelivery import DeliveryNotFound, Told
from domain.ids import DeliveryId, WebhookEndpointId
from domain.webhooks.errors import WebhookEndpointNotFound


@dataclass(frozen=True, slots=True)
class MemoryDeliveryLog:
    store: MemoryStore

    async def page(
        self, organization: UUID, endpoint_id: WebhookEndpointId, request: PageRequest
    ) -> Page[DeliveryView]:
        await asyncio.sleep(0)
        endpoint = self.store.row(organization, "webhook_endpoints", endpoint_id)
        if endpoint is None or endpoint["removed_at"] is not None:
            raise WebhookEndpointNotFound(endpoint_id)

        def view(row: Row) -> DeliveryView:
            return delivery_view(row, self.store.rows(organization, "delivery_attempts", delivery_id=row["id"]))

        return page_of(self.store.rows(organization, "deliveries", endpoint_id=endpoint_id), request, view)


@dataclass(frozen=True, slots=True)
class MemoryRedeliveries:
    attempt: Attempt

    async def one(self, id: DeliveryId) -> Told:
        await self.attempt.turn()
        row = self.attempt.store.row(self.attempt.organization, "deliveries", id)
        endpoint = self._endpoint(row["endpoint_id"]) if row else None
        if row is None or endpoint is None:
            raise DeliveryNotFound(id)
        return self._told(endpoint, [row])

    async def between(self, endpoint: WebhookEndpointId, start: datetime, end: datetime, limit: int) -> Told:
        await self.attempt.turn()
        row = self._endpoint(endpoint)
        if row is None:
            raise WebhookEndpointNotFound(endpoint)
        own = self.attempt.store.rows(self.attempt.organization, "deliveries", endpoint_id=endpoint)
        within = (one for one in own if one["n"] == 0 and start <= one["created_at"] < end)
        return self._told(row, sorted(within, key=lambda one: (one["created_at"], one["id"]))[:limit])

    def save(self, told: Told) -> None:
        self.attempt.stage(told.id, redelivery_changes(told, self.attempt.instant(), self.attempt.stamp))

    def _endpoint(self, id: UUID | None) -> Row | None:
        row = self.attempt.store.row(self.attempt.organization, "webhook_endpoints", id)
        return None if row is None or row["removed_at"] is not None else row

    def _told(self, endpoint: Row, rows: Iterable[Row]) -> Told:
        own = self.attempt.store.rows(self.attempt.organization, "deliveries", endpoint_id=endpoint["id"])
        events = []
        for row in rows:
            times = [one for one in own if one["event_id"] == row["event_id"]]
            waits = any(one["state"] == "pending" for one in times)
            events.append(told_event(row, n=max(one["n"] for one in times), waits=waits))
        enabled = endpoint["status"] == "enabled"
        told = Told(id=endpoint["id"], version=endpoint["version"], enabled=enabled, events=tuple(events))
        return self.attempt.read("webhook_endpoints", told)
