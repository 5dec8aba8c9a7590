"""What serves what where everything is kept in this process."""

from dishka import Provider, Scope, provide

from adapters.http.ports import Readiness
from adapters.memory import (
    MemoryApiKeyBearers,
    MemoryApiKeyQueries,
    MemoryAttempts,
    MemoryBegin,
    MemoryCredentials,
    MemoryCustomerQueries,
    MemoryDeliveryLog,
    MemoryDeliveryQueue,
    MemoryDueOrders,
    MemoryEndpointQueries,
    MemoryFeed,
    MemoryFigures,
    MemoryMemberQueries,
    MemoryMeQueries,
    MemoryOrderProofs,
    MemoryOrderQueries,
    MemoryPolicyQueries,
    MemoryProductQueries,
    MemoryReadiness,
    MemoryRelay,
    MemoryRevocations,
    MemorySandboxes,
    MemorySessionQueries,
    MemoryStore,
    NoPool,
)
from adapters.payments import Ledger, MemoryLedger, Sandboxes
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
from entrypoints.wiring.begins import BEGINS


class Memory(Provider):
    """Everything in this process, gone with it."""

    scope = Scope.APP

    store = provide(MemoryStore)
    begin = provide(MemoryBegin, provides=BEGINS)
    orders = provide(MemoryOrderQueries, provides=OrderQueries)
    policies = provide(MemoryPolicyQueries, provides=PolicyQueries)
    proofs = provide(MemoryOrderProofs, provides=OrderProofs)
    due_orders = provide(MemoryDueOrders, provides=DueOrders)
    feed = provide(MemoryFeed, provides=Feed)
    relay = provide(MemoryRelay, provides=Relay)
    products = provide(MemoryProductQueries, provides=ProductQueries)
    customers = provide(MemoryCustomerQueries, provides=CustomerQueries)
    credentials = provide(MemoryCredentials, provides=Credentials)
    attempts = provide(MemoryAttempts, provides=Attempts)
    me = provide(MemoryMeQueries, provides=MeQueries)
    members = provide(MemoryMemberQueries, provides=MemberQueries)
    sessions = provide(MemorySessionQueries, provides=SessionQueries)
    endpoints = provide(MemoryEndpointQueries, provides=EndpointQueries)
    delivery_log = provide(MemoryDeliveryLog, provides=DeliveryLog)
    delivery_queue = provide(MemoryDeliveryQueue, provides=DeliveryQueue)
    api_keys = provide(MemoryApiKeyQueries, provides=ApiKeyQueries)
    api_key_bearers = provide(MemoryApiKeyBearers, provides=ApiKeyBearers)
    revocations = provide(MemoryRevocations, provides=Revocations)
    readiness = provide(MemoryReadiness, provides=Readiness)
    sandboxes = provide(MemorySandboxes, provides=Sandboxes)
    ledger = provide(MemoryLedger, provides=Ledger)
    figures = provide(MemoryFigures, provides=HouseFigures)
    watched_pool = provide(NoPool, provides=WatchedPool)
