"""Webhook endpoints in memory: read, saved, and shown."""

import asyncio
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from adapters.memory.attempt import Attempt
from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.changes import Changes, Row, Touch
from adapters.records.delivery_tables import DROPPED, PENDING
from adapters.records.endpoint_records import endpoint_changes, endpoint_from, endpoint_view
from application.shared.pages import Page, PageRequest
from application.webhooks.ports import EndpointView
from domain.ids import WebhookEndpointId
from domain.webhooks.endpoint import Endpoint
from domain.webhooks.errors import WebhookEndpointNotFound


@dataclass(frozen=True, slots=True)
class MemoryEndpoints:
    attempt: Attempt

    async def get(self, id: WebhookEndpointId) -> Endpoint:
        await self.attempt.turn()
        row = _present(self.attempt.store, self.attempt.organization, id)
        return self.attempt.read("webhook_endpoints", endpoint_from(row))

    def save(self, endpoint: Endpoint) -> None:
        self.attempt.save(endpoint, endpoint_changes)

    def remove(self, endpoint: Endpoint) -> None:
        self.save(endpoint)
        self.attempt.also(partial(_dropped, self.attempt, endpoint))


@dataclass(frozen=True, slots=True)
class MemoryEndpointQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: WebhookEndpointId) -> EndpointView:
        await asyncio.sleep(0)
        return endpoint_view(_present(self.store, organization, id))

    async def page(self, organization: UUID, request: PageRequest) -> Page[EndpointView]:
        await asyncio.sleep(0)
        present = (row for row in self.store.rows(organization, "webhook_endpoints") if row["removed_at"] is None)
        return page_of(present, request, endpoint_view)


def _present(store: MemoryStore, organization: UUID, id: WebhookEndpointId) -> Row:
    row = store.row(organization, "webhook_endpoints", id)
    if row is None or row["removed_at"] is not None:
        raise WebhookEndpointNotFound(id)
    return row


def _dropped(attempt: Attempt, endpoint: Endpoint) -> Changes:
    """What becomes of deliveries when there is nobody any more to be told."""
    theirs = attempt.store.rows(attempt.organization, "deliveries", endpoint_id=endpoint.id)
    return Changes.of(
        Touch(
            table="deliveries",
            key={"id": row["id"]},
            by={"fence": 1},
            set={"state": DROPPED, "due_at": None, "lease_until": None, "settled_at": endpoint.removed_at},
        )
        for row in theirs
        if row["state"] == PENDING
    )
