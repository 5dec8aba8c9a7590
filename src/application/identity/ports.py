"""What identity needs of the world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.shared.caller import Caller
from application.shared.work import Begin, Work
from domain.identity.organization import Member, Organization
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId, OrganizationId
from domain.shared.money import Currency


class Organizations(Protocol):
    def found(self, organization: Organization, owner: Member) -> None:
        """Stage a new organization, with the policy of the house, and its first member."""


class IdentityWork(Work, Protocol):
    @property
    def organizations(self) -> Organizations: ...


BeginIdentity = Begin[IdentityWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a login is held against. `password_hash` is in the PHC string format."""

    organization: OrganizationId
    member_id: MemberId
    role: Role
    customer_id: CustomerId | None
    password_hash: str


class Credentials(Protocol):
    async def find(self, organization_slug: str, email: str) -> Credential | None:
        """Return the member with this address in the organization of this slug, None if either is unknown."""


class Passwords(Protocol):
    async def hash(self, password: str) -> str:
        """Return a salted hash in the PHC string format."""

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Say whether this is the password. With None, do the same work and say no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer token; it `expires_in` so many seconds."""

    token: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who a token says that somebody is."""

    organization: OrganizationId
    member_id: MemberId
    role: Role
    customer_id: CustomerId | None


class Tokens(Protocol):
    def issue(self, credential: Credential) -> AccessToken:
        """Return a fresh access token for this member."""

    def verify(self, token: str) -> Bearer:
        """Return who bears the token. Raises: InvalidToken, TokenExpired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationView:
    """One organization as its members see it."""

    id: OrganizationId
    name: str
    slug: str
    currency: Currency
    sandbox: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """One member as it is shown."""

    id: MemberId
    email: str
    name: str
    role: Role
    customer_id: CustomerId | None
    created_at: datetime
    version: int


class MeQueries(Protocol):
    async def me(self, caller: Caller) -> tuple[OrganizationView, MemberView | None]:
        """Return the caller's organization, and its member record, None where it has none (any more).

        Raises: InvalidToken, when there is no such organization (any more).
        """
