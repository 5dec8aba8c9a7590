"""One of each problem, whole, as it goes over the wire: for whoever has never met it."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from adapters.http.problem_types import ProblemType
from adapters.http.problems import Problem, body_of

_INSTANCE: Final = UUID("0190a0a0-5d6a-7c3e-9b1f-3a2b4c5d6e7f")
_PRODUCT: Final = "0190a0a0-7b1c-7d2e-8f3a-4b5c6d7e8f90"
_ORDER: Final = "0190a0a0-1a2b-7c3d-8e4f-5a6b7c8d9e0f"

EXAMPLES: Final[Mapping[str, tuple[str | None, Mapping[str, Any]]]] = {
    "validation-error": (
        "Invalid: /items/0/quantity, /note, /query/colour.",
        {
            "errors": [
                {"pointer": "/items/0/quantity", "code": "too-small", "message": "Expected int >= 1."},
                {"pointer": "/note", "code": "type", "message": "Expected str | null, got int."},
                {"pointer": "/query/colour", "code": "unknown", "message": "There is no such parameter."},
            ]
        },
    ),
    "malformed-request": ("A member is named twice in one object.", {}),
    "invalid-cursor": ("The cursor was not made for this collection with these filters.", {}),
    "idempotency-key-required": ("This operation takes the header Idempotency-Key.", {}),
    "idempotency-key-invalid": ("The Idempotency-Key is not one.", {}),
    "authentication-required": ("Send an access token: Authorization: Bearer …", {}),
    "token-expired": ("The token has expired.", {}),
    "invalid-token": ("The token is not valid.", {}),
    "invalid-credentials": ("The organization, the e-mail address or the password is wrong.", {}),
    "token-reuse-detected": (
        "This refresh token was used before; for safety, its session is over: log in again.",
        {},
    ),
    "payment-failed": ("The payment was declined: card_declined.", {"declineCode": "card_declined"}),
    "insufficient-permissions": (
        "This takes one of the roles operator, admin, owner.",
        {"required": ["operator", "admin", "owner"]},
    ),
    "resource-not-found": (f"There is no order {_ORDER}.", {"resource": "order", "id": _ORDER}),
    "method-not-allowed": (None, {}),
    "not-acceptable": ("This operation answers with application/json.", {}),
    "request-timeout": (None, {}),
    "payload-too-large": ("The body has 2097152 bytes; 1048576 are the most.", {}),
    "unsupported-media-type": ("The body is to be application/json.", {}),
    "unique-constraint-violation": ("Another one has the same sku.", {"fields": ["sku"]}),
    "invalid-state-transition": (
        "Cannot deliver: Nothing of it is on the way.",
        {
            "current": "confirmed",
            "action": "deliver",
            "allowed": ["cancel", "ship"],
            "blockedBy": [{"code": "nothing-on-the-way", "message": "Nothing of it is on the way."}],
        },
    ),
    "inventory-insufficient": (
        f"12 of product {_PRODUCT} asked for, 5 available.",
        {"shortages": [{"productId": _PRODUCT, "requested": 12, "available": 5}]},
    ),
    "payment-in-progress": ("A payment of this order is under way. Nothing was done.", {}),
    "concurrent-modification": ("Others kept changing the same thing; nothing was done. Try again.", {}),
    "idempotency-in-progress": ("A request with this key is being carried out. Ask again for its answer.", {}),
    "idempotency-key-expired": (
        "What was asked for under this key was done; its answer is no longer kept. Nothing was done again.",
        {"resource": f"/v1/orders/{_ORDER}"},
    ),
    "stale-version": ("It is at version 4, not 3: read it again.", {"expected": 3, "actual": 4}),
    "business-rule-violation": (
        "The customer is suspended and cannot order. An order has at most 10 items; this has 11.",
        {
            "violations": [
                {
                    "pointer": "/customerId",
                    "code": "customer-suspended",
                    "message": "The customer is suspended and cannot order.",
                },
                {
                    "pointer": "/items",
                    "code": "max-items-exceeded",
                    "message": "An order has at most 10 items; this has 11.",
                },
            ]
        },
    ),
    "idempotency-key-reuse": ("This key was sent before, with another request. Nothing was done.", {}),
    "precondition-required": ("Send the ETag of the version that you mean to change as If-Match.", {}),
    "rate-limit-exceeded": ("That was too often: at most 10 in 60 s. Try again in 17 s.", {}),
    "headers-too-large": (None, {}),
    "internal-error": (None, {}),
    "service-unavailable": ("The service cannot reach its database in time.", {}),
    "payment-outcome-unknown": ("The payment gateway did not say what it did. Ask again with the same key.", {}),
}
"""What each says beside what its type says: the detail, and the members that extend the body."""


def example_of(kind: ProblemType, public_url: str) -> dict[str, Any]:
    """Return a whole body of this kind. Raises: KeyError, for a kind without an example."""
    detail, members = EXAMPLES[kind.slug]
    return body_of(Problem(kind, detail, members), public_url=public_url, instance=_INSTANCE)
