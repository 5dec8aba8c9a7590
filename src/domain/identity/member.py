"""A member: somebody who logs in to one organization and acts there in one role."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from domain.erasure import ERASED, erased_email
from domain.identity.errors import InvalidToken, MemberNotFound, PermissionMissing
from domain.identity.events import PasswordChanged, SessionReuseDetected, SessionRevoked
from domain.identity.roles import Role
from domain.identity.session import RefreshToken, RevokedBecause, Session
from domain.ids import CustomerId, MemberId, SessionId
from domain.shared.errors import RulesBroken, Violation

MOST_SESSIONS: Final = 20
"""Sessions of one member at the same time; one more ends the oldest."""

RESET_GOOD_FOR: Final = timedelta(hours=1)
"""How long the one-time token is good with which a member sets a new password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset:
    """Leave to set a new password, once. `secret_hash` is SHA-256 of the one-time token's secret."""

    secret_hash: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member with its live `sessions`. Every change but a login adds 1 to `version`.

    `password_hash` is in the PHC string format. `logins` counts how many sessions there ever were, so that who changes
    all of them sees whether there is one more.
    """

    id: MemberId
    email: str
    name: str
    role: Role
    customer_id: CustomerId | None
    password_hash: str
    created_at: datetime
    removed_at: datetime | None = None
    reset: PasswordReset | None = None
    logins: int = 0
    version: int = 1
    sessions: tuple[Session, ...] = ()
    changes: tuple[PasswordChanged, ...] = ()

    @classmethod
    def join(
        cls,
        id: MemberId,
        *,
        email: str,
        name: str,
        role: Role,
        password_hash: str,
        at: datetime,
        customer_id: CustomerId | None = None,
    ) -> Self:
        """Return a new member. `customer_id` is the record that a customer acts for; nobody else has one."""
        return cls(
            id=id,
            email=email,
            name=name,
            role=role,
            customer_id=customer_id,
            password_hash=password_hash,
            created_at=at,
        )

    @property
    def events(self) -> tuple[PasswordChanged | SessionRevoked | SessionReuseDetected, ...]:
        """What has happened since it was read, its sessions included."""
        return (*self.changes, *(event for session in self.sessions for event in session.events))

    @property
    def is_owner(self) -> bool:
        return self.role is Role.OWNER and self.removed_at is None

    def log_in(self, id: SessionId, first: RefreshToken, *, user_agent: str | None, at: datetime) -> Self:
        """Begin a session. Where there are too many, the oldest ends."""
        live = [session for session in self.sessions if session.live(at)]
        oldest_first = sorted(live, key=lambda session: (session.created_at, session.id))
        too_many = {session.id for session in oldest_first[: max(0, len(live) + 1 - MOST_SESSIONS)]}
        kept = tuple(
            session.revoke(RevokedBecause.TOO_MANY, at=at) if session.id in too_many else session
            for session in self.sessions
        )
        new = Session.begin(id, member_id=self.id, first=first, user_agent=user_agent, at=at)
        return replace(self, logins=self.logins + 1, sessions=(*kept, new))

    def log_out_everywhere(self, *, by: Role, at: datetime) -> Self:
        """End every session.

        Raises: PermissionMissing, when somebody else (`by`) would need to be an owner.
        """
        self._check_rank(by)
        return self._without_sessions(RevokedBecause.LOGOUT_EVERYWHERE, at)

    def change_password(self, password_hash: str, *, at: datetime) -> Self:
        """Set another password; every session ends, and no leave to reset it is left."""
        changed = PasswordChanged(member_id=self.id, at=at)
        after: Any = {"password_hash": password_hash, "reset": None, "changes": (*self.changes, changed)}
        return self._without_sessions(RevokedBecause.PASSWORD_CHANGED, at, **after)

    def offer_reset(self, secret_hash: bytes, *, by: Role, at: datetime) -> Self:
        """Give leave to set a new password; an earlier leave ends. Raises: PermissionMissing."""
        self._check_rank(by)
        reset = PasswordReset(secret_hash=secret_hash, expires_at=at + RESET_GOOD_FOR)
        return replace(self, reset=reset, version=self.version + 1)

    def redeem_reset(self, secret_hash: bytes, password_hash: str, *, at: datetime) -> Self:
        """Set a new password by the one-time token. Raises: InvalidToken, when it is used, replaced or too old."""
        if self.reset is None or self.reset.secret_hash != secret_hash or at >= self.reset.expires_at:
            raise InvalidToken
        return self.change_password(password_hash, at=at)

    def change_role(self, role: Role, *, by: Role, owners: int, at: datetime) -> Self:
        """Act in another role from now on; every session ends. `owners` is how many the organization has.

        Raises: PermissionMissing, where only an owner may; RulesBroken, for the last owner, and for who is a customer.
        """
        self._check_rank(by, role)
        if role is self.role:
            return self
        if Role.CUSTOMER in {self.role, role}:
            raise _broken("/role", "customer-role-fixed", "A customer's login stays one; add another member instead.")
        self._check_not_last(owners, "/role")
        return self._without_sessions(RevokedBecause.ROLE_CHANGED, at, role=role)

    def remove(self, *, by: Role, owners: int, at: datetime) -> Self:
        """Leave the organization; every session ends. `owners` is how many the organization has.

        Raises: PermissionMissing, where only an owner may; RulesBroken, for the last owner; MemberNotFound, when gone.
        """
        if self.removed_at is not None:
            raise MemberNotFound(self.id)
        self._check_rank(by)
        self._check_not_last(owners)
        return self._without_sessions(RevokedBecause.REMOVED, at, removed_at=at, reset=None)

    def erase(self, *, at: datetime) -> Self:
        """Leave for good, where somebody who is erased logged in: nothing that is personal stays."""
        left = self._without_sessions(RevokedBecause.REMOVED, at, removed_at=self.removed_at or at, reset=None)
        sessions = tuple(replace(session, user_agent=None) for session in left.sessions)
        return replace(left, email=erased_email(self.id), name=ERASED, password_hash=ERASED, sessions=sessions)

    def _without_sessions(self, because: RevokedBecause, at: datetime, **changed: Any) -> Self:
        ended = tuple(session.revoke(because, at=at) for session in self.sessions)
        return replace(self, version=self.version + 1, sessions=ended, **changed)

    def _check_rank(self, by: Role, role: Role | None = None) -> None:
        """Only owners change, log out or make owners."""
        if Role.OWNER in {self.role, role} and by is not Role.OWNER:
            raise PermissionMissing((Role.OWNER,))

    def _check_not_last(self, owners: int, pointer: str = "") -> None:
        if self.is_owner and owners <= 1:
            raise _broken(pointer, "last-owner", "The last owner stays: make somebody else an owner first.")


def check_grant(role: Role, customer_id: CustomerId | None, *, by: Role) -> None:
    """Raises: PermissionMissing, when `by` may not give this role; RulesBroken, when a customer has no record to act
    for, or somebody else has one.
    """
    if role is Role.OWNER and by is not Role.OWNER:
        raise PermissionMissing((Role.OWNER,))
    if role is Role.CUSTOMER and customer_id is None:
        raise _broken("/customerId", "customer-required", "A customer's login needs the customer that it acts for.")
    if role is not Role.CUSTOMER and customer_id is not None:
        raise _broken("/customerId", "customer-not-allowed", "Only the role customer acts for one customer.")


def _broken(pointer: str, code: str, message: str) -> RulesBroken:
    return RulesBroken((Violation(pointer=pointer, code=code, message=message),))
