"""What happens to those who log in. Every such event belongs to the chain of its member."""

from dataclasses import dataclass
from typing import ClassVar

from domain.ids import MemberId, SessionId
from domain.shared.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(Event):
    """A session is over before its time; `because` says why."""

    type: ClassVar[str] = "session.revoked"

    member_id: MemberId
    session_id: SessionId
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReuseDetected(Event):
    """Somebody presented a refresh token that was used before."""

    type: ClassVar[str] = "session.reuse-detected"

    member_id: MemberId
    session_id: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A member has another password now."""

    type: ClassVar[str] = "password.changed"

    member_id: MemberId
