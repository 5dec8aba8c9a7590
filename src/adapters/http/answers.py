"""How results become answers: a read model converted to its body, with the version in its ETag."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from litestar import Response

from adapters.http.admission import AdmittedRequest

B = TypeVar("B")


class Versioned(Protocol):
    version: int


V = TypeVar("V", bound=Versioned)


def as_body(view: object, type: type[B]) -> B:
    """Return the read model as a body: every field of the body is an attribute of the view, or has a default."""
    return msgspec.convert(view, type, from_attributes=True)


def versioned(body: V, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[V]:
    """Answer with something that changes: its version is its ETag."""
    return Response(body, status_code=status, headers={"ETag": f'"{body.version}"', **(headers or {})})


def current(request: AdmittedRequest, body: V) -> Response[V]:
    """Answer with something that changes, unless the client has this version already (304)."""
    if not request.knows(body.version):
        return versioned(body)
    unchanged: Response[Any] = Response(None, status_code=304, headers={"ETag": f'"{body.version}"'})
    return unchanged


def created(body: V, location: str) -> Response[V]:
    """Answer with something new, and where it is from now on."""
    return versioned(body, 201, {"Location": location})


def plain(body: B, status: int = 200, headers: Mapping[str, str] | None = None) -> Response[B]:
    return Response(body, status_code=status, headers=dict[str, Any](headers or {}))


def nothing(_: object = None) -> Response[None]:
    """Answer that it is done, and that there is nothing to add (204)."""
    return Response(None, status_code=204)
