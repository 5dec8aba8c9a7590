"""What many operations say alike, and the contract says once: headers, and refusals that any request can meet."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.http.once import APPLIED, REPLAYED
from adapters.http.problem_schemas import any_of
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE, phrase

Json = dict[str, Any]

ETAG_OF_WHAT_IS: Final = "ETag-Of-What-Is"
"""The name by which the contract knows the `ETag` of an answer that can be a dry run's."""

_RETRY: Final = "Retry-After"


def _header(description: str, *, always: bool = True, **schema: Any) -> Json:
    return {"description": description, "required": always, "schema": {"type": "string", **schema}}


_HEADERS: Final[Mapping[str, Json]] = {
    "X-Request-Id": _header("The id of this request: yours, if you sent a good one.", pattern="^[A-Za-z0-9._-]{8,64}$"),
    "Cache-Control": _header("Who may keep the answer, and for how long (RFC 9111)."),
    "ETag": _header("Which version this is, in quotes: for `If-Match` and `If-None-Match`."),
    ETAG_OF_WHAT_IS: _header("As `ETag`; a dry run, whose outcome is no version of anything, has none.", always=False),
    "Location": _header("Where the new thing is from now on.", format="uri-reference"),
    "Link": _header("The pages beside this one, `next` and `prev`, where there are such (RFC 8288).", always=False),
    REPLAYED: _header(
        "`true`, where this is the answer to an earlier request with the same key.", always=False, const="true"
    ),
    APPLIED: _header("`dry-run`, where this is what would be.", always=False, const="dry-run"),
    "WWW-Authenticate": _header("How to say who you are, and what was wrong with how you did (RFC 6750)."),
    _RETRY: _header("Seconds until it can be tried again.", type="integer", minimum=1),
    "RateLimit-Policy": _header('How often is allowed: `"name";q=…;w=…`, q times in w seconds.'),
    "RateLimit": _header('What is left: `"name";r=0;t=…`, nothing for t seconds.'),
    "Accept": _header("What may be sent.", const="application/json"),
    "Allow": _header("The methods that there are."),
}

_REFUSALS: Final[Mapping[str, tuple[str, ...]]] = {
    "Invalid": ("malformed-request", "validation-error"),
    "InvalidPage": ("invalid-cursor", "malformed-request", "validation-error"),
    "InvalidOrKey": ("idempotency-key-invalid", "malformed-request", "validation-error"),
    "InvalidOrNoKey": ("idempotency-key-invalid", "idempotency-key-required", "malformed-request", "validation-error"),
    "Unauthenticated": ("authentication-required", "invalid-token", "token-expired"),
    "Forbidden": ("insufficient-permissions",),
    "NotFound": ("resource-not-found",),
    "MethodNotAllowed": ("method-not-allowed",),
    "TooSlow": ("request-timeout",),
    "NotAcceptable": ("not-acceptable",),
    "BodyTooLarge": ("payload-too-large",),
    "NotJson": ("unsupported-media-type",),
    "VersionRequired": ("precondition-required",),
    "TooOften": ("rate-limit-exceeded",),
    "HeadersTooLarge": ("headers-too-large",),
    "Broken": ("internal-error",),
    "Unavailable": ("service-unavailable",),
}
"""Refusals by the names under which the contract knows them. `MethodNotAllowed` belongs to no operation."""

_NAMES: Final = {slugs: name for name, slugs in _REFUSALS.items()}

_KEPT: Final = frozenset({402, 409, 412, 422})
"""What a use case itself refuses is kept under the key of the request, and told again like a result."""

_BY_STATUS: Final[Mapping[int, tuple[str, ...]]] = {
    405: ("Allow",),
    429: (_RETRY, "RateLimit-Policy", "RateLimit"),
}
"""Headers that only the moment knows; those that go with a problem stand in its row of the registry."""


def header(name: str) -> Json:
    """Return a reference to a header that is described once."""
    return {"$ref": f"#/components/headers/{name}"}


def always(name: str) -> Json:
    """Return a header that an answer never lacks, though others may do without."""
    return {**_HEADERS[name], "required": True}


def headers() -> Json:
    """Return the headers that are described once."""
    return {name: dict(described) for name, described in _HEADERS.items()}


def refusal(slugs: Sequence[str], *, kept: bool) -> Json:
    """Return the answer of one status that is one of these problems (in the order of the alphabet); a reference where
    it is common. With `kept`, the operation takes a key.
    """
    if name := _NAMES.get(tuple(slugs)):
        return {"$ref": f"#/components/responses/{name}"}
    return _refusal(slugs, kept=kept)


def refusals() -> Json:
    """Return the answers that are described once."""
    return {name: _refusal(slugs, kept=False) for name, slugs in _REFUSALS.items()}


def _refusal(slugs: Sequence[str], *, kept: bool) -> Json:
    status = REGISTRY[slugs[0]].status
    return {
        "description": f"{phrase(status)}: {', '.join(f'`{slug}`' for slug in slugs)}",
        "headers": _refusal_headers(status, slugs, kept=kept),
        "content": {MEDIA_TYPE: {"schema": any_of(slugs)}},
    }


def _refusal_headers(status: int, slugs: Sequence[str], *, kept: bool) -> Json:
    """A header that not all of these problems have is not required."""
    own = [{*REGISTRY[slug].headers, *_BY_STATUS.get(status, ())} for slug in slugs]
    common, some = set.intersection(*own), set.union(*own)
    told = ("X-Request-Id", "Cache-Control", *(name for name in _HEADERS if name in common))
    rest = {name: {**_HEADERS[name], "required": False} for name in _HEADERS if name in some - common}
    replayed = {REPLAYED: header(REPLAYED)} if kept and status in _KEPT else {}
    return {**{name: header(name) for name in told}, **rest, **replayed}
