"""Who logs in, and who somebody is, from memory; members, sessions and API keys as they are shown."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore
from adapters.records.api_key_records import api_key_view
from adapters.records.changes import Row
from adapters.records.identity_records import organization_view
from adapters.records.member_records import credential_from, member_view
from adapters.records.session_records import session_from, session_view
from application.identity.ports import ApiKeyView, Credential, MemberView, OrganizationView, SessionView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest
from domain.email import same_mailbox
from domain.identity.errors import InvalidToken, MemberNotFound
from domain.ids import MemberId, OrganizationId


@dataclass(frozen=True, slots=True)
class MemoryCredentials:
    store: MemoryStore

    async def find(self, organization_slug: str, email: str) -> Credential | None:
        organization = await self.organization_of(organization_slug)
        if organization is None:
            return None
        member = self.store.holder("members_organization_id_mailbox_key", organization, same_mailbox(email))
        return None if member is None else credential_from(member, organization)

    async def organization_of(self, slug: str) -> OrganizationId | None:
        await asyncio.sleep(0)
        organization = self.store.holder("organizations_slug_key", slug)
        return None if organization is None else organization["id"]


@dataclass(frozen=True, slots=True)
class MemoryMeQueries:
    store: MemoryStore

    async def me(self, caller: Caller) -> tuple[OrganizationView, MemberView | None]:
        await asyncio.sleep(0)
        organization = self.store.row(caller.organization, "organizations")
        if organization is None:
            raise InvalidToken
        member = _present(self.store, caller.organization, caller.principal.id)
        return organization_view(organization), None if member is None else member_view(member)


@dataclass(frozen=True, slots=True)
class MemoryMemberQueries:
    store: MemoryStore

    async def get(self, organization: UUID, id: MemberId) -> MemberView:
        await asyncio.sleep(0)
        row = _present(self.store, organization, id)
        if row is None:
            raise MemberNotFound(id)
        return member_view(row)

    async def page(self, organization: UUID, request: PageRequest) -> Page[MemberView]:
        await asyncio.sleep(0)
        present = (row for row in self.store.rows(organization, "members") if row["removed_at"] is None)
        return page_of(present, request, member_view)


@dataclass(frozen=True, slots=True)
class MemorySessionQueries:
    store: MemoryStore

    async def page(
        self, organization: UUID, member: UUID | None, at: datetime, request: PageRequest
    ) -> Page[SessionView]:
        await asyncio.sleep(0)
        theirs = self.store.rows(organization, "sessions", member_id=member) if member else []
        return page_of((row for row in theirs if session_from(row).live(at)), request, session_view)


@dataclass(frozen=True, slots=True)
class MemoryApiKeyQueries:
    store: MemoryStore

    async def page(self, organization: UUID, request: PageRequest) -> Page[ApiKeyView]:
        await asyncio.sleep(0)
        good = (row for row in self.store.rows(organization, "api_keys") if row["revoked_at"] is None)
        return page_of(good, request, api_key_view)


def _present(store: MemoryStore, organization: UUID, member: UUID | None) -> Row | None:
    row = store.row(organization, "members", member)
    return None if row is None or row["removed_at"] is not None else row
