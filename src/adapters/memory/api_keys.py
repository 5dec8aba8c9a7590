"""API keys in memory, and who holds one."""

import asyncio
from dataclasses import dataclass

from adapters.memory.attempt import Attempt
from adapters.memory.store import MemoryStore
from adapters.records.api_key_records import api_key_bearer, api_key_changes, api_key_from
from adapters.records.changes import Changes, Touch
from application.identity.ports import Bearer, OpaqueToken
from application.shared.ports import Clock
from domain.identity.api_key import ApiKey
from domain.identity.errors import ApiKeyNotFound, InvalidToken
from domain.ids import ApiKeyId


@dataclass(frozen=True, slots=True)
class MemoryApiKeys:
    attempt: Attempt

    async def get(self, id: ApiKeyId) -> ApiKey:
        await self.attempt.turn()
        row = self.attempt.store.row(self.attempt.organization, "api_keys", id)
        if row is None:
            raise ApiKeyNotFound(id)
        return self.attempt.read("api_keys", api_key_from(row))

    def save(self, key: ApiKey) -> None:
        self.attempt.save(key, api_key_changes)


@dataclass(frozen=True, slots=True)
class MemoryApiKeyBearers:
    store: MemoryStore
    clock: Clock

    async def find(self, token: OpaqueToken) -> Bearer | None:
        await asyncio.sleep(0)
        row = self.store.row(token.organization, "api_keys", token.id)
        if row is None or row["revoked_at"] is not None or row["secret_hash"] != token.secret_hash:
            return None
        used = Touch(table="api_keys", key={"id": token.id}, set={"last_used_at": self.clock.now()})
        self.store.carry_out(token.organization, Changes.of([used]))
        return api_key_bearer(token.organization, token.id, row)


@dataclass(frozen=True, slots=True)
class MemoryRevocations:
    """Sessions and keys are at hand, so they are simply looked at."""

    store: MemoryStore

    def check(self, bearer: Bearer) -> None:
        for table in ("sessions", "api_keys"):
            row = self.store.row(bearer.organization, table, bearer.credential)
            if row is not None and row["revoked_at"] is not None:
                raise InvalidToken
