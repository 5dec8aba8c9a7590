"""Errors of any floor become problems, and problems become bodies. What problems there are, `problem_types.py` says.

Only the members that the registry names reach the wire, so nothing of the inside leaks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from litestar.exceptions import HTTPException

from adapters.http.problem_types import REGISTRY, ProblemType
from application.ordering.errors import PaymentOutcomeUnknown
from application.shared.errors import (
    AlreadyAnswered,
    ConcurrentModification,
    InDoubt,
    Interrupted,
    KeyExpired,
    KeyInProgress,
    KeyReused,
    OrganizationMissing,
    Outdated,
    Unavailable,
)
from domain.identity.errors import RateLimitExceeded
from domain.shared.errors import Refused

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem that somebody has now."""

    type: ProblemType
    detail: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Rejected(Exception):
    """HTTP itself says no, before any use case is asked. `members` extend the body; `headers` the answer."""

    def __init__(self, slug: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.problem = Problem(REGISTRY[slug], detail, members, headers or {})


INTERRUPTIONS: Final[Mapping[type[Interrupted], str]] = {
    Outdated: "concurrent-modification",
    ConcurrentModification: "concurrent-modification",
    OrganizationMissing: "invalid-token",
    Unavailable: "service-unavailable",
    InDoubt: "service-unavailable",
    AlreadyAnswered: "internal-error",
    KeyInProgress: "idempotency-in-progress",
    KeyReused: "idempotency-key-reuse",
    KeyExpired: "idempotency-key-expired",
    PaymentOutcomeUnknown: "payment-outcome-unknown",
}
"""Errors of the store that have no slug of their own."""


def _rate_limit(error: RateLimitExceeded) -> Mapping[str, str]:
    """RFC 9110, section 10.2.3, and draft-ietf-httpapi-ratelimit-headers."""
    return {
        "Retry-After": str(error.retry_after),
        "RateLimit-Policy": f'"{error.policy}";q={error.limit};w={error.window}',
        "RateLimit": f'"{error.policy}";r=0;t={error.retry_after}',
    }


def _no_headers(_: Refused) -> Mapping[str, str]:
    return {}


HEADERS: Final[Mapping[type[Refused], Callable[[Any], Mapping[str, str]]]] = {RateLimitExceeded: _rate_limit}
"""What a refusal says in headers, too."""

_OF_STATUS: Final[Mapping[int, str]] = {
    400: "malformed-request",
    404: "resource-not-found",
    405: "method-not-allowed",
    413: "payload-too-large",
    415: "unsupported-media-type",
}
"""What the framework itself refuses, by its status."""


def problem_of(error: Exception) -> Problem:
    """Return the problem that this error is to a client; whatever we do not know is an internal error."""
    match error:
        case Rejected():
            return error.problem
        case Refused():
            kind = REGISTRY[error.slug]
            members = {name: _wire(getattr(error, _snake(name))) for name in kind.members}
            return Problem(kind, str(error), members, HEADERS.get(error.__class__, _no_headers)(error))
        case KeyExpired():
            resource = f"/v1/{error.collection}/{error.id}" if error.collection else None
            return Problem(REGISTRY["idempotency-key-expired"], str(error), {"resource": resource})
        case Interrupted():
            return Problem(REGISTRY[INTERRUPTIONS[error.__class__]], str(error))
        case HTTPException() if slug := _OF_STATUS.get(error.status_code):
            return Problem(REGISTRY[slug])
        case _:
            return Problem(REGISTRY["internal-error"])


def body_of(problem: Problem, *, public_url: str, instance: UUID) -> dict[str, Any]:
    """Return the problem as RFC 9457 writes it, extension members beside the standard ones."""
    kind = problem.type
    body = {"type": url_of(kind, public_url), "title": kind.title, "status": kind.status}
    if problem.detail is not None:
        body["detail"] = problem.detail
    return {**body, "instance": f"urn:uuid:{instance}", **problem.members}


def url_of(kind: ProblemType, public_url: str) -> str:
    """Return the address that names this type and explains it."""
    return f"{public_url}/problems/{kind.slug}"


def phrase(status: int) -> str:
    return HTTPStatus(status).phrase


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _wire(value: Any) -> Any:
    """Write dataclasses as objects in camelCase, and what contains them likewise."""
    if is_dataclass(value) and not isinstance(value, type):
        return {_camel(name): _wire(part) for name, part in asdict(value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_wire(part) for part in value]
    return value
