"""Problems as schemas: what all have in common, and for each row of the registry what it says beyond that."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.http.problem_types import REGISTRY, ProblemType

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{}"
_TEXT: Final[Json] = {"type": "string"}
_COUNT: Final[Json] = {"type": "integer"}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


_MEMBERS: Final[Mapping[str, Json]] = {
    "errors": _list({"$ref": _REF.format("FieldError")}),
    "required": {**_list(_TEXT), "description": "Roles, of which one would do; none where none would."},
    "resource": {**_TEXT, "description": "What kind of thing was asked for."},
    "id": {**_TEXT, "description": "What was asked for."},
    "fields": _list(_TEXT),
    "declineCode": {**_TEXT, "description": "Why, in the words of the payment gateway."},
    "current": _TEXT,
    "action": _TEXT,
    "allowed": _list(_TEXT),
    "blockedBy": _list(_object(code=_TEXT, message=_TEXT)),
    "shortages": _list(_object(productId={**_TEXT, "format": "uuid"}, requested=_COUNT, available=_COUNT)),
    "expected": _COUNT,
    "actual": _COUNT,
    "violations": _list(_object(pointer=_TEXT, code=_TEXT, message=_TEXT)),
}
"""What the members that extend a problem look like, by their names; a problem says all that the registry lists."""

_ELSEWISE: Final[Mapping[tuple[str, str], Json]] = {
    ("idempotency-key-expired", "resource"): {
        "type": ["string", "null"],
        "description": "The address of what was made; null where it is not known.",
    },
}
"""Members that look otherwise in one problem: slug, name."""

_PROBLEM: Final[Json] = {
    "type": "object",
    "description": "A problem (RFC 9457). Its `type` leads to an explanation.",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": _TEXT,
        "instance": {"type": "string", "format": "uri"},
    },
}


def problem_schemas() -> Json:
    """Return a component for every problem, and the one that they all extend."""
    return {"Problem": _PROBLEM, **{_name(kind): _schema(kind) for kind in REGISTRY.values()}}


def any_of(slugs: Iterable[str]) -> Json:
    """Return the schema of an answer that is one of these problems."""
    references = [{"$ref": _REF.format(_name(REGISTRY[slug]))} for slug in slugs]
    return references[0] if len(references) == 1 else {"oneOf": references}


def _name(kind: ProblemType) -> str:
    return "".join(word.title() for word in kind.slug.split("-")) + "Problem"


def _schema(kind: ProblemType) -> Json:
    members = {name: _ELSEWISE.get((kind.slug, name), _MEMBERS[name]) for name in kind.members}
    properties = {
        "type": {"type": "string", "pattern": f"/problems/{kind.slug}$"},
        "title": {"const": kind.title},
        "status": {"const": kind.status},
        **members,
    }
    own: Json = {"type": "object", "description": kind.meaning, "properties": properties}
    return {"allOf": [{"$ref": _REF.format("Problem")}, {**own, **({"required": list(members)} if members else {})}]}
