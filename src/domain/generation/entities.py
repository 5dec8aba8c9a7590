"""Stages 1 and 2: what is stored. An entity is what can be read back; its fields know where their values come from."""

from dataclasses import dataclass
from enum import StrEnum

from domain.generation.contract import Json
from domain.generation.origin import Because, Origin
from domain.generation.shapes import Shape


class FieldSource(StrEnum):
    """Who says what stands in a field. What has no source is reported, never filled with something random."""

    CALLER = "caller"
    """In a request body."""
    PATH = "path"
    """In the path: the parent, or a key that the caller chooses."""
    ID = "id"
    """Made by the service: a UUIDv7, or the next number, as its shape has it."""
    CREATED_AT = "created-at"
    UPDATED_AT = "updated-at"
    STATUS = "status"
    """Written by the lifecycle alone."""
    VERSION = "version"
    OWNER = "owner"
    """Who made it."""
    SUM = "sum"
    """Computed from other fields by a rule (`FieldDefinition.formula`)."""
    SNAPSHOT = "snapshot"
    """Copied from another entity when this one was made."""
    CODE = "code"
    """A short text that names it to people, made from its id."""
    CONSTANT = "constant"
    """Always the same: a const, an enum of one, the text that the contract gives as example."""
    DEFAULT = "default"
    """What the contract gives as default, or null."""
    COUNT = "count"
    """How many elements a list of it has."""
    HASHED = "hashed"
    """Given by the caller, kept as a hash, never shown."""
    UNKNOWN = "unknown"
    """Reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """A field of an entity: `wire` in JSON, `name` in Python and in the database."""

    origin: Origin
    because: Because
    wire: str
    name: str
    shape: Shape
    source: FieldSource
    nullable: bool
    shown: bool = True
    changeable: bool = True
    default: Json = None
    formula: str = ""
    reference: "Relation | None" = None
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A field that names another entity's key. `owns`: the other goes when this one goes."""

    entity: str
    field: str
    owns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """D20: a field that is a list of records: its rows. `references`: members of one that name another entity's key."""

    field: str
    record: str
    references: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniqueness:
    """No two have the same values in these fields (within these others); `status` is what a second one is told."""

    origin: Origin
    because: Because
    fields: tuple[str, ...]
    within: tuple[str, ...] = ()
    status: int = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """`name` in the singular (`Order`), `plural` as its path has it; `key` names the field that an item's path holds.

    `parents`: the entities whose keys stand before it in its path, outermost first.
    """

    origin: Origin
    because: Because
    name: str
    plural: str
    key: str
    record: str
    fields: tuple[FieldDefinition, ...]
    parents: tuple[Relation, ...] = ()
    unique: tuple[Uniqueness, ...] = ()
    owner: str | None = None
    soft_delete: bool = False
    namespaces: tuple[str, ...] = ()
    """Fields that stand in its path alone, of which there is no entity: `/{ledger}/accounts`."""
    children: tuple["Child", ...] = ()
    renamed_from: str | None = None
    hinted: tuple[str, ...] = ()
    """The hints that settled something about it."""

    def field(self, name: str) -> FieldDefinition | None:
        return next((field for field in self.fields if field.name == name), None)
