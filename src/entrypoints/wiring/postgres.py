"""What serves what on PostgreSQL."""

from collections.abc import AsyncIterator

from dishka import AnyOf, Provider, Scope, provide

from adapters.http.ports import Readiness
from adapters.payments import Ledger, PostgresLedger, Sandboxes
from adapters.postgres import (
    PostgresApiKeyBearers,
    PostgresApiKeyQueries,
    PostgresAttempts,
    PostgresBegin,
    PostgresCredentials,
    PostgresCustomerQueries,
    PostgresDeliveryLog,
    PostgresDeliveryQueue,
    PostgresDueOrders,
    PostgresEndpointQueries,
    PostgresFeed,
    PostgresFigures,
    PostgresMemberQueries,
    PostgresMeQueries,
    PostgresOrderProofs,
    PostgresOrderQueries,
    PostgresPolicyQueries,
    PostgresProductQueries,
    PostgresReadiness,
    PostgresRelay,
    PostgresRevocations,
    PostgresSandboxes,
    PostgresSessionQueries,
    TenantPool,
)
from application.catalogue.ports import ProductQueries
from application.customers.ports import CustomerQueries
from application.delivery.log import DeliveryLog
from application.delivery.ports import DeliveryQueue
from application.feed.ports import Feed, Relay
from application.identity.ports import (
    ApiKeyBearers,
    ApiKeyQueries,
    Attempts,
    Credentials,
    MemberQueries,
    MeQueries,
    Revocations,
    SessionQueries,
)
from application.operations.ports import HouseFigures, WatchedPool
from application.ordering.ports import DueOrders, OrderProofs, OrderQueries, PolicyQueries
from application.webhooks.ports import EndpointQueries
from entrypoints.settings import Settings
from entrypoints.wiring.begins import BEGINS


class Postgres(Provider):
    """PostgreSQL, by its URL."""

    scope = Scope.APP

    begin = provide(PostgresBegin, provides=BEGINS)
    orders = provide(PostgresOrderQueries, provides=OrderQueries)
    policies = provide(PostgresPolicyQueries, provides=PolicyQueries)
    proofs = provide(PostgresOrderProofs, provides=OrderProofs)
    due_orders = provide(PostgresDueOrders, provides=DueOrders)
    feed = provide(PostgresFeed, provides=Feed)
    relay = provide(PostgresRelay, provides=Relay)
    products = provide(PostgresProductQueries, provides=ProductQueries)
    customers = provide(PostgresCustomerQueries, provides=CustomerQueries)
    credentials = provide(PostgresCredentials, provides=Credentials)
    attempts = provide(PostgresAttempts, provides=Attempts)
    me = provide(PostgresMeQueries, provides=MeQueries)
    members = provide(PostgresMemberQueries, provides=MemberQueries)
    sessions = provide(PostgresSessionQueries, provides=SessionQueries)
    endpoints = provide(PostgresEndpointQueries, provides=EndpointQueries)
    delivery_log = provide(PostgresDeliveryLog, provides=DeliveryLog)
    delivery_queue = provide(PostgresDeliveryQueue, provides=DeliveryQueue)
    api_keys = provide(PostgresApiKeyQueries, provides=ApiKeyQueries)
    api_key_bearers = provide(PostgresApiKeyBearers, provides=ApiKeyBearers)
    readiness = provide(PostgresReadiness, provides=Readiness)
    sandboxes = provide(PostgresSandboxes, provides=Sandboxes)

    @provide
    async def pool(self, settings: Settings) -> AsyncIterator[AnyOf[TenantPool, WatchedPool]]:
        pool = TenantPool.to(settings.database_url or "", settings.database_pooler)
        yield pool
        await pool.close()

    @provide
    async def figures(self, settings: Settings) -> AsyncIterator[HouseFigures]:
        figures = PostgresFigures(settings.database_url or "", settings.database_pooler)
        yield figures
        await figures.close()

    @provide
    def ledger(self, pool: TenantPool) -> Ledger:
        return PostgresLedger(pool.connection)

    @provide
    async def revocations(self, settings: Settings) -> AsyncIterator[Revocations]:
        watch = PostgresRevocations.of(settings.database_url or "", settings.database_pooler)
        await watch.start()
        yield watch
        await watch.stop()
