"""The wiring page: what serves what. Everything lives as long as the app; nothing here knows HTTP routes or SQL.

To swap a technology, change its row; a test passes a provider of its own, with `override=True`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Literal, get_type_hints

from dishka import STRICT_VALIDATION, AnyOf, AsyncContainer, Provider, Scope, make_async_container, provide

from adapters.argon2 import Argon2Passwords
from adapters.drawing.lifecycle_svg import svg
from adapters.http.options import HttpOptions
from adapters.http.pagination import Cursors
from adapters.http.ports import Drawing, PublicKeys, Readiness
from adapters.jwt import JwtTokens
from adapters.memory import (
    MemoryApiKeyBearers,
    MemoryApiKeyQueries,
    MemoryAttempts,
    MemoryBegin,
    MemoryCredentials,
    MemoryCustomerQueries,
    MemoryDueOrders,
    MemoryMemberQueries,
    MemoryMeQueries,
    MemoryOrderProofs,
    MemoryOrderQueries,
    MemoryPolicyQueries,
    MemoryProductQueries,
    MemoryReadiness,
    MemoryRevocations,
    MemorySessionQueries,
    MemoryStore,
)
from adapters.opaque import AesGcmSealing, Sha256Tokens
from adapters.postgres import (
    PostgresApiKeyBearers,
    PostgresApiKeyQueries,
    PostgresAttempts,
    PostgresBegin,
    PostgresCredentials,
    PostgresCustomerQueries,
    PostgresDueOrders,
    PostgresMemberQueries,
    PostgresMeQueries,
    PostgresOrderProofs,
    PostgresOrderQueries,
    PostgresPolicyQueries,
    PostgresProductQueries,
    PostgresReadiness,
    PostgresRevocations,
    PostgresSessionQueries,
    TenantPool,
)
from adapters.system import SystemClock, new_id, new_number
from application.catalogue.adjust_stock import AdjustStockHandler
from application.catalogue.archive_product import ArchiveProductHandler
from application.catalogue.change_product import ChangeProductHandler
from application.catalogue.create_product import CreateProductHandler
from application.catalogue.get_product import GetProductHandler
from application.catalogue.list_products import ListProductsHandler
from application.catalogue.list_stock_adjustments import ListStockAdjustmentsHandler
from application.catalogue.ports import CatalogueWork, ProductQueries
from application.customers.change_customer import ChangeCustomerHandler
from application.customers.erase_customer import EraseCustomerHandler
from application.customers.get_customer import GetCustomerHandler
from application.customers.list_customers import ListCustomersHandler
from application.customers.ports import CustomerQueries, CustomersWork
from application.customers.reactivate_customer import ReactivateCustomerHandler
from application.customers.register_customer import RegisterCustomerHandler
from application.customers.suspend_customer import SuspendCustomerHandler
from application.identity.add_member import AddMemberHandler
from application.identity.advance_clock import AdvanceClockHandler
from application.identity.authenticate import AuthenticateHandler
from application.identity.change_member import ChangeMemberHandler
from application.identity.change_password import ChangePasswordHandler
from application.identity.create_api_key import CreateApiKeyHandler
from application.identity.get_me import GetMeHandler
from application.identity.get_member import GetMemberHandler
from application.identity.list_api_keys import ListApiKeysHandler
from application.identity.list_members import ListMembersHandler
from application.identity.list_sessions import ListSessionsHandler
from application.identity.log_in import LogInHandler, PasswordCheck
from application.identity.log_out import LogOutHandler
from application.identity.log_out_everywhere import LogOutEverywhereHandler
from application.identity.offer_password_reset import OfferPasswordResetHandler
from application.identity.ports import (
    ApiKeyBearers,
    ApiKeyQueries,
    Attempts,
    Credentials,
    IdentityWork,
    MemberQueries,
    MeQueries,
    OpaqueTokens,
    Passwords,
    Revocations,
    SessionQueries,
    Tokens,
)
from application.identity.rates import Rates
from application.identity.redeem_password_reset import RedeemPasswordResetHandler
from application.identity.refresh_session import RefreshSessionHandler
from application.identity.remove_member import RemoveMemberHandler
from application.identity.revoke_api_key import RevokeApiKeyHandler
from application.identity.revoke_session import RevokeSessionHandler
from application.identity.sign_up import SignUpHandler
from application.ordering.browse_orders import BrowseOrdersHandler
from application.ordering.cancel_order import CancelOrderHandler
from application.ordering.change_order import ChangeOrderHandler
from application.ordering.change_policy import ChangePolicyHandler
from application.ordering.confirm_order import ConfirmOrderHandler
from application.ordering.deliver_order import DeliverOrderHandler
from application.ordering.expire_due_orders import ExpireDueOrders
from application.ordering.expire_order import ExpireOrderHandler
from application.ordering.get_order import GetOrderHandler
from application.ordering.get_policy import GetPolicyHandler
from application.ordering.get_timeline import GetTimelineHandler
from application.ordering.list_orders import ListOrdersHandler
from application.ordering.note_order import NoteOrderHandler
from application.ordering.place_order import PlaceOrderHandler
from application.ordering.ports import (
    DueOrders,
    NumberFactory,
    OrderingWork,
    OrderProofs,
    OrderQueries,
    PolicyQueries,
)
from application.ordering.prove_order import ProveOrderHandler
from application.ordering.quote_order import QuoteOrderHandler
from application.ordering.return_order import ReturnOrderHandler
from application.ordering.ship_order import ShipOrderHandler
from application.shared.answering import Answering
from application.shared.due import DueJobs
from application.shared.ports import Clock, IdFactory, Sealing
from application.shared.work import Begin, Work
from entrypoints.keys import derived
from entrypoints.settings import Settings

StoreName = Literal["postgres", "memory"]

COMMANDS: Final = (
    SignUpHandler,
    LogInHandler,
    RefreshSessionHandler,
    LogOutHandler,
    LogOutEverywhereHandler,
    RevokeSessionHandler,
    ChangePasswordHandler,
    OfferPasswordResetHandler,
    RedeemPasswordResetHandler,
    AddMemberHandler,
    ChangeMemberHandler,
    RemoveMemberHandler,
    CreateApiKeyHandler,
    RevokeApiKeyHandler,
    CreateProductHandler,
    ChangeProductHandler,
    ArchiveProductHandler,
    AdjustStockHandler,
    RegisterCustomerHandler,
    ChangeCustomerHandler,
    SuspendCustomerHandler,
    ReactivateCustomerHandler,
    EraseCustomerHandler,
    PlaceOrderHandler,
    ChangeOrderHandler,
    ConfirmOrderHandler,
    CancelOrderHandler,
    ShipOrderHandler,
    DeliverOrderHandler,
    ReturnOrderHandler,
    ChangePolicyHandler,
    NoteOrderHandler,
    ExpireOrderHandler,
    AdvanceClockHandler,
)
"""Each is offered as `Answering[its command, its result]`: run again when it is outdated, and once under a key."""

QUERIES: Final = (
    AuthenticateHandler,
    GetMeHandler,
    ListSessionsHandler,
    GetMemberHandler,
    ListMembersHandler,
    ListApiKeysHandler,
    GetProductHandler,
    ListProductsHandler,
    ListStockAdjustmentsHandler,
    GetCustomerHandler,
    ListCustomersHandler,
    GetOrderHandler,
    ListOrdersHandler,
    BrowseOrdersHandler,
    GetPolicyHandler,
    QuoteOrderHandler,
    GetTimelineHandler,
    ProveOrderHandler,
)
"""Each is offered as itself."""

BEGINS: Final = AnyOf[Begin[Work], Begin[OrderingWork], Begin[CatalogueWork], Begin[CustomersWork], Begin[IdentityWork]]


class Machinery(Provider):
    """What is the same whatever the store."""

    scope = Scope.APP

    clock = provide(SystemClock, provides=Clock)
    passwords = provide(Argon2Passwords, provides=Passwords)
    opaque = provide(Sha256Tokens, provides=OpaqueTokens)
    password_check = provide(PasswordCheck)
    expire_due_orders = provide(ExpireDueOrders)

    @provide
    def due_jobs(self, expire: ExpireDueOrders) -> DueJobs:
        return DueJobs((expire,))

    @provide
    def ids(self) -> IdFactory:
        return new_id

    @provide
    def numbers(self) -> NumberFactory:
        return new_number

    @provide
    def drawing(self) -> Drawing:
        return svg

    @provide
    def tokens(self, settings: Settings, clock: Clock, new_id: IdFactory) -> AnyOf[Tokens, PublicKeys]:
        return JwtTokens(settings.signing_keys, settings.public_url, clock, new_id)

    @provide
    def rates(self, settings: Settings) -> Rates:
        return settings.limits

    @provide
    def cursors(self, settings: Settings) -> Cursors:
        return Cursors(tuple(derived(key, "cursors") for key in settings.master_keys))

    @provide
    def sealing(self, settings: Settings) -> Sealing:
        return AesGcmSealing([derived(key, "answers") for key in settings.master_keys])

    @provide
    def http(self, settings: Settings) -> HttpOptions:
        return http_options(settings)


class Memory(Provider):
    """Everything in this process, gone with it."""

    scope = Scope.APP

    store = provide(MemoryStore)
    begin = provide(MemoryBegin, provides=BEGINS)
    orders = provide(MemoryOrderQueries, provides=OrderQueries)
    policies = provide(MemoryPolicyQueries, provides=PolicyQueries)
    proofs = provide(MemoryOrderProofs, provides=OrderProofs)
    due_orders = provide(MemoryDueOrders, provides=DueOrders)
    products = provide(MemoryProductQueries, provides=ProductQueries)
    customers = provide(MemoryCustomerQueries, provides=CustomerQueries)
    credentials = provide(MemoryCredentials, provides=Credentials)
    attempts = provide(MemoryAttempts, provides=Attempts)
    me = provide(MemoryMeQueries, provides=MeQueries)
    members = provide(MemoryMemberQueries, provides=MemberQueries)
    sessions = provide(MemorySessionQueries, provides=SessionQueries)
    api_keys = provide(MemoryApiKeyQueries, provides=ApiKeyQueries)
    api_key_bearers = provide(MemoryApiKeyBearers, provides=ApiKeyBearers)
    revocations = provide(MemoryRevocations, provides=Revocations)
    readiness = provide(MemoryReadiness, provides=Readiness)


class Postgres(Provider):
    """PostgreSQL, by its URL."""

    scope = Scope.APP

    begin = provide(PostgresBegin, provides=BEGINS)
    orders = provide(PostgresOrderQueries, provides=OrderQueries)
    policies = provide(PostgresPolicyQueries, provides=PolicyQueries)
    proofs = provide(PostgresOrderProofs, provides=OrderProofs)
    due_orders = provide(PostgresDueOrders, provides=DueOrders)
    products = provide(PostgresProductQueries, provides=ProductQueries)
    customers = provide(PostgresCustomerQueries, provides=CustomerQueries)
    credentials = provide(PostgresCredentials, provides=Credentials)
    attempts = provide(PostgresAttempts, provides=Attempts)
    me = provide(PostgresMeQueries, provides=MeQueries)
    members = provide(PostgresMemberQueries, provides=MemberQueries)
    sessions = provide(PostgresSessionQueries, provides=SessionQueries)
    api_keys = provide(PostgresApiKeyQueries, provides=ApiKeyQueries)
    api_key_bearers = provide(PostgresApiKeyBearers, provides=ApiKeyBearers)
    readiness = provide(PostgresReadiness, provides=Readiness)

    @provide
    async def pool(self, settings: Settings) -> AsyncIterator[TenantPool]:
        pool = TenantPool.to(settings.database_url or "", settings.database_pooler)
        yield pool
        await pool.close()

    @provide
    async def revocations(self, settings: Settings) -> AsyncIterator[Revocations]:
        watch = PostgresRevocations.of(settings.database_url or "", settings.database_pooler)
        await watch.start()
        yield watch
        await watch.stop()


STORES: Final[Mapping[StoreName, type[Provider]]] = {"postgres": Postgres, "memory": Memory}


def container_of(settings: Settings, *overrides: Provider, store: StoreName = "postgres") -> AsyncContainer:
    """Return the container of one app. What `overrides` provide takes the place of what stands above."""
    return make_async_container(
        Machinery(),
        STORES[store](),
        _use_cases(),
        *overrides,
        context={Settings: settings},
        validation_settings=STRICT_VALIDATION,
    )


async def warmed(container: AsyncContainer) -> None:
    """Make everything that requests will ask for, so that what cannot be made is known before the first one."""
    for use_case in (*map(_answering, COMMANDS), *QUERIES):
        await container.get(use_case)


def http_options(settings: Settings) -> HttpOptions:
    """Return what the HTTP floor must be told, for its handlers and for the app around them."""
    return HttpOptions(
        public_url=settings.public_url,
        signup_open=settings.signup_open,
        limit_per_principal=settings.limit_per_principal,
        trusted_proxies=settings.trusted_proxies,
        new_id=new_id,
        cors_origins=settings.cors_origins,
    )


def _use_cases() -> Provider:
    provider = Provider(scope=Scope.APP)
    provider.from_context(Settings)
    for handler in (*COMMANDS, *QUERIES):
        provider.provide(handler)
    for handler in COMMANDS:
        provider.provide(_answering_by(handler), provides=_answering(handler))
    return provider


def _answering(handler: type) -> Any:
    """Return the type as which HTTP asks for a command, from what the handler's `__call__` takes and returns."""
    hints = get_type_hints(handler.__call__)
    command, result = hints["command"], hints["return"]
    generic: Any = Answering
    return generic[command, result]


def _answering_by(handler: type) -> Callable[..., Any]:
    def answering(use_case: Any, begin: Begin[Work], sealing: Sealing) -> Any:
        return Answering(use_case, begin, sealing)

    answering.__annotations__ |= {"use_case": handler, "return": _answering(handler)}
    return answering
