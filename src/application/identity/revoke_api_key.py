"""Revoke an API key: it is refused everywhere from now on."""

from dataclasses import dataclass

from application.identity.ports import BeginIdentity
from application.shared.caller import Caller
from application.shared.ports import Clock
from domain.ids import ApiKeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    caller: Caller
    api_key_id: ApiKeyId


@dataclass(frozen=True, slots=True)
class RevokeApiKeyHandler:
    """Raises: ApiKeyNotFound, for one that is revoked already, too."""

    begin: BeginIdentity
    clock: Clock

    async def __call__(self, command: RevokeApiKey) -> None:
        async with self.begin(command.caller) as work:
            key = await work.api_keys.get(command.api_key_id)
            work.api_keys.save(key.revoke(at=self.clock.now()))
            await work.commit(None)
