"""Payment gateways: a simulated one, which misbehaves on demand; and Stripe."""

from adapters.payments.memory_ledger import MemoryLedger
from adapters.payments.postgres_ledger import PostgresLedger
from adapters.payments.routing import RoutingGateway, Sandboxes
from adapters.payments.simulated import Ledger, SimulatedGateway
from adapters.payments.stripe_gateway import StripeGateway
from adapters.payments.stripe_notices import StripeNotices

__all__ = [
    "Ledger",
    "MemoryLedger",
    "PostgresLedger",
    "RoutingGateway",
    "Sandboxes",
    "SimulatedGateway",
    "StripeGateway",
    "StripeNotices",
]
