"""Receivers of deliveries that keep what they are given, and an organization's events on their way to them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from adapters.postgres import PostgresRelay, TenantPool
from adapters.postgres.delivery_queue import PostgresDeliveryQueue
from adapters.system import SystemClock, new_id
from application.delivery.carriers import MailCarrier, WebhookCarrier
from application.delivery.carry import CarryHandler
from application.delivery.notices import Notice
from application.delivery.ports import Lane
from application.webhooks.ports import NotSent, Sent, Why
from domain.ids import WebhookEndpointId
from tests.adapters.postgres.shop import Shop

Answer = Sent | NotSent
DOWN = NotSent(Why.UNREACHABLE, 1)
OK = Sent(200, 1)


class Open:
    """Secrets as they are."""

    def new(self) -> bytes:
        return b"s" * 32

    def seal(self, secret: bytes, *_: object) -> bytes:
        return secret

    def unseal(self, sealed: bytes, *_: object) -> bytes:
        return sealed


@dataclass
class Receivers:
    """Implements Sender and Notifier. By URL: what was received in which order, and what is answered."""

    says: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    received: defaultdict[str, list[tuple[Mapping[str, str], bytes]]] = field(default_factory=lambda: defaultdict(list))
    mails: list[Notice] = field(default_factory=list)
    takes: float = 0.0
    under_way: int = 0
    most: int = 0

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(self.takes)
        self.under_way -= 1
        self.received[url].append((headers, body))
        return self.says.get(url, lambda: OK)()

    async def notify(self, notice: Notice) -> Answer:
        await asyncio.sleep(self.takes)
        self.mails.append(notice)
        return self.says.get("mail", lambda: Sent(250, 1))()

    def ids(self, url: str) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.received[url]]


@dataclass
class Post:
    """One shop whose events are numbered, and told to its endpoints."""

    pool: TenantPool
    shop: Shop
    receivers: Receivers = field(default_factory=Receivers)
    endpoints: dict[str, WebhookEndpointId] = field(default_factory=dict)
    lease: float = 30.0
    _names: Any = field(default_factory=lambda: count(1))

    @property
    def queue(self) -> PostgresDeliveryQueue:
        return PostgresDeliveryQueue(self.pool)

    def carry(self, **how: Any) -> CarryHandler:
        return CarryHandler(
            self.queue,
            WebhookCarrier(self.receivers, Open(), SystemClock()),
            MailCarrier(self.receivers),
            SystemClock(),
            lambda: 0.0,
            **{"lease": self.lease, **how},
        )

    async def endpoint(self) -> str:
        url = f"https://receiver-{next(self._names)}.example/hooks"
        self.endpoints[url] = WebhookEndpointId(new_id())
        await self.run(
            "INSERT INTO webhook_endpoints (organization_id, id, url, event_types, status, secret, created_at, version)"
            " VALUES ($1, $2, $3, '{}', 'enabled', $4, now(), 1)",
            self.endpoints[url],
            url,
            b"s" * 32,
        )
        return url

    def lane(self, url: str | None) -> Lane:
        return Lane(organization=self.shop.organization, endpoint_id=self.endpoints[url] if url else None)

    async def run(self, sql: str, *values: object) -> list[Any]:
        async with self.pool.serving(self.shop.organization) as connection:
            rows: list[Any] = await connection.fetch(sql, self.shop.organization, *values)
        return rows

    async def work(self, url: str | None) -> int:
        """Carry what is due in one lane."""
        return await self.carry()(self.lane(url), lambda: True)

    async def rows(self, url: str | None) -> list[Any]:
        return await self.run(
            "SELECT * FROM deliveries WHERE organization_id = $1 AND endpoint_id IS NOT DISTINCT FROM $2"
            " ORDER BY position, n",
            self.endpoints[url] if url else None,
        )

    async def relay(self) -> None:
        """Number what happened, and make the deliveries of it."""
        relay = PostgresRelay(self.pool, SystemClock(), new_id)
        while await relay.relay(self.shop.organization):
            pass

    async def due(self, url: str | None) -> None:
        """Make due what waits for its next attempt."""
        await self.run(
            "UPDATE deliveries SET due_at = now(), lease_until = NULL WHERE organization_id = $1 AND state = 'pending'"
            " AND endpoint_id IS NOT DISTINCT FROM $2",
            self.endpoints[url] if url else None,
        )
