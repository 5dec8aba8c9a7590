"""Stages 3 and 4: what an operation does. One value an operation, and one kind for each thing that can be done."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.generation.contract import Json
from domain.generation.origin import Because, Origin


class Paging(StrEnum):
    NONE = "none"
    CURSOR = "cursor"
    OFFSET = "offset"
    PAGE = "page"


class Compares(StrEnum):
    """How a query parameter sorts out elements."""

    EQUAL = "equal"
    ONE_OF = "one-of"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"
    AFTER = "after"
    BEFORE = "before"
    CONTAINS = "contains"
    HAS = "has"
    """A list holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    origin: Origin
    because: Because
    parameter: str
    field: str
    compares: Compares
    value: Json = None
    """What is compared, where the parameter is only a flag (`cancelled=true`: the status)."""
    within: str | None = None
    """The wire name in the elements of the field, a list of records, that is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """`parameter` chooses among `choices`: what it may say, by which field, and whether it descends."""

    origin: Origin
    because: Because
    parameter: str | None
    choices: tuple[tuple[str, str, bool], ...]
    direction: str | None = None
    """Another parameter, that says whether it descends: `asc` or `desc`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """Which parameters page; where data, and what is said of the page, stand in the answer (wire names)."""

    because: Because
    paging: Paging
    position: str | None = None
    size: str | None = None
    default_size: int = 20
    largest_size: int = 100
    data: tuple[str, ...] = ()
    about: tuple[tuple[str, str], ...] = ()
    """Pairs of (what: next-cursor, has-next, total, page, size …; the wire's name, dotted)."""
    headers: tuple[tuple[str, str], ...] = ()
    """The same, said by headers of the answer."""
    unknown: tuple[str, ...] = ()
    """What stands beside the data and says nothing known, dotted: reported."""
    also: tuple[str, ...] = ()
    """Parameters that say the same as `position` or `size` in another spelling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes out: the declared status, and where in the body the entity stands (`` = it is the body)."""

    status: int
    record: str | None
    envelope: tuple[str, ...] = ()
    media_type: str | None = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    shows: tuple[tuple[str, str], ...] = ()
    """Where `record` is not the entity's own: pairs of (its wire name, the entity's field)."""
    unknown: tuple[str, ...] = ()
    """Wire names of it that are no field of the entity: reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """The declared statuses of errors: for each thing that can go wrong, what the caller is told. None: not declared,
    so the nearest declared one; `body` is the record of the declared error schema, None for an empty body.
    """

    invalid: int
    missing: int | None = None
    conflict: int | None = None
    unauthenticated: int | None = None
    forbidden: int | None = None
    stale: int | None = None
    rule: int | None = None
    limited: int | None = None
    payment: int | None = None
    body: str | None = None
    problem_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """D13: so many requests of one caller within so many seconds; more are told 429 with `Retry-After`."""

    because: Because
    requests: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every behaviour has. `path`: pairs of (a parameter of the path, the field that it names)."""

    origin: Origin
    because: Because
    operation: str
    answer: Answer
    errors: Errors
    request: str | None = None
    """The record of the request's body."""
    request_envelope: tuple[str, ...] = ()
    authenticated: bool = False
    roles: tuple[str, ...] = ()
    idempotency_key: str | None = None
    if_match: bool = False
    path: tuple[tuple[str, str], ...] = ()
    frequency: Frequency | None = None
    payment: bool = False
    """D13: 402 is declared: it is not done before somebody has paid."""
    unkept: tuple[str, ...] = ()
    """D6: wire names of its body that nothing is done with: reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Common):
    """`upsert`: a PUT that makes the item where there is none (then with `created_status`)."""

    entity: str
    many: bool = False
    upsert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Common):
    """One of them; `singleton` where there is only one (a configuration). `parts`: only these fields of it."""

    entity: str
    by: str
    parts: tuple[str, ...] = ()
    singleton: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class List(Common):
    entity: str
    page: PageOf
    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(Common):
    entity: str
    by: str
    creates: bool = False
    singleton: bool = False
    by_body: bool = False
    """Which one it is, stands in the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Common):
    """A merge patch, or the members that are there. `queries`: pairs of (a parameter, the field that it sets)."""

    entity: str
    by: str
    queries: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Common):
    entity: str
    by: str
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPart(Common):
    """Puts what its body says into a list of one of them, and answers with the whole."""

    entity: str
    by: str
    list_field: str
    body_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePart(Common):
    """Takes the element with this key out of a list of one of them."""

    entity: str
    by: str
    list_field: str
    part_key: str
    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Common):
    """A verb on one of them. `action` is a row of its lifecycle, or None: it changes no state, and that is reported.
    `writes`: the fields that its body sets.
    """

    entity: str
    by: str
    action: str | None
    writes: tuple[str, ...] = ()
    sets: tuple[tuple[str, Json], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(Common):
    """What it does cannot be derived. It is served: it checks its input and answers the declared error, or 501."""

    remedy: str


Behaviour: TypeAlias = Create | Read | List | Replace | Change | Delete | AddPart | RemovePart | Act | Reported
