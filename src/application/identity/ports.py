"""What identity needs of the world."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.pages import Page, PageRequest
from application.shared.work import Begin, Work
from domain.identity.api_key import ApiKey
from domain.identity.member import Member
from domain.identity.organization import Organization
from domain.identity.roles import Role
from domain.identity.sandbox import SandboxClock
from domain.identity.session import Family, Session
from domain.ids import ApiKeyId, CustomerId, MemberId, OrganizationId, RefreshTokenId, SessionId
from domain.shared.money import Currency


class Organizations(Protocol):
    def found(self, organization: Organization, owner: Member) -> None:
        """Stage a new organization, with the policy of the house, and its first member."""


class Members(Protocol):
    async def get(self, id: MemberId) -> Member:
        """Return the member as it is now, with its live sessions, without events. Raises: MemberNotFound."""

    async def get_among_owners(self, id: MemberId) -> tuple[Member, int]:
        """Return the member, too, and how many owners the organization has. Raises: MemberNotFound."""

    async def customer_exists(self, id: CustomerId) -> bool:
        """Say whether there is such a customer, and it is not erased.

        Customers never vanish; where one is erased meanwhile, commit raises Outdated.
        """

    def save(self, member: Member) -> None:
        """Stage the member, its sessions and their events. A new member is one that was not read."""


class Sessions(Protocol):
    async def get(self, id: SessionId) -> Session:
        """Return the session as it is now, without events. Raises: SessionNotFound."""

    async def family(self, presented: RefreshTokenId) -> Family | None:
        """Return what is true of a refresh token, None where there is none with this id."""

    def save(self, session: Session) -> None:
        """Stage the session, the tokens that it issued, and its events."""


class ApiKeys(Protocol):
    async def get(self, id: ApiKeyId) -> ApiKey:
        """Return the key as it is now. Raises: ApiKeyNotFound."""

    def save(self, key: ApiKey) -> None:
        """Stage the key. A new one is one that was not read."""


class Clocks(Protocol):
    async def get(self) -> SandboxClock:
        """Return the organization's clock as it is now. Raises: OrganizationMissing."""

    def save(self, clock: SandboxClock) -> None:
        """Stage how far it was moved: who moves it at the same time, moves it on top of that."""


class IdentityWork(Work, Protocol):
    @property
    def organizations(self) -> Organizations: ...
    @property
    def members(self) -> Members: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def api_keys(self) -> ApiKeys: ...
    @property
    def clocks(self) -> Clocks: ...


