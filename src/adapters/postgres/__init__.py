"""The ports on PostgreSQL: two round trips a use case, one a read, every one behind the tenant wall."""

from adapters.postgres.api_keys import PostgresApiKeyBearers
from adapters.postgres.attempts import PostgresAttempts
from adapters.postgres.begin import PostgresBegin
from adapters.postgres.customer_queries import PostgresCustomerQueries
from adapters.postgres.delivery_log import PostgresDeliveryLog
from adapters.postgres.delivery_queue import PostgresDeliveryQueue
from adapters.postgres.due_orders import PostgresDueOrders
from adapters.postgres.due_scan import PostgresDueScan
from adapters.postgres.endpoints import PostgresEndpointQueries
from adapters.postgres.feed import PostgresFeed
from adapters.postgres.figures import PostgresFigures, PostgresStockAudit
from adapters.postgres.identity_queries import (
    PostgresApiKeyQueries,
    PostgresCredentials,
    PostgresMemberQueries,
    PostgresMeQueries,
    PostgresSessionQueries,
)
from adapters.postgres.order_proofs import PostgresOrderProofs
from adapters.postgres.order_queries import PostgresOrderQueries
from adapters.postgres.policies import PostgresPolicyQueries
from adapters.postgres.pooled_connection import Pooler
from adapters.postgres.product_queries import PostgresProductQueries
from adapters.postgres.readiness import PostgresReadiness
from adapters.postgres.relay import PostgresRelay
from adapters.postgres.revocations import PostgresRevocations
from adapters.postgres.sandboxes import PostgresSandboxes
from adapters.postgres.tenant_pool import TenantPool

__all__ = [
    "Pooler",
    "PostgresApiKeyBearers",
    "PostgresApiKeyQueries",
    "PostgresAttempts",
    "PostgresBegin",
    "PostgresCredentials",
    "PostgresCustomerQueries",
    "PostgresDeliveryLog",
    "PostgresDeliveryQueue",
    "PostgresDueOrders",
    "PostgresDueScan",
    "PostgresEndpointQueries",
    "PostgresFeed",
    "PostgresFigures",
    "PostgresMeQueries",
    "PostgresMemberQueries",
    "PostgresOrderProofs",
    "PostgresOrderQueries",
    "PostgresPolicyQueries",
    "PostgresProductQueries",
    "PostgresReadiness",
    "PostgresRelay",
    "PostgresRevocations",
    "PostgresSandboxes",
    "PostgresSessionQueries",
    "PostgresStockAudit",
    "TenantPool",
]
