"""How every operation is asked about a thing of one's own: the one table that a new operation must enter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from application.access import OPERATIONS, PEOPLE_ONLY
from domain.identity.roles import Role
from tests.http.house import ADDRESS, House, Json
from tests.tenants.things import (
    API_KEY,
    BUYER,
    CONFIRMED,
    CUSTOMER,
    DELIVERED,
    LINE,
    MEMBER,
    NEWCOMER,
    OWNER,
    PENDING,
    PRODUCT,
    REFRESH_TOKEN,
    RESET_TOKEN,
    SESSION,
    SHIPMENT,
    SHIPPED,
    SLUG,
    SUSPENDED_CUSTOMER,
    WEBHOOK_DELIVERY,
    WEBHOOK_ENDPOINT,
    Thing,
    password_of,
)

Caller = str
"""Who asks: `anybody` without a token, the `owner` who has logged in, an API `key`, or a member who is a `customer`."""

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`names` says where an operation takes what names a thing of the organization (`path/id`, `query/customerId`,
    `body/items/0/productId`), and what it is; `fixed`, the values of other parameters. `body` is the rest of a body.
    `table` is where the things of a collection are kept, `shown_as` by what they are called there. `by` is who asks as
    the owner.
    """

    names: Mapping[str, Thing] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[House], Json] | None = None
    table: str | None = None
    shown_as: str = "id"
    by: Thing = OWNER


def _of(thing: Thing, body: Json | None = None) -> Asking:
    return Asking(names={"path/id": thing}, body=None if body is None else lambda _: dict(body))


def _fresh(what: str) -> str:
    return f"{what}-{next(_numbers)}"


def _sign_up(house: House) -> Json:
    owner = {"email": house.owner["email"], "name": "Olga", "password": password_of(house)}
    return {"name": "Third", "slug": _fresh("third-house"), "currency": "EUR", "owner": owner}


def _new_product(_: House) -> Json:
    return {"sku": _fresh("NEW"), "name": "Pear", "unitPrice": 700, "currency": "EUR"}


def _new_member(house: House) -> Json:
    email = f"{_fresh('shopper')}@example.test"
    return {"email": email, "name": "Sam", "password": password_of(house), "role": "customer"}


def _passwords(house: House) -> Json:
    return {"currentPassword": password_of(house), "newPassword": "a new horse of ours"}


_WHOSE_ORDERS: Final = {"query/customerId": BUYER, "query/productId": PRODUCT}

_WHICH_ORDERS: Final = {
    "query/status": "pending",
    "query/createdFrom": "2020-01-01T00:00:00Z",
    "query/createdTo": "2120-01-01T00:00:00Z",
    "query/totalFrom": "0",
    "query/totalTo": "9000000000000000",
    "query/number": "7KQ2-9XMB-9",
    "query/externalReference": "nobody-has-this-reference",
    "query/sort": "-total",
}

