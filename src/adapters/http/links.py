"""What an answer leads to: the links of the contract (OpenAPI 3.1, Link Object).

Most follow from the paths: whatever answers with a thing of a collection leads to all that can be done with that thing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.http.operations import Operation

Json = dict[str, Any]
Paths = Mapping[str, Mapping[str, Json]]

_TOKENS: Final[Json] = {"refreshToken": "$response.body#/refreshToken"}

_BODIES: Final[Mapping[str, Mapping[str, Json]]] = {
    "signUp": {
        "logIn": {
            "organization": "$response.body#/organization/slug",
            "email": "$response.body#/member/email",
            "password": "$request.body#/owner/password",
        }
    },
    "logIn": {"refresh": _TOKENS, "logOut": _TOKENS},
    "refresh": {"refresh": _TOKENS, "logOut": _TOKENS},
}
"""Operation, the operation that it leads to, and the body of that one."""


def links_of(path: str, described: Json, paths: Paths, operations: Mapping[str, Operation]) -> Json:
    """Return the links of an operation's answer, by the names of the operations where they lead."""
    name = described["operationId"]
    bodies = {target: {"operationId": target, "requestBody": body} for target, body in _BODIES.get(name, {}).items()}
    if not operations[name].identified:
        return bodies
    thing = f"{path.partition('/{id}')[0]}/{{id}}"
    return {**bodies, **{target.id: _link(target, operations[name]) for target in _below(thing, paths, operations)}}


def _below(thing: str, paths: Paths, operations: Mapping[str, Operation]) -> Iterator[Operation]:
    for path, item in paths.items():
        if path == thing or path.startswith(f"{thing}/"):
            yield from (operations[described["operationId"]] for described in item.values())


def _link(target: Operation, source: Operation) -> Json:
    parameters = {"path.id": "$response.body#/id"}
    if source.versioned and target.if_match != "none":
        parameters["header.If-Match"] = "$response.header.ETag"
    return {"operationId": target.id, "parameters": parameters}
