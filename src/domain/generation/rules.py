"""Stage 3: business rules, as sentences say them. One small value for each kind of sentence that can be understood."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.generation.origin import Because, Origin


class Bound(StrEnum):
    AT_MOST = "at-most"
    AT_LEAST = "at-least"


class Measure(StrEnum):
    """What is counted: `LINES` of a list, `UNITS` of a quantity in it."""

    LINES = "lines"
    UNITS = "units"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What every rule has: where it stands, what it says, the name that its refusal carries (`max-items-exceeded`)."""

    origin: Origin
    because: Because
    text: str
    code: str
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Sentence):
    """At most or at least so many lines or units in `list_field`, or so much in `value_field`."""

    bound: Bound
    measure: Measure
    number: float
    field: str
    of: str | None = None
    """The field that is added up (`quantity`), where units are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota(Sentence):
    """One actor has at most so many that are in one of `states` (any, if none)."""

    number: int
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Sentence):
    """One actor does it at most so often within so many seconds."""

    operation: str
    number: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Sentence):
    """A field keeps what another entity's field said when this one was made."""

    field: str
    of_entity: str
    of_field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout(Sentence):
    """What is still in `state` after so many seconds takes `action` by itself."""

    state: str
    seconds: int
    action: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Precondition(Sentence):
    """`condition` must hold before `action`: another action taken, a field set, stock held."""

    action: str
    condition: str
    of_entity: str | None = None
    of_field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyInState(Sentence):
    """`action` only in these states; with `never`, in none of them."""

    action: str
    states: tuple[str, ...]
    never: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(Sentence):
    """No two with the same values; `once_per_actor`: the actor is one of them."""

    fields: tuple[str, ...]
    within: tuple[str, ...] = ()
    once_per_actor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOnly(Sentence):
    """An actor sees, or does, it to its own alone."""

    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOnly(Sentence):
    roles: tuple[str, ...]
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Immutable(Sentence):
    """These fields (all, if none) do not change once it is in one of `states` (from the start, if none)."""

    fields: tuple[str, ...] = ()
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(Sentence):
    field: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Sentence):
    """`field` = Σ over `list_field` of the product of `factors`."""

    field: str
    list_field: str
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade(Sentence):
    """When one goes, so do (or `restrict`: not while there are) these of another entity."""

    of_entity: str
    restrict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBelowZero(Sentence):
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDelete(Sentence):
    """What is deleted is kept for so many seconds (for ever, if None), and not shown."""

    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequired(Sentence):
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotent(Sentence):
    operation: str
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify(Sentence):
    """Somebody (`role`, or the owner) is told when `action` is done."""

    action: str
    role: str | None = None


Rule: TypeAlias = (
    Limit | Quota | Rate | Snapshot | Timeout | Precondition | OnlyInState | Unique | OwnOnly | RoleOnly | Immutable
    | Range | Sum | Cascade | NotBelowZero | SoftDelete | PaymentRequired | Idempotent | Notify
)  # fmt: skip


class Verdict(StrEnum):
    """What became of a sentence."""

    OK = "OK"
    AMBIGUOUS = "AMBIGUOUS"
    UNRESOLVED = "UNRESOLVED"
    UNRECOGNISED = "UNRECOGNISED"
    CONTRADICTS = "CONTRADICTS"
    REDUNDANT = "REDUNDANT"
    IGNORED = "IGNORED"

    @property
    def settled(self) -> bool:
        return self in {Verdict.OK, Verdict.REDUNDANT, Verdict.IGNORED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A sentence, its verdict, the rule that it became; else what it might have meant, and what to write instead."""

    origin: Origin
    text: str
    verdict: Verdict
    rule: Rule | None = None
    readings: tuple[str, ...] = ()
    """AMBIGUOUS: each of its readings; UNRESOLVED: the nearest words; UNRECOGNISED: the nearest template to fill in;
    CONTRADICTS: a witness.
    """
    note: str = ""


def rules_of(readings: tuple[Reading, ...]) -> tuple[Rule, ...]:
    """Return the rules that sentences became."""
    return tuple(each.rule for each in readings if each.rule is not None and each.verdict is Verdict.OK)
