"""What is the same whatever the store."""

from collections.abc import AsyncIterator, Iterator, Sequence
from random import random

from dishka import AnyOf, Provider, Scope, provide

from adapters.argon2 import Argon2Passwords
from adapters.drawing.lifecycle_svg import svg
from adapters.http.options import HttpOptions
from adapters.http.pagination import Cursors
from adapters.http.ports import Drawing, Metrics, PublicKeys
from adapters.jwt import JwtTokens
from adapters.mail import LogNotifier, SmtpNotifier
from adapters.opaque import AesGcmSealing, SealedSecrets, Sha256Tokens
from adapters.payments import Ledger, RoutingGateway, Sandboxes, SimulatedGateway, StripeGateway, StripeNotices
from adapters.prometheus import Meters
from adapters.system import SystemClock, new_id, new_number
from adapters.webhooks import HttpSender, SystemResolver
from application.delivery.carriers import MailCarrier, WebhookCarrier
from application.delivery.carry import CarryHandler
from application.delivery.deliver_due import DeliverDue
from application.delivery.notices import Notifier
from application.delivery.ports import DeliveryQueue
from application.feed.relay_events import RelayEvents
from application.identity.log_in import PasswordCheck
from application.identity.ports import OpaqueTokens, Passwords, Tokens
from application.identity.rates import Rates
from application.operations.ports import HouseFigures, WatchedPool
from application.ordering.expire_due_orders import ExpireDueOrders
from application.ordering.paying import Paying
from application.ordering.ports import Gateway, Notices, NumberFactory
from application.shared.due import DueJobs
from application.shared.ports import Clock, IdFactory, Sealing
from application.webhooks.ports import Sender, SigningSecrets
from domain.webhooks.target import TargetRules
from entrypoints.keys import derived
from entrypoints.settings import Settings


class Machinery(Provider):
    """What is the same whatever the store."""

    scope = Scope.APP

    clock = provide(SystemClock, provides=Clock)
    passwords = provide(Argon2Passwords, provides=Passwords)
    opaque = provide(Sha256Tokens, provides=OpaqueTokens)
    password_check = provide(PasswordCheck)
    expire_due_orders = provide(ExpireDueOrders)
    relay_events = provide(RelayEvents)
    deliver_due = provide(DeliverDue)
    paying = provide(Paying)

    @provide
    def due_jobs(self, expire: ExpireDueOrders, relay: RelayEvents, deliver: DeliverDue) -> DueJobs:
        return DueJobs((expire, relay, deliver))

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
    async def meters(self, figures: HouseFigures, pool: WatchedPool) -> AsyncIterator[AnyOf[Meters, Metrics]]:
        meters = Meters(figures, pool)
        yield meters
        await meters.close()

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
    def signing_secrets(self, settings: Settings) -> SigningSecrets:
        return signing_secrets_of(settings.master_keys)

    @provide
    def targets(self, settings: Settings) -> TargetRules:
        return TargetRules(private=settings.webhooks_allow_private)

    @provide
    def sender(self, targets: TargetRules) -> Iterator[Sender]:
        names = SystemResolver()
        yield HttpSender(targets, names)
        names.close()

    @provide
    def carry(
        self, queue: DeliveryQueue, sender: Sender, secrets: SigningSecrets, mail: Notifier, clock: Clock
    ) -> CarryHandler:
        return CarryHandler(queue, WebhookCarrier(sender, secrets, clock), MailCarrier(mail), clock, random)

    @provide
    def notifier(self, settings: Settings, clock: Clock) -> Notifier:
        return SmtpNotifier(settings.smtp, settings.mail_from, clock) if settings.smtp else LogNotifier()

    @provide
    async def gateway(
        self, settings: Settings, ledger: Ledger, clock: Clock, sandboxes: Sandboxes
    ) -> AsyncIterator[Gateway]:
        simulated = SimulatedGateway(ledger, clock)
        if settings.stripe_key is None:
            yield simulated
            return
        real = StripeGateway.to(settings.stripe_key)
        yield RoutingGateway(real, simulated, sandboxes)
        await real.close()

    @provide
    def notices(self, settings: Settings) -> Notices:
        return StripeNotices(settings.stripe_webhook_secret)

    @provide
    def http(self, settings: Settings) -> HttpOptions:
        return http_options(settings)


def http_options(settings: Settings) -> HttpOptions:
    """Return what the HTTP floor must be told, for its handlers and for the app around them."""
    return HttpOptions(
        public_url=settings.public_url,
        signup_open=settings.signup_open,
        limit_per_principal=settings.limit_per_principal,
        trusted_proxies=settings.trusted_proxies,
        new_id=new_id,
        cors_origins=settings.cors_origins,
        metrics_from=settings.metrics_from,
    )


def signing_secrets_of(master_keys: Sequence[bytes]) -> SealedSecrets:
    """Return how the secrets of webhooks are kept: the first key encrypts, all of them read."""
    return SealedSecrets(AesGcmSealing([derived(key, "webhook secrets") for key in master_keys]))
