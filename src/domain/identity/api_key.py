"""An API key: how a machine of an organization calls."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from domain.identity.errors import ApiKeyNotFound
from domain.identity.roles import Role
from domain.ids import ApiKeyId

GRANTABLE: Final = frozenset({Role.VIEWER, Role.OPERATOR, Role.ADMIN})
"""The roles that a key can have: owning is for people, and customers log in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """`secret_hash` is SHA-256 of the secret; `prefix` is what may be shown of the key, in logs, too."""

    id: ApiKeyId
    name: str
    role: Role
    prefix: str
    secret_hash: bytes
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1

    def revoke(self, *, at: datetime) -> Self:
        """End the key. Raises: ApiKeyNotFound, when that was done before."""
        if self.revoked_at is not None:
            raise ApiKeyNotFound(self.id)
        return replace(self, revoked_at=at, version=self.version + 1)