ASKINGS: Final[Mapping[str, Asking]] = {
    # identity
    "signUp": Asking(body=_sign_up),
    "logIn": Asking(
        names={"body/organization": SLUG},
        body=lambda house: {"email": house.owner["email"], "password": password_of(house)},
    ),
    "refresh": Asking(names={"body/refreshToken": REFRESH_TOKEN}, body=lambda _: {}),
    "logOut": Asking(names={"body/refreshToken": REFRESH_TOKEN}, body=lambda _: {}),
    "redeemPasswordReset": Asking(
        names={"body/organization": SLUG, "body/token": RESET_TOKEN},
        body=lambda _: {"newPassword": "a new horse of ours"},
    ),
    "getMe": Asking(),
    "logOutEverywhere": Asking(by=NEWCOMER),
    "changePassword": Asking(body=_passwords, by=NEWCOMER),
    "listSessions": Asking(table="sessions"),
    "revokeSession": _of(SESSION),
    "listMembers": Asking(table="members"),
    "getMember": _of(MEMBER),
    "addMember": Asking(names={"body/customerId": CUSTOMER}, body=_new_member),
    "changeMember": _of(MEMBER, {"role": "viewer"}),
    "removeMember": _of(MEMBER),
    "logMemberOut": _of(MEMBER),
    "offerPasswordReset": _of(MEMBER),
    "listApiKeys": Asking(table="api_keys"),
    "createApiKey": Asking(body=lambda _: {"name": "scale", "role": "viewer"}),
    "revokeApiKey": _of(API_KEY),
    # catalogue and stock
    "createProduct": Asking(body=_new_product),
    "listProducts": Asking(
        fixed={"query/status": "active", "query/sku": "NO-SUCH-SKU", "query/q": "app"}, table="products"
    ),
    "getProduct": _of(PRODUCT),
    "changeProduct": _of(PRODUCT, {"name": "Plum"}),
    "archiveProduct": _of(PRODUCT),
    "listStockAdjustments": Asking(
        names={"path/id": PRODUCT},
        table="stock_ledger",
        shown_as="CASE reference_to WHEN 'adjustment' THEN reference ELSE id END",
    ),
    "adjustStock": _of(PRODUCT, {"change": 7, "reason": "received"}),
    # customers
    "createCustomer": Asking(body=lambda _: {"email": f"{_fresh('buyer')}@new.example.test", "name": "Bea"}),
    "listCustomers": Asking(table="customers"),
    "getCustomer": _of(CUSTOMER),
    "changeCustomer": _of(CUSTOMER, {"name": "Bea the Second"}),
    "suspendCustomer": _of(CUSTOMER, {}),
    "reactivateCustomer": _of(SUSPENDED_CUSTOMER, {}),
    "eraseCustomer": _of(CUSTOMER, {}),
    # orders
    "placeOrder": Asking(
        names={"body/customerId": CUSTOMER, "body/items/0/productId": PRODUCT},
        body=lambda _: {"items": [{"quantity": 3}], "shippingAddress": ADDRESS},
    ),
    "quoteOrder": Asking(
        names={"body/customerId": CUSTOMER, "body/items/0/productId": PRODUCT},
        body=lambda _: {"items": [{"quantity": 3}], "shippingAddress": ADDRESS},
    ),
    "listOrders": Asking(names=_WHOSE_ORDERS, fixed=_WHICH_ORDERS, table="orders"),
    "browseOrders": Asking(names=_WHOSE_ORDERS, fixed={**_WHICH_ORDERS, "query/page": "1", "query/pageSize": "20"}),
    "getOrder": _of(PENDING),
    "getTimeline": Asking(names={"path/id": PENDING}, table="events"),
    "noteOrder": _of(PENDING, {"text": "called back"}),
    "changeOrder": _of(PENDING, {"note": "ring twice"}),
    "confirmOrder": _of(PENDING, {"paymentMethod": "pm_ok"}),
    "cancelOrder": _of(PENDING, {}),
    "shipOrder": Asking(
        names={"path/id": CONFIRMED, "body/lines/0/lineId": LINE}, body=lambda _: {"lines": [{"quantity": 1}]}
    ),
    "deliverOrder": Asking(names={"path/id": SHIPPED, "body/shipmentId": SHIPMENT}, body=lambda _: {}),
    "returnOrder": Asking(
        names={"path/id": DELIVERED, "body/lines/0/lineId": LINE}, body=lambda _: {"lines": [{"quantity": 1}]}
    ),
    "proveOrder": _of(SHIPPED),
    # operations
    "listEvents": Asking(table="events"),
    "getPolicy": Asking(),
    "changePolicy": Asking(body=lambda _: {"autoCancelAfterHours": 24}),  # so already: each asker means version 1
    "advanceClock": Asking(body=lambda _: {"seconds": 1}),
    "hearFromStripe": Asking(body=lambda _: {"id": "evt_1", "type": "payment_intent.succeeded"}),
    # webhooks
    "createWebhookEndpoint": Asking(body=lambda _: {"url": "https://hooks.example.com/new"}),
    "listWebhookEndpoints": Asking(table="webhook_endpoints"),
    "getWebhookEndpoint": _of(WEBHOOK_ENDPOINT),
    "changeWebhookEndpoint": _of(WEBHOOK_ENDPOINT, {"eventTypes": ["order.*"]}),
    "removeWebhookEndpoint": _of(WEBHOOK_ENDPOINT),
    "rotateWebhookSecret": _of(WEBHOOK_ENDPOINT),
    "listWebhookDeliveries": Asking(names={"path/id": WEBHOOK_ENDPOINT}, table="deliveries"),
    "redeliverWebhooks": _of(WEBHOOK_ENDPOINT, {"from": "2026-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}),
    "redeliverWebhook": _of(WEBHOOK_DELIVERY),
    # what everybody may read
    "getOrderLifecycle": Asking(fixed={"query/format": "json"}),
    "getLiveness": Asking(),
    "getReadiness": Asking(),
    "getMetrics": Asking(),
    "getJwks": Asking(),
    "getOpenapi": Asking(),
    "getOpenapiYaml": Asking(),
    "getDocs": Asking(),
    "getDocsAsset": Asking(fixed={"path/name": "docs.js"}),
    "listProblems": Asking(),
    "getProblem": Asking(fixed={"path/slug": "resource-not-found"}),
}


def callers(operation: str) -> list[Caller]:
    """Return who may ask; for an operation that there is no more, nobody (see test_every_operation)."""
    roles = OPERATIONS.get(operation)
    if roles is None:
        return []
    if not roles:
        return ["anybody"]
    key = ["key"] if Role.ADMIN in roles and operation not in PEOPLE_ONLY else []
    return ["owner", *key, *(["customer"] if Role.CUSTOMER in roles else [])]


def put(tree: Any, place: str, value: str) -> None:
    """Set what stands at `items/0/productId` in a body."""
    *path, last = place.split("/")
    for step in path:
        tree = tree[int(step) if isinstance(tree, list) else step]
    tree[last] = value
