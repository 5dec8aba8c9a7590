"""Stage 1: the shapes of values: what a schema lets through, for types, columns and checks to be made of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.generation.contract import Json
from domain.generation.origin import Origin


class Format(StrEnum):
    """Texts that say something: what they are kept as is `UUID`, an instant, a day …"""

    PLAIN = ""
    UUID = "uuid"
    INSTANT = "date-time"
    DAY = "date"
    TIME = "time"
    DURATION = "duration"
    EMAIL = "email"
    URI = "uri"
    HOSTNAME = "hostname"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    PASSWORD = "password"  # noqa: S105 - the format's name
    BINARY = "binary"
    BYTE = "byte"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Lengths in characters."""

    format: Format = Format.PLAIN
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An integer; both bounds inclusive."""

    least: int | None = None
    most: int | None = None
    multiple_of: int | None = None
    bits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with a fraction. `decimal` where it is money: kept exactly."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    multiple_of: float | None = None
    decimal: bool = False
    bits: int | None = None
    """32 or 64 where the contract asks for floating point."""


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values (an `enum` or a `const`), in the order of the contract."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    element: "Shape"
    fewest: int | None = None
    most: int | None = None
    unique: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A property of a record. `wire` is its name in JSON, `name` the one in Python."""

    origin: Origin
    wire: str
    name: str
    shape: "Shape"
    required: bool
    nullable: bool = False
    read_only: bool = False
    write_only: bool = False
    default: Json = None
    has_default: bool = False
    description: str = ""
    hints: tuple[tuple[str, Json], ...] = ()
    """Of the vocabulary, without their prefix."""

    def hint(self, name: str) -> Json:
        return dict(self.hints).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object with known members. `closed`: what is not known is refused, else it is overlooked."""

    name: str
    origin: Origin
    members: tuple[Member, ...]
    closed: bool = False
    fewest: int | None = None
    most: int | None = None

    def member(self, wire: str) -> Member | None:
        return next((member for member in self.members if member.wire == wire), None)


@dataclass(frozen=True, slots=True)
class Named:
    """A record of `Shapes.records`, by its name: so that records may hold each other."""

    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """One of several shapes; `exactly` one, or any."""

    shapes: "tuple[Shape, ...]"
    exactly: bool = False
    discriminator: str | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Whatever JSON can say: an object of unknown members, or nothing was said about it. `values`: of what shape."""

    objects_only: bool = False
    values: "Shape | None" = None


Shape: TypeAlias = Text | Whole | Number | Flag | Choice | ListOf | Named | OneOf | Free


@dataclass(frozen=True, slots=True)
class Shapes:
    """Every record that the contract speaks of; one without a component's name is named by its place."""

    records: tuple[Record, ...]

    def record(self, name: str) -> Record:
        return next(record for record in self.records if record.name == name)
