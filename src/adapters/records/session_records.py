"""Sessions and their refresh tokens as rows, and what a change of one means."""

from typing import Final

from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.stamp import Stamp
from application.identity.ports import SessionView
from domain.identity.roles import Role
from domain.identity.session import Family, RefreshToken, RevokedBecause, Session

SESSION_COLUMNS: Final = (
    "id",
    "member_id",
    "user_agent",
    "head_id",
    "created_at",
    "last_used_at",
    "revoked_at",
    "revoked_because",
    "version",
)
TOKEN_COLUMNS: Final = ("id", "session_id", "parent_id", "secret_hash", "sealed", "issued_at")

_PLAIN: Final = frozenset({"at", "member_id", "session_id"})


def session_changes(session: Session, before: Session | None) -> Changes:
    """Return what becomes of the session's own rows, given the session as it was read (None: it is new)."""
    tokens = [Insert("refresh_tokens", token_row(token, session)) for token in session.issued]
    if before is None:
        return Changes.of((), [Insert("sessions", session_row(session)), *tokens])
    old = session_row(before)
    changed = {name: value for name, value in session_row(session).items() if value != old[name]}
    touch = Touch(table="sessions", key={"id": session.id}, seen={"version": before.version}, set=changed)
    return Changes.of([touch] if changed else [], tokens)


def session_saved(session: Session, before: Session | None, stamp: Stamp) -> Changes:
    """Return what saving a session by itself means: its rows, and its events in the chain of its member."""
    events = session_events(session, stamp)
    told = [Touch(table="members", key={"id": session.member_id}, events=events)] if events else []
    return session_changes(session, before) + Changes.of(told)


def session_events(session: Session, stamp: Stamp) -> tuple[Row, ...]:
    data = session_view(session_row(session))
    return tuple(
        stamp.event(event, subject="user", subject_id=session.member_id, data=data, plain=_PLAIN)
        for event in session.events
    )


def session_row(session: Session) -> Row:
    because = session.revoked_because
    row = {name: getattr(session, name) for name in SESSION_COLUMNS}
    return {**row, "revoked_because": because.value if because else None}


def token_row(token: RefreshToken, session: Session) -> Row:
    return {**{name: getattr(token, name) for name in TOKEN_COLUMNS if name != "session_id"}, "session_id": session.id}


def session_from(row: Row) -> Session:
    """Return the session that this row says, without events."""
    because = row["revoked_because"]
    facts = {name: row[name] for name in SESSION_COLUMNS}
    return Session(**{**facts, "revoked_because": RevokedBecause(because) if because else None})


def token_from(row: Row) -> RefreshToken:
    return RefreshToken(**{name: row[name] for name in TOKEN_COLUMNS if name != "session_id"})


def family_from(session: Row, presented: Row, head: Row, member: Row) -> Family:
    return Family(
        session=session_from(session),
        presented=token_from(presented),
        head=token_from(head),
        role=Role(member["role"]),
        customer_id=member["customer_id"],
    )


def session_view(row: Row) -> SessionView:
    return SessionView(**{name: row[name] for name in ("id", "created_at", "last_used_at", "user_agent")})
