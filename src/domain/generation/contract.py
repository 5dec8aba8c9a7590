"""Stage 0: a contract as it was read. Bundled, hints applied, OpenAPI 3.0 brought to 3.1; nothing derived yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.generation.origin import Origin

Json: TypeAlias = "bool | int | float | str | tuple[Json, ...] | Mapping[str, Json] | None"
"""What JSON can say, frozen. A number that was written with a fraction is a float, else an int."""


class Method(StrEnum):
    GET = "get"
    HEAD = "head"
    POST = "post"
    PUT = "put"
    PATCH = "patch"
    DELETE = "delete"
    OPTIONS = "options"
    TRACE = "trace"


class Place(StrEnum):
    """Where a parameter stands."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A JSON Schema (2020-12), as it stands in the bundled contract. `name` is that of its component, if it is one.

    References stay references (`{"$ref": "#/components/schemas/X"}`): all of them point into `Contract.schemas`.
    """

    origin: Origin
    body: Json
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One way that a body is written: its media type, its schema, the examples that the contract gives."""

    origin: Origin
    type: str
    schema: Schema | None
    examples: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    origin: Origin
    name: str
    place: Place
    required: bool
    schema: Schema | None
    description: str = ""
    style: str = ""
    explode: bool = True
    examples: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What an operation may answer: `status` is `200` … `599`, a class as `5XX`, or `default`."""

    origin: Origin
    status: str
    description: str
    media: tuple[Media, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """How a caller says who it is: the type of OpenAPI, and what goes with it (`bearer`, `basic`, a header's name)."""

    origin: Origin
    name: str
    type: str
    scheme: str = ""
    parameter: str = ""
    place: Place | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`security`: any of these is enough, each of which asks for all of its schemes; `()` asks for nobody."""

    origin: Origin
    id: str
    method: Method
    path: str
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: tuple[Media, ...] = ()
    body_required: bool = False
    responses: tuple[Response, ...] = ()
    security: tuple[tuple[str, ...], ...] = ()
    hints: Mapping[str, Json] | None = None

    def response(self, status: str) -> Response | None:
        return next((response for response in self.responses if response.status == status), None)

    @property
    def success(self) -> Response | None:
        """The first declared answer of 2xx."""
        return next((response for response in self.responses if response.status.startswith("2")), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Operations in the order of the paper; ids are unique (made from method and path where the paper gives none)."""

    title: str
    version: str
    description: str
    operations: tuple[Operation, ...]
    schemas: Mapping[str, Schema]
    security_schemes: Mapping[str, SecurityScheme]
    hints: Mapping[str, Json]
    document: Json
    """The whole bundled document, as the service will serve it."""
