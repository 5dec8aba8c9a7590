"""The ports on PostgreSQL: two round trips a use case, one a read, every one behind the tenant wall."""

from adapters.postgres.begin import PostgresBegin
from adapters.postgres.customer_queries import PostgresCustomerQueries
from adapters.postgres.identity_queries import PostgresCredentials, PostgresMeQueries
from adapters.postgres.order_queries import PostgresOrderQueries
from adapters.postgres.product_queries import PostgresProductQueries
from adapters.postgres.readiness import PostgresReadiness
from adapters.postgres.tenant_pool import TenantPool

__all__ = [
    "PostgresBegin",
    "PostgresCredentials",
    "PostgresCustomerQueries",
    "PostgresMeQueries",
    "PostgresOrderQueries",
    "PostgresProductQueries",
    "PostgresReadiness",
    "TenantPool",
]
