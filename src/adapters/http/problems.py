"""Every problem that a client can meet: the one place that knows which fact is which HTTP status.

`REGISTRY` says what each means and what to do; `problem_of` turns an error of any floor into one of them. Only the
members that the registry names reach the wire, so nothing of the inside leaks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from litestar.exceptions import HTTPException

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
_REALM: Final = 'Bearer realm="orderwright"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """A kind of problem: its `meaning`, what to do about it (`remedy`), and the `members` that extend its body."""

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str
    members: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


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


def _registry(*kinds: ProblemType) -> Mapping[str, ProblemType]:
    return {kind.slug: kind for kind in kinds}


REGISTRY: Final = _registry(
    ProblemType(
        slug="validation-error",
        status=400,
        title="The request has invalid fields",
        meaning="Fields of the body, the query or the path are missing, unknown or not what the contract says.",
        remedy="Correct every field that `errors` names: `pointer` says where, `code` and `message` say what is wrong. "
        "Pointers into the body are JSON pointers (RFC 6901); `/query/…`, `/path/…` and `/header/…` point elsewhere.",
        members=("errors",),
    ),
    ProblemType(
        slug="malformed-request",
        status=400,
        title="The request cannot be read",
        meaning="The request is not HTTP, not UTF-8 or not JSON, names a member twice, or nests deeper than 32 levels.",
        remedy="Send one well-formed JSON document, as `application/json` in UTF-8.",
    ),
    ProblemType(
        slug="invalid-cursor",
        status=400,
        title="The cursor is not valid here",
        meaning="The cursor is not one of this collection, or it belongs to other filters or another sort.",
        remedy="Start again without a cursor, and change only `limit` and `direction` between pages.",
    ),
    ProblemType(
        slug="idempotency-key-required",
        status=400,
        title="An Idempotency-Key is required",
        meaning="This operation must not happen twice by accident, so it takes the header `Idempotency-Key`.",
        remedy="Make a random key (a UUID will do) for each thing to be done, and send it along.",
    ),
    ProblemType(
        slug="idempotency-key-invalid",
        status=400,
        title="The Idempotency-Key is not valid",
        meaning="A key has 16 to 255 of the characters A-Z a-z 0-9 _ . : - or is a quoted string of printable ASCII.",
        remedy="Send a UUID, for example.",
    ),
    ProblemType(
        slug="authentication-required",
        status=401,
        title="Authentication is required",
        meaning="The request carries no access token.",
        remedy="Log in (`POST /v1/auth/login`) and send `Authorization: Bearer <accessToken>`.",
        headers={"WWW-Authenticate": _REALM},
    ),
    ProblemType(
        slug="token-expired",
        status=401,
        title="The token has expired",
        meaning="The token was good once: an access token for 15 minutes, a refresh token for 7 days without use.",
        remedy="Refresh (`POST /v1/auth/refresh`); where the refresh token has expired, log in again.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="expired"'},
    ),
    ProblemType(
        slug="invalid-token",
        status=401,
        title="The token is not valid",
        meaning="The token was not made here, was altered, is meant for something else, or was revoked.",
        remedy="Log in again.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
    ),
    ProblemType(
        slug="invalid-credentials",
        status=401,
        title="The credentials are wrong",
        meaning="The organization, the e-mail address or the password is wrong; which one, nobody is told.",
        remedy="Check all three.",
        headers={"WWW-Authenticate": _REALM},
    ),
    ProblemType(
        slug="token-reuse-detected",
        status=401,
        title="This refresh token was used before",
        meaning="A refresh token is good for one use. This one was presented again: for safety, its session is over.",
        remedy="Log in again. If you did not present it twice, somebody has had your token: change the password.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="reused"'},
    ),
    ProblemType(
        slug="insufficient-permissions",
        status=403,
        title="Your role may not do this",
        meaning="You are known, but your role in the organization does not include this operation.",
        remedy="Ask somebody who has one of the `required` roles.",
        members=("required",),
    ),
    ProblemType(
        slug="resource-not-found",
        status=404,
        title="There is no such thing",
        meaning="Nothing with this `id` exists in your organization. What belongs to others is answered alike.",
        remedy="Check the address and the id.",
        members=("resource", "id"),
    ),
    ProblemType(
        slug="method-not-allowed",
        status=405,
        title="The method is not allowed here",
        meaning="The address exists, but not for this method.",
        remedy="Use one of the methods in the header `Allow`.",
    ),
    ProblemType(
        slug="request-timeout",
        status=408,
        title="The request took too long to arrive",
        meaning="Ten seconds after its first byte the request was not complete. Nothing was done.",
        remedy="Send it again, at once and as a whole.",
    ),
    ProblemType(
        slug="payload-too-large",
        status=413,
        title="The body is too large",
        meaning="A body has at most 1 MiB.",
        remedy="Send less at once.",
    ),
    ProblemType(
        slug="unsupported-media-type",
        status=415,
        title="The body is not JSON",
        meaning="Bodies are `application/json`, not compressed.",
        remedy="Send JSON and say so in `Content-Type`.",
        headers={"Accept": "application/json"},
    ),
    ProblemType(
        slug="unique-constraint-violation",
        status=409,
        title="Another one has this value",
        meaning="The values of `fields` must be unique, and another one holds them.",
        remedy="Choose other values, or use the one that exists.",
        members=("fields",),
    ),
    ProblemType(
        slug="invalid-state-transition",
        status=409,
        title="The lifecycle does not allow this now",
        meaning="The thing is `current`, and from there `action` does not exist or is blocked.",
        remedy="`allowed` lists what can be done from here, `blockedBy` what stands in the way.",
        members=("current", "action", "allowed", "blockedBy"),
    ),
    ProblemType(
        slug="inventory-insufficient",
        status=409,
        title="There is not enough in stock",
        meaning="More was asked for than is available. Nothing was reserved.",
        remedy="`shortages` names every product that is short, with what there is: ask for less, or restock.",
        members=("shortages",),
    ),
    ProblemType(
        slug="concurrent-modification",
        status=409,
        title="Others kept changing the same thing",
        meaning="Every attempt found that somebody had been faster. Nothing was done.",
        remedy="Nothing was done: try again.",
    ),
    ProblemType(
        slug="idempotency-in-progress",
        status=409,
        title="A request with this key is being carried out",
        meaning="Another request with the same `Idempotency-Key` has not been answered yet. This one did nothing.",
        remedy="Send it again, with the same key, after `Retry-After` seconds: then you get the answer of the first.",
        headers={"Retry-After": "1"},
    ),
    ProblemType(
        slug="idempotency-key-expired",
        status=409,
        title="The answer to this key is no longer kept",
        meaning="What was asked for under this `Idempotency-Key` was done, over 24 hours ago. It was not done again.",
        remedy="`resource` is the address of what was made. For another one, send another key.",
        members=("resource",),
    ),
    ProblemType(
        slug="stale-version",
        status=412,
        title="It has changed since you read it",
        meaning="`If-Match` named version `expected`, but it is at version `actual`.",
        remedy="Read it again, and decide again.",
        members=("expected", "actual"),
    ),
    ProblemType(
        slug="business-rule-violation",
        status=422,
        title="The request breaks business rules",
        meaning="The request is well-formed, but the house does not accept it. Nothing was done.",
        remedy="`violations` lists every broken rule at once, each with a pointer into the request.",
        members=("violations",),
    ),
    ProblemType(
        slug="idempotency-key-reuse",
        status=422,
        title="This key belongs to another request",
        meaning="The same `Idempotency-Key` came with another method, address, `If-Match` or body. Nothing was done.",
        remedy="Make a new key for each thing to be done; send a key again only with the very same request.",
    ),
    ProblemType(
        slug="precondition-required",
        status=428,
        title="Say which version you mean to change",
        meaning="This operation changes only the version that you have seen, so it takes the header `If-Match`.",
        remedy="Send the `ETag` of the version that you read as `If-Match`.",
    ),
    ProblemType(
        slug="rate-limit-exceeded",
        status=429,
        title="That was too often",
        meaning="There were more requests than the house allows you in this time. This one was not carried out.",
        remedy="Wait for `Retry-After` seconds. The header `RateLimit-Policy` says how often is allowed.",
    ),
    ProblemType(
        slug="headers-too-large",
        status=431,
        title="The headers are too large",
        meaning="A request line has at most 8 KiB; it and the headers, of which there are at most 100, have 16 KiB.",
        remedy="Send fewer or shorter headers, or a shorter query.",
    ),
    ProblemType(
        slug="internal-error",
        status=500,
        title="Something went wrong on our side",
        meaning="This is a bug of ours. It was logged under the `instance` of this answer.",
        remedy="Try again later; if it stays, report the `instance` and the `X-Request-Id`.",
    ),
    ProblemType(
        slug="service-unavailable",
        status=503,
        title="The service cannot answer now",
        meaning="We are slow, or the database is away. A read changed nothing; a write may or may not have happened.",
        remedy="Try again after `Retry-After` seconds, a write with the same `Idempotency-Key`: it happens once.",
        headers={"Retry-After": "1"},
    ),
)

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
        case KeyExpired(collection=str()):
            resource = f"/v1/{error.collection}/{error.id}"
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
