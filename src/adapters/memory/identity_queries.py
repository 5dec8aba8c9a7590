"""Who logs in, and who somebody is, from memory."""

import asyncio
from dataclasses import dataclass

from adapters.memory.store import MemoryStore
from adapters.records.identity_records import credential_from, member_view, organization_view
from application.identity.ports import Credential, MemberView, OrganizationView
from application.shared.caller import Caller
from domain.email import same_mailbox


@dataclass(frozen=True, slots=True)
class MemoryCredentials:
    store: MemoryStore

    async def find(self, organization_slug: str, email: str) -> Credential | None:
        await asyncio.sleep(0)
        organization = self.store.holder("organizations_slug_key", organization_slug)
        if organization is None:
            return None
        member = self.store.holder("members_organization_id_mailbox_key", organization["id"], same_mailbox(email))
        return None if member is None else credential_from(member, organization["id"])


@dataclass(frozen=True, slots=True)
class MemoryMeQueries:
    store: MemoryStore

    async def me(self, caller: Caller) -> tuple[OrganizationView, MemberView | None]:
        await asyncio.sleep(0)
        organization = self.store.row(caller.organization, "organizations")
        if organization is None:
            raise RuntimeError(f"there is no organization {caller.organization}")
        member = self.store.row(caller.organization, "members", caller.principal.id)
        return organization_view(organization), None if member is None else member_view(member)
