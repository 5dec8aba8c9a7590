"""A session: a family of refresh tokens of which only the newest is good, and good for one use.

Who presents an older one is a thief or was robbed, so the whole family is over (RFC 9700, section 4.14.2). One
exception: an answer can get lost on its way. Who comes back within `GRACE` with the parent of the newest token gets
that newest token again, as long as nobody has used it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from domain.identity.events import SessionReuseDetected, SessionRevoked
from domain.identity.roles import Role
from domain.ids import CustomerId, MemberId, RefreshTokenId, SessionId

IDLE: Final = timedelta(days=7)
"""How long a session is good that nobody refreshes."""

ABSOLUTE: Final = timedelta(days=30)
"""How long a session is good, however often it is refreshed."""

GRACE: Final = timedelta(seconds=10)
"""How long the parent of the newest token leads to it once more."""


class RevokedBecause(StrEnum):
    LOGOUT = "logout"
    LOGOUT_EVERYWHERE = "logout-everywhere"
    REUSE = "reuse-detected"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a reason
    ROLE_CHANGED = "role-changed"
    REMOVED = "removed"
    TOO_MANY = "too-many-sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """One generation. It never changes: it is the newest, or it was used when its successor was issued.

    `secret_hash` is SHA-256. `sealed` is its secret, to be opened with its parent's secret alone; None for the first.
    """

    id: RefreshTokenId
    parent_id: RefreshTokenId | None
    secret_hash: bytes
    sealed: bytes | None
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A family as it is, with what happened to it since it was read: `issued` tokens and `events`."""

    id: SessionId
    member_id: MemberId
    user_agent: str | None
    head_id: RefreshTokenId
    created_at: datetime
    last_used_at: datetime
    revoked_at: datetime | None = None
    revoked_because: RevokedBecause | None = None
    version: int = 1
    issued: tuple[RefreshToken, ...] = ()
    events: tuple[SessionRevoked | SessionReuseDetected, ...] = ()

    @classmethod
    def begin(
        cls, id: SessionId, *, member_id: MemberId, first: RefreshToken, user_agent: str | None, at: datetime
    ) -> Self:
        """Return a new session; `first` is its first token."""
        return cls(
            id=id,
            member_id=member_id,
            user_agent=user_agent,
            head_id=first.id,
            created_at=at,
            last_used_at=at,
            issued=(first,),
        )

    @property
    def expires_at(self) -> datetime:
        """When its newest token is no longer good, if nobody uses it."""
        return min(self.last_used_at + IDLE, self.created_at + ABSOLUTE)

    def live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at

    def rotate(self, successor: RefreshToken, *, at: datetime) -> Self:
        """Issue the next token; the newest until now is used."""
        return replace(
            self, head_id=successor.id, last_used_at=at, version=self.version + 1, issued=(*self.issued, successor)
        )

    def revoke(self, because: RevokedBecause, *, at: datetime) -> Self:
        """End the session. What has ended stays as it ended."""
        if self.revoked_at is not None:
            return self
        over = SessionRevoked(member_id=self.member_id, session_id=self.id, because=because.value, at=at)
        return replace(
            self, revoked_at=at, revoked_because=because, version=self.version + 1, events=(*self.events, over)
        )

    def betray(self, *, at: datetime) -> Self:
        """End the session because one of its tokens was presented twice."""
        reuse = SessionReuseDetected(member_id=self.member_id, session_id=self.id, at=at)
        return replace(self, events=(*self.events, reuse)).revoke(RevokedBecause.REUSE, at=at)


class Turn(StrEnum):
    """What becomes of a token that is presented."""

    NEXT = "next"
    SAME_AGAIN = "same-again"
    REUSED = "reused"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """What was true of a refresh token when we looked: its session, itself, the newest one, and for whom it stands."""

    session: Session
    presented: RefreshToken
    head: RefreshToken
    role: Role
    customer_id: CustomerId | None

    def turn(self, at: datetime) -> Turn:
        """Say what becomes of the presented token, whose secret was right."""
        if self.session.revoked_at is not None:
            return Turn.REUSED if self.session.revoked_because is RevokedBecause.REUSE else Turn.REVOKED
        if not self.session.live(at):
            return Turn.EXPIRED
        if self.presented.id == self.head.id:
            return Turn.NEXT
        lost = self.head.parent_id == self.presented.id and at <= self.head.issued_at + GRACE
        return Turn.SAME_AGAIN if lost else Turn.REUSED
