"""Every problem that a client can meet, as one table: its status, what it means, what brings it about, what to do.

The only place that knows which fact is which HTTP status. `problems.py` turns errors into these; `problem_examples.py`
shows one of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_REALM: Final = 'Bearer realm="orderwright"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemType:
    """A kind of problem: its `meaning`, its `cause`, what to do about it (`remedy`), the `members` that extend its
    body, and the `headers` that every answer of the kind carries.
    """

    slug: str
    status: int
    title: str
    meaning: str
    cause: str
    remedy: str
    members: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def _registry(*kinds: ProblemType) -> Mapping[str, ProblemType]:
    return {kind.slug: kind for kind in kinds}


REGISTRY: Final = _registry(
    ProblemType(
        slug="validation-error",
        status=400,
        title="The request has invalid fields",
        meaning="The request can be read, but says something that the contract does not allow. Nothing was done.",
        cause="Fields of the body, the query, the path or the headers are missing, unknown, of another type or format, "
        "or out of bounds.",
        remedy="Correct every field that `errors` names: `pointer` says where, `code` and `message` say what is wrong. "
        "Pointers into the body are JSON pointers (RFC 6901); `/query/…`, `/path/…` and `/header/…` point elsewhere.",
        members=("errors",),
    ),
    ProblemType(
        slug="malformed-request",
        status=400,
        title="The request cannot be read",
        meaning="What arrived is no request that could be looked at field by field. Nothing was done.",
        cause="It is not HTTP, not UTF-8 or not JSON, names a member or one of our headers twice, or nests deeper than "
        "32 levels.",
        remedy="Send one well-formed JSON document, as `application/json` in UTF-8.",
    ),
    ProblemType(
        slug="invalid-cursor",
        status=400,
        title="The cursor is not valid here",
        meaning="The cursor leads nowhere in this collection.",
        cause="It was altered, comes from another collection, or was made for other filters or another sort.",
        remedy="Start again without a cursor, and change only `limit` and `direction` between pages.",
    ),
    ProblemType(
        slug="idempotency-key-required",
        status=400,
        title="An Idempotency-Key is required",
        meaning="This operation must not happen twice by accident, so it takes the header `Idempotency-Key`.",
        cause="The request has no such header.",
        remedy="Make a random key (a UUID will do) for each thing to be done, and send it along.",
    ),
    ProblemType(
        slug="idempotency-key-invalid",
        status=400,
        title="The Idempotency-Key is not valid",
        meaning="A key has 16 to 255 of the characters A-Z a-z 0-9 _ . : - or is a quoted string of printable ASCII.",
        cause="The key is shorter or longer, or has other characters.",
        remedy="Send a UUID, for example.",
    ),
    ProblemType(
        slug="authentication-required",
        status=401,
        title="Authentication is required",
        meaning="We do not know who is calling, and this operation is not for everybody.",
        cause="The request carries no access token and no API key.",
        remedy="Log in (`POST /v1/auth/login`) and send `Authorization: Bearer <accessToken>`.",
        headers={"WWW-Authenticate": _REALM},
    ),
    ProblemType(
        slug="token-expired",
        status=401,
        title="The token has expired",
        meaning="The token was good once.",
        cause="An access token is good for 15 minutes, a refresh token for 7 days without use and for 30 days at most.",
        remedy="Refresh (`POST /v1/auth/refresh`); where the refresh token has expired, log in again.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="expired"'},
    ),
    ProblemType(
        slug="invalid-token",
        status=401,
        title="The token is not valid",
        meaning="The token proves nothing. Why, nobody is told.",
        cause="It was not made here, was altered, is meant for something else, or was revoked.",
        remedy="Log in again.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
    ),
    ProblemType(
        slug="invalid-credentials",
        status=401,
        title="The credentials are wrong",
        meaning="Nobody was logged in, or no password was changed.",
        cause="The organization, the e-mail address or the password is wrong; which one, nobody is told.",
        remedy="Check all three.",
        headers={"WWW-Authenticate": _REALM},
    ),
    ProblemType(
        slug="token-reuse-detected",
        status=401,
        title="This refresh token was used before",
        meaning="A refresh token is good for one use. For safety, the session is over.",
        cause="The token was presented a second time, by you or by somebody who has had it.",
        remedy="Log in again. If you did not present it twice, somebody has had your token: change the password.",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token", error_description="reused"'},
    ),
    ProblemType(
        slug="payment-failed",
        status=402,
        title="The payment was declined",
        meaning="No money was held or taken, and what it was for was not done. The order is as it was before.",
        cause="The payment gateway said no, for the reason that `declineCode` names.",
        remedy="Try again with another key and, where the order was to be confirmed, another `paymentMethod`.",
        members=("declineCode",),
    ),
    ProblemType(
        slug="insufficient-permissions",
        status=403,
        title="Your role may not do this",
        meaning="You are known, but this operation is not for you. Nothing was done.",
        cause="Your role in the organization does not include it, or it is for people and an API key is calling.",
        remedy="Ask somebody who has one of the `required` roles; where none is named, no role would do.",
        members=("required",),
    ),
    ProblemType(
        slug="resource-not-found",
        status=404,
        title="There is no such thing",
        meaning="Nothing with this `id` exists in your organization. What belongs to others is answered alike.",
        cause="The id or the address is wrong, or the thing was removed.",
        remedy="Check the address and the id.",
        members=("resource", "id"),
    ),
    ProblemType(
        slug="method-not-allowed",
        status=405,
        title="The method is not allowed here",
        meaning="The address exists, but not for this method.",
        cause="The request has another method than the operation that was meant, or another address.",
        remedy="Use one of the methods in the header `Allow`.",
    ),
    ProblemType(
        slug="not-acceptable",
        status=406,
        title="You would not read our answer",
        meaning="The operation has no answer in a media type that you accept. Nothing was done.",
        cause="The header `Accept` names other media types only, or says `q=0` of ours.",
        remedy="Accept `application/json`, or leave the header out. Problems are JSON whatever it says.",
    ),
    ProblemType(
        slug="request-timeout",
        status=408,
        title="The request took too long to arrive",
        meaning="Nothing was done. The connection is closed.",
        cause="Ten seconds after its first byte the request was not complete.",
        remedy="Send it again, at once and as a whole.",
    ),
    ProblemType(
        slug="payload-too-large",
        status=413,
        title="The body is too large",
        meaning="A body has at most 1 MiB; 16 KiB where nobody has to log in.",
        cause="The body announces more, or is longer than it says.",
        remedy="Send less at once.",
    ),
    ProblemType(
        slug="unsupported-media-type",
        status=415,
        title="The body is not JSON",
        meaning="Bodies are `application/json`, not compressed.",
        cause="`Content-Type` says something else or nothing, or there is a `Content-Encoding`.",
        remedy="Send JSON and say so in `Content-Type`.",
        headers={"Accept": "application/json"},
    ),
    ProblemType(
        slug="unique-constraint-violation",
        status=409,
        title="Another one has this value",
        meaning="The values of `fields` must be unique. Nothing was done.",
        cause="Another one holds the same values.",
        remedy="Choose other values, or use the one that exists.",
        members=("fields",),
    ),
    ProblemType(
        slug="invalid-state-transition",
        status=409,
        title="The lifecycle does not allow this now",
        meaning="The thing is `current`, and from there `action` does not exist or is blocked. Nothing was done.",
        cause="It has gone further than you knew, or something stands in the way (`blockedBy`).",
        remedy="`allowed` lists what can be done from here, `blockedBy` what stands in the way.",
        members=("current", "action", "allowed", "blockedBy"),
    ),
    ProblemType(
        slug="inventory-insufficient",
        status=409,
        title="There is not enough in stock",
        meaning="Nothing was reserved, nothing was moved.",
        cause="More was asked for than is available.",
        remedy="`shortages` names every product that is short, with what there is: ask for less, or restock.",
        members=("shortages",),
    ),
    ProblemType(
        slug="payment-in-progress",
        status=409,
        title="A payment of this order is under way",
        meaning="Money is being moved for this order, or nobody knows yet what became of it. Nothing was done.",
        cause="Another request is at it, or the payment gateway did not answer one; then it is asked again soon.",
        remedy="Try again after `Retry-After` seconds. Who began it is told the outcome under that request's key.",
        headers={"Retry-After": "5"},
    ),
    ProblemType(
        slug="concurrent-modification",
        status=409,
        title="Others kept changing the same thing",
        meaning="Nothing was done.",
        cause="We tried several times, and each time somebody had been faster.",
        remedy="Try again.",
    ),
    ProblemType(
        slug="idempotency-in-progress",
        status=409,
        title="A request with this key is being carried out",
        meaning="Another request with the same `Idempotency-Key` has not been answered yet. This one did nothing.",
        cause="The request was sent again before its first answer.",
        remedy="Send it again, with the same key, after `Retry-After` seconds: then you get the answer of the first.",
        headers={"Retry-After": "1"},
    ),
    ProblemType(
        slug="idempotency-key-expired",
        status=409,
        title="The answer to this key is no longer kept",
        meaning="What was asked for under this `Idempotency-Key` was done. It was not done again.",
        cause="That was over 24 hours ago, or the answer showed a secret that can no longer be read.",
        remedy="`resource` is the address of what was made, null where it is not known. For another one, send another "
        "key.",
        members=("resource",),
    ),
    ProblemType(
        slug="stale-version",
        status=412,
        title="It has changed since you read it",
        meaning="`If-Match` named version `expected`, but it is at version `actual`. Nothing was done.",
        cause="Somebody has changed it meanwhile.",
        remedy="Read it again, and decide again.",
        members=("expected", "actual"),
    ),
    ProblemType(
        slug="business-rule-violation",
        status=422,
        title="The request breaks business rules",
        meaning="The request is well-formed, but the house does not accept it. Nothing was done.",
        cause="One or more rules of the organization or of the service are broken.",
        remedy="`violations` lists every broken rule at once, each with a pointer into the request.",
        members=("violations",),
    ),
    ProblemType(
        slug="idempotency-key-reuse",
        status=422,
        title="This key belongs to another request",
        meaning="Nothing was done.",
        cause="The same `Idempotency-Key` came with another method, address, `If-Match` or body.",
        remedy="Make a new key for each thing to be done; send a key again only with the very same request.",
    ),
    ProblemType(
        slug="precondition-required",
        status=428,
        title="Say which version you mean to change",
        meaning="This operation changes only the version that you have seen, so it takes the header `If-Match`.",
        cause="The request has no such header.",
        remedy="Send the `ETag` of the version that you read as `If-Match`.",
    ),
    ProblemType(
        slug="rate-limit-exceeded",
        status=429,
        title="That was too often",
        meaning="This request was not carried out.",
        cause="There were more requests from you, or from your address, than are allowed in this time.",
        remedy="Wait for `Retry-After` seconds. The header `RateLimit-Policy` says how often is allowed.",
    ),
    ProblemType(
        slug="headers-too-large",
        status=431,
        title="The headers are too large",
        meaning="A request line has at most 8 KiB; it and the headers, of which there are at most 100, have 16 KiB.",
        cause="The address is too long, or there are too many or too long headers.",
        remedy="Send fewer or shorter headers, or a shorter query.",
    ),
    ProblemType(
        slug="internal-error",
        status=500,
        title="Something went wrong on our side",
        meaning="This is a bug of ours. It was logged under the `instance` of this answer.",
        cause="Something happened that we did not foresee.",
        remedy="Try again later; if it stays, report the `instance` and the `X-Request-Id`.",
    ),
    ProblemType(
        slug="service-unavailable",
        status=503,
        title="The service cannot answer now",
        meaning="A read changed nothing; a write may or may not have happened.",
        cause="We are slow, or the database is away.",
        remedy="Try again after `Retry-After` seconds, a write with the same `Idempotency-Key`: it happens once.",
        headers={"Retry-After": "1"},
    ),
    ProblemType(
        slug="payment-outcome-unknown",
        status=503,
        title="Nobody knows yet whether the payment went through",
        meaning="The money may have moved, and may not. It is found out, and then done or made up for: never twice.",
        cause="The payment gateway did not answer in time, or with an error.",
        remedy="Send the same request with the same `Idempotency-Key` after `Retry-After` seconds: you will be told.",
        headers={"Retry-After": "15"},
    ),
)