BeginIdentity = Begin[IdentityWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a login is held against. `password_hash` is in the PHC string format."""

    organization: OrganizationId
    member_id: MemberId
    password_hash: str


class Credentials(Protocol):
    async def find(self, organization_slug: str, email: str) -> Credential | None:
        """Return the member with this address in the organization of this slug, None if either is unknown.

        It does the same work whatever it finds.
        """

    async def organization_of(self, slug: str) -> OrganizationId | None:
        """Return the organization of this slug."""


class Passwords(Protocol):
    async def hash(self, password: str) -> str:
        """Return a salted hash in the PHC string format."""

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Say whether this is the password. With None, do the same work and say no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Who holds a good token. It is good no longer than its `credential`: the session, or the API key itself."""

    organization: OrganizationId
    kind: PrincipalKind
    id: UUID
    role: Role
    customer_id: CustomerId | None
    credential: UUID

    @property
    def principal(self) -> Principal:
        return Principal(self.kind, self.id, self.role, self.customer_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer token; it `expires_in` so many seconds."""

    token: str
    expires_in: int


class Tokens(Protocol):
    def issue(self, bearer: Bearer) -> AccessToken:
        """Return a fresh access token for this user and session."""

    def verify(self, token: str) -> Bearer:
        """Return who bears the token. Raises: InvalidToken, TokenExpired."""


class TokenKind(StrEnum):
    """Opaque tokens, by what they begin with."""

    REFRESH = "rt1."
    API_KEY = "ow_"
    PASSWORD_RESET = "pr1."  # noqa: S105 - a prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueToken:
    """A token that says nothing but whose it is: `id` is the thing that it opens, `text` what its holder keeps.

    `secret_hash` (SHA-256 of its 32 random bytes) is all of the secret that is ever stored.
    """

    organization: UUID
    id: UUID
    text: str
    secret_hash: bytes


class OpaqueTokens(Protocol):
    def new(self, kind: TokenKind, organization: UUID, id: UUID) -> OpaqueToken:
        """Make a token with a fresh secret."""

    def read(self, kind: TokenKind, text: str) -> OpaqueToken:
        """Take a token apart, without a look at whether there is one. Raises: InvalidToken."""

    def seal(self, token: OpaqueToken, *, under: OpaqueToken) -> bytes:
        """Encrypt a token's text so that only who has the other token can read it."""

    def unseal(self, sealed: bytes, *, under: OpaqueToken) -> str:
        """Return the text that was sealed under this token. Raises: InvalidToken."""


class Revocations(Protocol):
    def check(self, bearer: Bearer) -> None:
        """Return when the bearer's session or key is not known to be revoked. No I/O.

        What was revoked anywhere is known everywhere within a second.

        Raises: InvalidToken; Unavailable, when nobody can tell because the store has been away for too long.
        """


class ApiKeyBearers(Protocol):
    async def find(self, token: OpaqueToken) -> Bearer | None:
        """Return who holds this key, None where there is no such key or it is revoked. Notes that it was used."""


class Limit(StrEnum):
    """What is counted, so that it does not happen too often."""

    LOGIN_PER_ACCOUNT = "login-per-account"
    LOGIN_PER_ADDRESS = "login-per-address"
    SIGNUP_PER_ADDRESS = "signup-per-address"


class Attempts(Protocol):
    async def count(self, limit: Limit, *subject: str) -> None:
        """Count one attempt of `subject` (an address; or slug and e-mail), known or not, in all processes together.

        Raises: RateLimitExceeded, when there were too many within the window; Unavailable.
        """

    async def note_failure(self, limit: Limit, *subject: str) -> None:
        """Note beside the count that an attempt failed."""


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

    @classmethod
    def of(cls, member: Member) -> "MemberView":
        return cls(
            id=member.id,
            email=member.email,
            name=member.name,
            role=member.role,
            customer_id=member.customer_id,
            created_at=member.created_at,
            version=member.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One live session as its member sees it."""

    id: SessionId
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyView:
    """One API key as it is shown: never its secret."""

    id: ApiKeyId
    name: str
    role: Role
    prefix: str
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyView":
        return cls(
            id=key.id,
            name=key.name,
            role=key.role,
            prefix=key.prefix,
            created_at=key.created_at,
            last_used_at=key.last_used_at,
        )


class MeQueries(Protocol):
    async def me(self, caller: Caller) -> tuple[OrganizationView, MemberView | None]:
        """Return the caller's organization, and its member record, None where it has none (any more).

        Raises: InvalidToken, when there is no such organization (any more).
        """


class MemberQueries(Protocol):
    async def get(self, organization: UUID, id: MemberId) -> MemberView:
        """Raises: MemberNotFound."""

    async def page(self, organization: UUID, request: PageRequest) -> Page[MemberView]:
        """Return a page, newest first; positions are `(created_at, id)`."""


class SessionQueries(Protocol):
    async def page(
        self, organization: UUID, member: UUID | None, at: datetime, request: PageRequest
    ) -> Page[SessionView]:
        """Return a page of a member's sessions that are live at this instant, newest first."""


class ApiKeyQueries(Protocol):
    async def page(self, organization: UUID, request: PageRequest) -> Page[ApiKeyView]:
        """Return a page of the keys that are not revoked, newest first; positions are `(created_at, id)`."""
