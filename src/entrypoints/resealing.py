"""`webhooks reseal`: encrypt the secrets of all webhook endpoints under the newest master key."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from adapters.postgres import Pooler, PostgresBegin, PostgresEndpointQueries, TenantPool
from adapters.postgres.books import organizations_of
from adapters.system import SystemClock, new_id
from application.shared.answering import rerun
from application.shared.caller import SYSTEM, Caller
from application.shared.pages import PageRequest
from application.shared.ports import Unsealable
from application.webhooks.ports import SigningSecrets
from application.webhooks.reseal_secrets import ResealSecrets, ResealSecretsHandler
from domain.ids import WebhookEndpointId
from domain.webhooks.errors import WebhookEndpointNotFound

AT_ONCE: Final = 100
"""Endpoints that are read by one statement."""


@dataclass(slots=True)
class Resealed:
    """How many endpoints have their secrets under the newest key now, and which have secrets that no key opens."""

    done: int = 0
    lost: list[WebhookEndpointId] = field(default_factory=list)


async def reseal(dsn: str, pooler: Pooler, secrets: SigningSecrets) -> Resealed:
    """Go over every endpoint of every organization. Raises: OSError, asyncpg.PostgresError, Unavailable."""
    pool = TenantPool.to(dsn, pooler, size=1, patience=5)
    handler = ResealSecretsHandler(PostgresBegin(pool, SystemClock(), new_id), secrets)
    resealed = Resealed()
    try:
        for organization in await organizations_of(dsn, pooler):
            caller = Caller(organization=organization, principal=SYSTEM, request_id="webhooks-reseal")
            async for endpoint in _endpoints(pool, organization):
                await _one(handler, ResealSecrets(caller=caller, endpoint_id=endpoint), resealed)
    finally:
        await pool.close()
    return resealed


async def _one(handler: ResealSecretsHandler, command: ResealSecrets, resealed: Resealed) -> None:
    try:
        await rerun(partial(_again, handler, command))
    except Unsealable:
        resealed.lost.append(command.endpoint_id)
    except WebhookEndpointNotFound:
        return  # removed meanwhile, and its secrets with it
    else:
        resealed.done += 1


async def _again(handler: ResealSecretsHandler, command: ResealSecrets, _: int) -> None:
    await handler(command)


async def _endpoints(pool: TenantPool, organization: UUID) -> AsyncIterator[WebhookEndpointId]:
    queries, request = PostgresEndpointQueries(pool), PageRequest(limit=AT_ONCE)
    while True:
        page = await queries.page(organization, request)
        for endpoint in page.items:
            yield endpoint.id
        if not page.has_next:
            return
        request = PageRequest(limit=AT_ONCE, position=page.end)
