"""The ports of the use cases over dictionaries: the same contract as PostgreSQL, gone when the process ends."""

from adapters.memory.api_keys import MemoryApiKeyBearers, MemoryRevocations
from adapters.memory.attempts import MemoryAttempts
from adapters.memory.customer_queries import MemoryCustomerQueries
from adapters.memory.deliveries import MemoryDeliveryLog
from adapters.memory.delivery_queue import MemoryDeliveryQueue
from adapters.memory.due_orders import MemoryDueOrders
from adapters.memory.endpoints import MemoryEndpointQueries
from adapters.memory.feed import MemoryFeed, MemoryRelay
from adapters.memory.figures import MemoryFigures, NoPool
from adapters.memory.identity_queries import (
    MemoryApiKeyQueries,
    MemoryCredentials,
    MemoryMemberQueries,
    MemoryMeQueries,
    MemorySessionQueries,
)
from adapters.memory.order_proofs import MemoryOrderProofs
from adapters.memory.order_queries import MemoryOrderQueries
from adapters.memory.policies import MemoryPolicyQueries
from adapters.memory.product_queries import MemoryProductQueries
from adapters.memory.readiness import MemoryReadiness
from adapters.memory.sandboxes import MemorySandboxes
from adapters.memory.store import MemoryStore
from adapters.memory.unit_of_work import MemoryBegin, MemoryWork

__all__ = [
    "MemoryApiKeyBearers",
    "MemoryApiKeyQueries",
    "MemoryAttempts",
    "MemoryBegin",
    "MemoryCredentials",
    "MemoryCustomerQueries",
    "MemoryDeliveryLog",
    "MemoryDeliveryQueue",
    "MemoryDueOrders",
    "MemoryEndpointQueries",
    "MemoryFeed",
    "MemoryFigures",
    "MemoryMeQueries",
    "MemoryMemberQueries",
    "MemoryOrderProofs",
    "MemoryOrderQueries",
    "MemoryPolicyQueries",
    "MemoryProductQueries",
    "MemoryReadiness",
    "MemoryRelay",
    "MemoryRevocations",
    "MemorySandboxes",
    "MemorySessionQueries",
    "MemoryStore",
    "MemoryWork",
    "NoPool",
]
