"""Members as rows, and what a change of one means: for its sessions, its events, and the number of owners."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from adapters.records.changes import Bounds, Changes, Insert, Row, Touch
from adapters.records.session_records import session_changes, session_events, session_from
from adapters.records.stamp import Stamp
from application.identity.ports import Credential, MemberView
from domain.email import same_mailbox
from domain.identity.member import Member, PasswordReset
from domain.identity.roles import Role
from domain.ids import CustomerId, OrganizationId

OWNERS: Final = Bounds(columns=("owners",), least=1, most=2**31 - 1)
"""An organization never is without an owner."""

_SAME: Final = ("id", "email", "name", "customer_id", "created_at", "version")


def member_changes(member: Member, before: Member | None, stamp: Stamp) -> Changes:
    """Return what saving `member` means, given the member as it was read (None: it is new)."""
    owners = _owners(before, member)
    if before is None:
        return Changes.of(owners, [Insert("members", member_row(member))])
    old = member_row(before)
    root = Touch(
        table="members",
        key={"id": member.id},
        seen={"version": before.version, "logins": before.logins},
        set={name: value for name, value in member_row(member).items() if value != old[name]},
        events=tuple(_events(member, stamp)),
    )
    as_read = {session.id: session for session in before.sessions}
    sessions = [session_changes(session, as_read.get(session.id)) for session in member.sessions]
    touches = [touch for changes in sessions for touch in changes.touches]
    return Changes.of([root, *owners, *touches], [insert for changes in sessions for insert in changes.inserts])


def customer_guard(customer: CustomerId, status: str | None) -> Changes:
    """The customer for whom somebody joins is still what it was; where there is none, there is nothing to hold."""
    seen = Touch(table="customers", key={"id": customer}, seen={"status": status}, awaited=True)
    return Changes.of([seen] if status is not None else [])


def member_row(member: Member) -> Row:
    reset = member.reset
    return {
        "id": member.id,
        "email": member.email,
        "mailbox": same_mailbox(member.email),
        "name": member.name,
        "role": member.role.value,
        "customer_id": member.customer_id,
        "password_hash": member.password_hash,
        "reset_hash": reset.secret_hash if reset else None,
        "reset_expires_at": reset.expires_at if reset else None,
        "logins": member.logins,
        "created_at": member.created_at,
        "removed_at": member.removed_at,
        "version": member.version,
    }


def member_from(row: Row, sessions: Iterable[Row]) -> Member:
    """Return the member that these rows say, without events."""
    reset = PasswordReset(secret_hash=row["reset_hash"], expires_at=row["reset_expires_at"])
    return Member(
        **{name: row[name] for name in (*_SAME, "password_hash", "removed_at", "logins")},
        role=Role(row["role"]),
        reset=reset if row["reset_hash"] is not None else None,
        sessions=tuple(session_from(session) for session in sessions),
    )


def member_view(row: Row) -> MemberView:
    return MemberView(**{name: row[name] for name in _SAME}, role=Role(row["role"]))


def credential_from(row: Row, organization: OrganizationId) -> Credential:
    return Credential(organization=organization, member_id=row["id"], password_hash=row["password_hash"])


def _events(member: Member, stamp: Stamp) -> Iterator[Row]:
    data: Any = MemberView.of(member)
    for event in member.changes:
        yield stamp.event(event, subject="user", subject_id=member.id, data=data, plain=frozenset({"at", "member_id"}))
    for session in member.sessions:
        yield from session_events(session, stamp)


def _owners(before: Member | None, after: Member) -> list[Touch]:
    """One owner more, or one less: the organization counts them."""
    change = after.is_owner - (before is not None and before.is_owner)
    return [Touch(table="organizations", key={}, by={"owners": change}, bounds=OWNERS)] if change else []
