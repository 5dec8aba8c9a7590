"""Answers as rows: what is kept under a key, for how long, and what of it outlives the answer. Knows no context."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import UniqueConstraint

from adapters.records.changes import Changes, Insert, Row, Touch
from adapters.records.schema import ORGANIZATION, metadata
from application.shared.caller import Caller
from application.shared.claim import Answer, Claim
from application.shared.errors import AlreadyAnswered

TABLE: Final = "idempotency_keys"

RETENTION: Final = timedelta(hours=24)
"""How long an answer is kept. Under the house's clock, which no sandbox moves."""

COLUMNS: Final = ("fingerprint", "status", "headers", "body", "sealed", "expires_at")
"""What a first read needs of a kept answer."""

ORIGINALS: Final = {
    str(constraint.table.name): str(constraint.name)
    for table in metadata.tables.values()
    for constraint in table.constraints
    if isinstance(constraint, UniqueConstraint) and constraint.columns.keys() == [ORGANIZATION, "placed_by", "key_hash"]
}
"""Tables whose rows remember for ever under which key they were made; and the unique constraint that sees to it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a first read found under a key: the row of an answer, and else what was once made under it."""

    row: Row | None
    collection: str | None = None
    id: UUID | None = None


def key_of(caller: Caller, claim: Claim) -> Row:
    """Return the key of the answer's row, within the organization."""
    return {"principal": str(caller.principal), "key_hash": claim.key}


def made_by(caller: Caller) -> Row:
    """Return the columns that say under which key a row was made; none if there was none."""
    claim = caller.claim
    return {"placed_by": str(caller.principal), "key_hash": claim.key} if claim else {}


def lock_of(caller: Caller, claim: Claim) -> int:
    """Return the number (64 bits, signed) of the lock that is held while this claim is carried out."""
    name = caller.organization.bytes + str(caller.principal).encode() + claim.key
    return int.from_bytes(sha256(name).digest()[:8], "big", signed=True)


def keeping(caller: Caller, claim: Claim, answer: Answer, *, at: datetime, instead_of: datetime | None) -> Changes:
    """Return what it means to keep an answer; `instead_of`: one that expired then, and still stands in its place."""
    row = {
        "fingerprint": claim.fingerprint,
        "status": answer.status,
        "headers": "\n".join(f"{name}: {value}" for name, value in answer.headers.items()),
        "body": answer.body,
        "sealed": answer.secret,
        "created_at": at,
        "expires_at": at + RETENTION,
    }
    key, locks = key_of(caller, claim), (lock_of(caller, claim),)
    if instead_of is None:
        return Changes.of((), [Insert(TABLE, {**key, **row})], locks)
    return Changes.of([Touch(table=TABLE, key=key, seen={"expires_at": instead_of}, set=row)], (), locks)


def already(row: Row) -> AlreadyAnswered:
    headers = dict(line.split(": ", 1) for line in row["headers"].splitlines())
    return AlreadyAnswered(Answer(row["status"], headers, row["body"], secret=row["sealed"]), row["fingerprint"])
