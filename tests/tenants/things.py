"""What an organization has that no other may reach, and how each is made over HTTP."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from tests.http.house import ADDRESS, UNKNOWN, House, Json
from tests.http.relaying import relayed

_numbers = count(1)
_drafts: dict[str, Json] = {}


def unknown_id(ours: House) -> str:
    return UNKNOWN


def as_it_is(theirs: str, ours: House) -> str:
    return theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """`make` makes one in an organization, and returns what names it. `unknown` names one that nobody has;
    `smuggled` is how a caller of ours asks for one of theirs: the best that an attacker can do.
    """

    make: Callable[[House], Awaitable[str]]
    unknown: Callable[[House], str] = unknown_id
    smuggled: Callable[[str, House], str] = as_it_is


def password_of(house: House) -> str:
    """The password of the owner, and the first one of every member."""
    return f"correct horse of {house.slug}"


async def posted(house: House, *path: str, **body: object) -> Json:
    """Post as the owner. What is made must be made: a missing thing would prove nothing."""
    answer = await house.post("/v1/" + "/".join(path), body)
    assert answer.is_success, answer.text
    made: Json = answer.json() if answer.content else {}
    return made


async def logged_in(house: House, email: str) -> Json:
    body = {"organization": house.slug, "email": email, "password": password_of(house)}
    answer = await house.client.post("/v1/auth/login", json=body)
    assert answer.is_success, answer.text
    tokens: Json = answer.json()
    return tokens


async def joined(house: House, role: str = "operator", **more: object) -> Json:
    """Return a new member."""
    email, name = f"member-{next(_numbers)}@example.test", f"Max of {house.slug}"
    return await posted(house, "members", email=email, name=name, role=role, password=password_of(house), **more)


def order_after(*actions: str) -> Thing:
    """An order that these actions have been done with; all orders of a house are for one customer and one product."""

    async def make(house: House) -> str:
        if house.slug not in _drafts:
            product = await house.product(stock=1000, name=f"Plum of {house.slug}")
            _drafts[house.slug] = {
                "customerId": await CUSTOMER.make(house),
                "items": [{"productId": product["id"], "quantity": 2}],
                "shippingAddress": ADDRESS,
                "note": f"for {house.slug}",
            }
        draft = {**_drafts[house.slug], "externalReference": f"reference-{next(_numbers)}"}
        order = str((await posted(house, "orders", **draft))["id"])
        for action in actions:
            await posted(house, "orders", order, action, **({"paymentMethod": "pm_ok"} if action == "confirm" else {}))
        return order

    return Thing(make=make)


def of_the_newest_order(parts: str) -> Thing:
    """The first of such parts of the order that was made last: name the order before it."""

    async def make(house: House) -> str:
        newest = await house.get(f"/v1/orders?limit=1&customerId={_drafts[house.slug]['customerId']}")
        return str(newest.json()["data"][0][parts][0]["id"])

    return Thing(make=make)


async def _product(house: House) -> str:
    return str((await house.product(name=f"Apple of {house.slug}"))["id"])


async def _customer(house: House) -> str:
    return str((await house.customer(name=f"Bob of {house.slug}"))["id"])


async def _suspended(house: House) -> str:
    customer = await _customer(house)
    await posted(house, "customers", customer, "suspend")
    return customer


async def _buyer(house: House) -> str:
    return str((await house.order())["customerId"])


async def _member(house: House) -> str:
    return str((await joined(house))["id"])


async def _session(house: House) -> str:
    await logged_in(house, house.owner["email"])
    newest = await house.get("/v1/sessions?limit=1")
    return str(newest.json()["data"][0]["id"])


async def _api_key(house: House) -> str:
    return str((await posted(house, "api-keys", name=f"till of {house.slug}", role="admin"))["id"])


async def _api_key_text(house: House) -> str:
    return str((await posted(house, "api-keys", name=f"till of {house.slug}", role="admin"))["key"])


async def _refresh_token(house: House) -> str:
    return str((await logged_in(house, house.owner["email"]))["refreshToken"])


async def _webhook_endpoint(house: House) -> str:
    return str((await posted(house, "webhook-endpoints", url=f"https://{house.slug}.example.com/hooks"))["id"])


async def _reset_token(house: House) -> str:
    return str((await posted(house, "members", await _member(house), "password-reset"))["token"])


async def _slug(house: House) -> str:
    return house.slug


async def _owner(house: House) -> str:
    return house.token


async def _newcomer(house: House) -> str:
    return str((await logged_in(house, (await joined(house, "admin"))["email"]))["accessToken"])


def redirected(token: str, house: House) -> str:
    """Return the token with this organization in the place of its own: `rt1.<organization>.<id>.<secret>`."""
    return re.sub(r"[0-9a-f-]{36}", str(house.organization), token, count=1)


def _unknown_token(kind: str) -> Callable[[House], str]:
    return lambda house: f"{kind}{house.organization}.{UNKNOWN}.{'A' * 43}"


async def _webhook_delivery(house: House) -> str:
    endpoint = await _webhook_endpoint(house)
    await house.product(stock=0, name=f"Told of {house.slug}")
    await relayed(house.container)
    deliveries = (await house.get(f"/v1/webhook-endpoints/{endpoint}/deliveries")).json()["data"]
    return str(deliveries[0]["id"])


WEBHOOK_DELIVERY: Final = Thing(make=_webhook_delivery)
WEBHOOK_ENDPOINT: Final = Thing(make=_webhook_endpoint)
PRODUCT: Final = Thing(make=_product)
CUSTOMER: Final = Thing(make=_customer)
SUSPENDED_CUSTOMER: Final = Thing(make=_suspended)
BUYER: Final = Thing(make=_buyer)
PENDING: Final = order_after()
CONFIRMED: Final = order_after("confirm")
SHIPPED: Final = order_after("confirm", "ship")
DELIVERED: Final = order_after("confirm", "ship", "deliver")
LINE: Final = of_the_newest_order("lines")
SHIPMENT: Final = of_the_newest_order("shipments")
CANCELLED: Final = order_after("cancel")
RETURNED: Final = order_after("confirm", "ship", "deliver", "return")
MEMBER: Final = Thing(make=_member)
SESSION: Final = Thing(make=_session)
API_KEY: Final = Thing(make=_api_key)
API_KEY_TEXT: Final = Thing(make=_api_key_text, unknown=_unknown_token("ow_"), smuggled=redirected)
REFRESH_TOKEN: Final = Thing(make=_refresh_token, unknown=_unknown_token("rt1."), smuggled=redirected)
RESET_TOKEN: Final = Thing(make=_reset_token, unknown=_unknown_token("pr1."), smuggled=redirected)
SLUG: Final = Thing(make=_slug, unknown=lambda _: "nobody-has-this-slug")
OWNER: Final = Thing(make=_owner)
NEWCOMER: Final = Thing(make=_newcomer)

EVERYTHING: Final = (
    PRODUCT, SUSPENDED_CUSTOMER, CANCELLED, RETURNED, MEMBER, SESSION, API_KEY, RESET_TOKEN, WEBHOOK_ENDPOINT,
)  # fmt: skip
"""Beside what is made to be asked for: so that every table has rows of both."""
