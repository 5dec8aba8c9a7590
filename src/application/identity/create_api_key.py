"""Create an API key for a machine. The key itself is shown now, and never again."""

from dataclasses import dataclass
from typing import Final

from application.identity.ports import ApiKeyView, BeginIdentity, OpaqueTokens, TokenKind
from application.shared.caller import Caller
from application.shared.ports import Clock, IdFactory
from domain.identity.api_key import ApiKey
from domain.identity.roles import Role
from domain.ids import ApiKeyId

SHOWN: Final = 4
"""Characters of the secret that the prefix shows, so that people can tell keys apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """`role` is viewer, operator or admin."""

    caller: Caller
    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedApiKey:
    """`key` is the secret whole."""

    shown: ApiKeyView
    key: str


@dataclass(frozen=True, slots=True)
class CreateApiKeyHandler:
    begin: BeginIdentity
    new_id: IdFactory
    clock: Clock
    opaque: OpaqueTokens

    async def __call__(self, command: CreateApiKey) -> CreatedApiKey:
        async with self.begin(command.caller) as work:
            await work.look()
            token = self.opaque.new(TokenKind.API_KEY, command.caller.organization, self.new_id())
            public, _, secret = token.text.rpartition(".")
            key = ApiKey(
                id=ApiKeyId(token.id),
                name=command.name,
                role=command.role,
                prefix=f"{public}.{secret[:SHOWN]}",
                secret_hash=token.secret_hash,
                created_at=self.clock.now(),
            )
            work.api_keys.save(key)
            return await work.commit(CreatedApiKey(shown=ApiKeyView.of(key), key=token.text))
