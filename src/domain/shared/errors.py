"""Refusals: facts that a caller may be told, each with a public slug.

    Refused
    ├── NotFound            there is no such thing (or it is not yours to see)
    ├── Taken               another one holds a value that must be unique
    ├── IllegalTransition   the lifecycle has no such step from here
    ├── StaleVersion        it has changed since the caller read it
    └── RulesBroken         every business rule that the request breaks, all at once

Contexts add their own below these. A refusal is final: asking again, with nothing changed, is refused again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar
from uuid import UUID


class Kind(StrEnum):
    """What sort of fact a refusal is. The outside decides what each means on its own wire."""

    MISSING = "missing"
    CONFLICT = "conflict"
    STALE = "stale"
    RULE = "rule"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    LIMITED = "limited"
    PAYMENT = "payment"
    UNDER_WAY = "under-way"


class Refused(Exception):
    """The root: a business refusal. `slug` names it for ever; `kind` sorts it."""

    slug: ClassVar[str]
    kind: ClassVar[Kind]


@dataclass(eq=False)
class NotFound(Refused):
    """No `resource` has this id in the caller's organization."""

    slug: ClassVar[str] = "resource-not-found"
    kind: ClassVar[Kind] = Kind.MISSING
    resource: ClassVar[str]

    id: UUID

    def __str__(self) -> str:
        return f"There is no {self.resource} {self.id}."


@dataclass(eq=False)
class Taken(Refused):
    """Another one holds these values; `fields` are the names in the request."""

    slug: ClassVar[str] = "unique-constraint-violation"
    kind: ClassVar[Kind] = Kind.CONFLICT

    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"Another one has the same {' and '.join(self.fields)}."


@dataclass(frozen=True, slots=True)
class Block:
    """One reason why an action is not possible now: a stable code and a sentence."""

    code: str
    message: str


@dataclass(eq=False)
class IllegalTransition(Refused):
    """`action` does not exist from `current`, or something blocks it; `allowed` are the actions that do exist."""

    slug: ClassVar[str] = "invalid-state-transition"
    kind: ClassVar[Kind] = Kind.CONFLICT

    current: str
    action: str
    allowed: tuple[str, ...]
    blocked_by: tuple[Block, ...] = field(default=())

    def __str__(self) -> str:
        if self.blocked_by:
            return f"Cannot {self.action}: {' '.join(block.message for block in self.blocked_by)}"
        possible = f"possible now: {', '.join(self.allowed)}" if self.allowed else "nothing more can be done with it"
        return f"Cannot {self.action} what is {self.current}; {possible}."


@dataclass(eq=False)
class StaleVersion(Refused):
    """The caller wanted to change version `expected`, but the thing is at version `actual`."""

    slug: ClassVar[str] = "stale-version"
    kind: ClassVar[Kind] = Kind.STALE

    expected: int
    actual: int

    def __str__(self) -> str:
        return f"It is at version {self.actual}, not {self.expected}: read it again."


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: a JSON pointer (RFC 6901) into the request, a stable code, and a sentence."""

    pointer: str
    code: str
    message: str


@dataclass(eq=False)
class RulesBroken(Refused):
    """Every rule that the request breaks, in the order in which the rules are asked."""

    slug: ClassVar[str] = "business-rule-violation"
    kind: ClassVar[Kind] = Kind.RULE

    violations: Sequence[Violation]

    def __str__(self) -> str:
        return " ".join(violation.message for violation in self.violations)


def check_version(*, expected: int | None, actual: int) -> None:
    """Hold what the caller expects against what is. None expects nothing.

    Raises: StaleVersion.
    """
    if expected is not None and expected != actual:
        raise StaleVersion(expected=expected, actual=actual)
