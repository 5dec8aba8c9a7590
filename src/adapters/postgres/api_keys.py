"""API keys, read and saved; and who holds one."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import LargeBinary, Uuid, bindparam, select, update

from adapters.postgres.riding import Look, look
from adapters.postgres.statements import Statement, compiled
from adapters.postgres.tenant_pool import TenantPool
from adapters.postgres.unit_of_work import UnitOfWork
from adapters.postgres.wall import PARAMETER, of_organization
from adapters.records.api_key_records import api_key_bearer, api_key_changes, api_key_from
from adapters.records.schema import INSTANT
from adapters.records.tables import api_keys, organizations
from application.identity.ports import Bearer, OpaqueToken
from application.shared.ports import Clock
from domain.identity.api_key import ApiKey
from domain.identity.errors import ApiKeyNotFound
from domain.ids import ApiKeyId

REMEMBERED: Final = timedelta(minutes=1)
"""How long a key that was found is believed without a look; what is revoked meanwhile, Revocations know."""

AT_MOST: Final = 4096
"""Keys that are remembered."""


@dataclass(frozen=True, slots=True)
class PostgresApiKeys:
    unit: UnitOfWork

    async def get(self, id: ApiKeyId) -> ApiKey:
        found = await self.unit.fetch(_get(), id=id)
        if not found:
            raise ApiKeyNotFound(id)
        return self.unit.read("api_keys", api_key_from(found[0]))

    def save(self, key: ApiKey) -> None:
        self.unit.save(key, api_key_changes)


@dataclass(frozen=True, slots=True)
class PostgresApiKeyBearers:
    """Looks a key up, and notes its use, once a minute; in between it remembers."""

    pool: TenantPool
    clock: Clock
    _known: OrderedDict[bytes, tuple[Bearer, datetime]] = field(default_factory=OrderedDict, init=False)

    async def find(self, token: OpaqueToken) -> Bearer | None:
        now = self.clock.now()
        identity = token.organization.bytes + token.id.bytes + token.secret_hash
        if (known := self._known.get(identity)) and now < known[1]:
            return known[0]
        values = {PARAMETER: token.organization, "id": token.id, "secret_hash": token.secret_hash, "at": now}
        async with self.pool.serving(token.organization) as connection:
            found = await _use().fetch(connection, values)
        if not found:
            self._known.pop(identity, None)
            return None
        bearer = api_key_bearer(token.organization, token.id, found[0])
        self._known[identity] = (bearer, now + REMEMBERED)
        if len(self._known) > AT_MOST:
            self._known.popitem(last=False)
        return bearer


@cache
def _get() -> Look:
    walls = (of_organization(api_keys), of_organization(organizations))
    this = api_keys.c.id == bindparam("id", type_=Uuid())
    return look(select(organizations.c.clock_offset_seconds, api_keys).where(*walls, this))


@cache
def _use() -> Statement:
    this = (
        api_keys.c.id == bindparam("id", type_=Uuid()),
        api_keys.c.secret_hash == bindparam("secret_hash", type_=LargeBinary()),
        api_keys.c.revoked_at.is_(None),
    )
    used = update(api_keys).where(of_organization(api_keys), *this).values(last_used_at=bindparam("at", type_=INSTANT))
    return compiled(used.returning(api_keys.c.role))
