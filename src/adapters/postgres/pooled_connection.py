"""A connection through a transaction pooler: whatever it sets ends with its transaction, so each use is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from adapters.postgres.tenant_connection import SERVER_SETTINGS, TenantConnection

PASSED_ON: Final = {"application_name": SERVER_SETTINGS["application_name"]}
"""All that a pooler takes in the startup packet."""

OPENING: Final = "; ".join(
    ("BEGIN", *(f"SET LOCAL {name} = '{value}'" for name, value in SERVER_SETTINGS.items() if name not in PASSED_ON))
)
"""One message, one round trip: the role and the timeouts, for this transaction."""


class Pooler(StrEnum):
    """What stands between us and PostgreSQL."""

    NONE = "none"
    TRANSACTION = "transaction"


class PooledConnection(TenantConnection):
    """Sessions mix behind it: between two transactions it has no role, no organization and no timeouts."""

    __slots__ = ("_stays",)

    pooled: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stays = True

    async def serve(self, organization: UUID) -> None:
        """Show the rows of this organization until the transaction ends: one round trip, none if it is served already.

        Raises: RuntimeError, outside of a transaction, where it would say nothing or stay for a stranger; and in one
        that has served somebody else.
        """
        if not self.is_in_transaction():
            raise RuntimeError("the organization is set within the transaction that it is for")
        if self.organization == organization:
            return
        if self.organization is not None:
            raise RuntimeError("a transaction serves one organization")
        await self.execute(_serving(organization))
        self.organization = organization

    async def lend(self, organization: UUID | None) -> None:
        self.organization, self._stays = None, True
        await self.execute(OPENING if organization is None else f"{OPENING}; {_serving(organization)}")
        self.organization = organization

    async def settle(self) -> None:
        """Raises: RuntimeError, when PostgreSQL had refused something and nobody said so: nothing was written."""
        wanted = "COMMIT" if self._stays else "ROLLBACK"
        if (done := await self.execute(wanted)) != wanted:
            raise RuntimeError(f"{wanted} became {done}: a refusal went unnoticed")
        self.organization = None

    async def recover(self) -> None:
        self.organization = None
        if not self.is_closed() and self.is_in_transaction():
            await self.execute("ROLLBACK")

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Run what stands within; each use is one transaction anyway."""
        yield

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Run what stands within, and let nothing of this use stay."""
        self._stays = False
        yield


def _serving(organization: UUID) -> str:
    """Return SQL that no text can have strayed into. Raises: TypeError."""
    if not isinstance(organization, UUID):
        raise TypeError("an organization is a UUID")
    return f"SET LOCAL app.organization = '{UUID(int=organization.int)}'"
