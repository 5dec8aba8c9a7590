"""Traces, wired: imported only where `ORDERWRIGHT_OTLP_ENDPOINT` is set."""

from collections.abc import AsyncIterator
from functools import lru_cache

from dishka import Provider, Scope

from adapters.otel.tracing import TracedGateway, Tracing
from adapters.postgres import TenantPool
from adapters.records.tables import WALLED
from application.ordering.ports import Gateway


@lru_cache(maxsize=1)
def tracing(endpoint: str) -> Tracing:
    """Return the tracing of this process; the container that uses it closes it."""
    return Tracing(endpoint, tables=WALLED)


def traced(endpoint: str, *, pooled: bool) -> Provider:
    """Return what puts spans around gateways and, where there is a pool, around its statements."""

    async def used() -> AsyncIterator[Tracing]:
        yield tracing(endpoint)
        await tracing(endpoint).close()
        tracing.cache_clear()

    def gateway(gateway: Gateway, using: Tracing) -> Gateway:
        return TracedGateway(gateway, using.tracer)

    def pool(pool: TenantPool, using: Tracing) -> TenantPool:
        pool.watch(using.statement)
        return pool

    provider = Provider(scope=Scope.APP)
    provider.provide(used, provides=Tracing)
    provider.decorate(gateway, provides=Gateway)
    if pooled:
        provider.decorate(pool, provides=TenantPool)
    return provider
