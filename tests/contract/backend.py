"""What the contract suite knows of a store: its ports, and two seams for looking, and reaching, behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, Protocol
from uuid import UUID

from adapters.memory import (
    MemoryApiKeyBearers,
    MemoryApiKeyQueries,
    MemoryAttempts,
    MemoryBegin,
    MemoryCredentials,
    MemoryCustomerQueries,
    MemoryDeliveryLog,
    MemoryDueOrders,
    MemoryEndpointQueries,
    MemoryFeed,
    MemoryMemberQueries,
    MemoryMeQueries,
    MemoryOrderQueries,
    MemoryPolicyQueries,
    MemoryProductQueries,
    MemoryRelay,
    MemoryRevocations,
    MemorySessionQueries,
    MemoryStore,
)
from adapters.payments import MemoryLedger, SimulatedGateway
from adapters.payments.simulated import Ledger
from adapters.records.changes import Changes, Insert, Touch
from adapters.system import new_id
from application.catalogue.ports import CatalogueWork, ProductQueries
from application.customers.ports import CustomerQueries, CustomersWork
from application.delivery.log import DeliveryLog, RedeliveryWork
from application.feed.ports import Feed, Relay
from application.identity.ports import (
    ApiKeyBearers,
    ApiKeyQueries,
    Attempts,
    Credentials,
    IdentityWork,
    MemberQueries,
    MeQueries,
    Revocations,
    SessionQueries,
)
from application.identity.rates import Rates
from application.ordering.ports import DueOrders, OrderingWork, OrderQueries, PolicyQueries
from application.shared.ports import IdFactory
from application.shared.work import Begin
from application.webhooks.ports import EndpointQueries, WebhooksWork
from tests.books import mark

Row = Mapping[str, Any]

START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""The instant at which every test begins."""


UNPROVED: Final = frozenset({"idempotency_keys", "organizations"})
"""Tables that can be overwritten without a lie: no event tells of what stands there."""


class HandClock:
    """A clock that stands still until somebody advances it."""

    def __init__(self) -> None:
        self.instant = START

    def now(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        """`advance(hours=1)`, `advance(seconds=0.5)` …"""
        self.instant += timedelta(**by)


class EveryWork(OrderingWork, CatalogueWork, CustomersWork, IdentityWork, WebhooksWork, RedeliveryWork, Protocol):
    """One unit of work for all contexts."""


class Backend(Protocol):
    """A store under test."""

    @property
    def clock(self) -> HandClock: ...
    @property
    def new_id(self) -> IdFactory: ...
    @property
    def begin(self) -> Begin[EveryWork]: ...
    @property
    def orders(self) -> OrderQueries: ...
    @property
    def policies(self) -> PolicyQueries: ...
    @property
    def due_orders(self) -> DueOrders: ...
    @property
    def feed(self) -> Feed: ...
    @property
    def relay(self) -> Relay: ...
    @property
    def products(self) -> ProductQueries: ...
    @property
    def customers(self) -> CustomerQueries: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def me(self) -> MeQueries: ...
    @property
    def members(self) -> MemberQueries: ...
    @property
    def sessions(self) -> SessionQueries: ...
    @property
    def endpoints(self) -> EndpointQueries: ...
    @property
    def deliveries(self) -> DeliveryLog: ...
    @property
    def api_keys(self) -> ApiKeyQueries: ...
    @property
    def bearers(self) -> ApiKeyBearers: ...
    @property
    def revocations(self) -> Revocations: ...
    @property
    def ledger(self) -> Ledger:
        """The books of the simulated payment gateway."""

    @property
    def gateway(self) -> SimulatedGateway: ...

    def attempts(self, rates: Rates) -> Attempts:
        """Return the counters of one process."""

    async def rows(self, organization: UUID, table: str) -> list[Row]:
        """Return an organization's rows of a table as they are stored, all columns, in any order."""

    async def insert(self, organization: UUID, table: str, row: Row) -> None:
        """Put a row there behind the port's back."""

    async def overwrite(self, organization: UUID, table: str, key: Row, **columns: object) -> None:
        """Set columns of one row behind the port's back. `key` is without the organization (empty for its own row)."""


@dataclass(frozen=True)
class MemoryBackend:
    clock: HandClock = field(default_factory=HandClock)
    new_id: IdFactory = new_id
    store: MemoryStore = field(default_factory=MemoryStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)

    @property
    def gateway(self) -> SimulatedGateway:
        return SimulatedGateway(self.ledger, self.clock)

    @property
    def begin(self) -> MemoryBegin:
        return MemoryBegin(self.store, self.clock, self.new_id)

    @property
    def orders(self) -> MemoryOrderQueries:
        return MemoryOrderQueries(self.store)

    @property
    def policies(self) -> MemoryPolicyQueries:
        return MemoryPolicyQueries(self.store)

    @property
    def due_orders(self) -> MemoryDueOrders:
        return MemoryDueOrders(self.store)

    @property
    def feed(self) -> MemoryFeed:
        return MemoryFeed(self.store)

    @cached_property
    def relay(self) -> MemoryRelay:
        """One and the same: it remembers."""
        return MemoryRelay(self.store)

    @property
    def products(self) -> MemoryProductQueries:
        return MemoryProductQueries(self.store)

    @property
    def customers(self) -> MemoryCustomerQueries:
        return MemoryCustomerQueries(self.store)

    @property
    def credentials(self) -> MemoryCredentials:
        return MemoryCredentials(self.store)

    @property
    def me(self) -> MemoryMeQueries:
        return MemoryMeQueries(self.store)

    def attempts(self, rates: Rates) -> MemoryAttempts:
        return MemoryAttempts(self.clock, rates)

    @property
    def members(self) -> MemoryMemberQueries:
        return MemoryMemberQueries(self.store)

    @property
    def sessions(self) -> MemorySessionQueries:
        return MemorySessionQueries(self.store)

    @property
    def endpoints(self) -> MemoryEndpointQueries:
        return MemoryEndpointQueries(self.store)

    @property
    def deliveries(self) -> MemoryDeliveryLog:
        return MemoryDeliveryLog(self.store)

    @property
    def api_keys(self) -> MemoryApiKeyQueries:
        return MemoryApiKeyQueries(self.store)

    @property
    def bearers(self) -> MemoryApiKeyBearers:
        return MemoryApiKeyBearers(self.store, self.clock)

    @property
    def revocations(self) -> MemoryRevocations:
        return MemoryRevocations(self.store)

    async def rows(self, organization: UUID, table: str) -> list[Row]:
        return [dict(row) for row in self.store.rows(organization, table)]

    async def insert(self, organization: UUID, table: str, row: Row) -> None:
        self.store.carry_out(organization, Changes.of((), [Insert(table, row)]))

    async def overwrite(self, organization: UUID, table: str, key: Row, **columns: object) -> None:
        if table not in UNPROVED:
            mark(organization)
        self.store.carry_out(organization, Changes.of([Touch(table=table, key=key, set=columns)]))
