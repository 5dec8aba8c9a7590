"""What an attacker would try: odd spellings, telling headers, tokens with an exchanged organization, mixed bodies."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final

import pytest

from tests.http.house import ADDRESS, UNKNOWN, key, problem
from tests.tenants.asking import ASKINGS, callers
from tests.tenants.street import Street, same
from tests.tenants.things import (
    API_KEY_TEXT,
    REFRESH_TOKEN,
    RESET_TOKEN,
    Thing,
    redirected,
    unknown_id,
)

SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "capitals": str.upper,
    "braces": lambda one: f"{{{one}}}",
    "a URN": lambda one: f"urn:uuid:{one}",
    "no dashes": lambda one: one.replace("-", ""),
    "dashes elsewhere": lambda one: f"{one[:4]}-{one[4:8]}{one[8:]}",
    "a space before": lambda one: f" {one}",
    "a line feed behind": lambda one: f"{one}\n",
    "a NUL behind": lambda one: f"{one}\0",
    "full width": lambda one: one.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
    "two of them": lambda one: f"{UNKNOWN},{one}",
    "a wildcard": lambda one: f"{one[:35]}%",
    "quotes": lambda one: f"{one}' OR '1'='1",
    "a step back": lambda one: f"{UNKNOWN}/../{one}",
}

IDS: Final = [
    (operation, place)
    for operation, asking in ASKINGS.items()
    for place, thing in asking.names.items()
    if thing.unknown is unknown_id
]

WITH_ID: Final = [operation for operation, place in IDS if place == "path/id"]


CONDITIONS: Final = [
    *({"If-Match": tag} for tag in ('"1"', '"2"', '"999"')),
    *({"If-None-Match": tag} for tag in ('"1"', "*")),
    {"Accept": "text/html"},
    {"Prefer": "return=representation"},
    {"Idempotency-Key": "their-own-key-for-this-order"},
]


def claims(street: Street) -> list[dict[str, str]]:
    """Headers that say that we are another."""
    their, slug = str(street.theirs.organization), street.theirs.slug
    return [
        *({name: their} for name in ("X-Organization-Id", "X-Tenant-Id", "Organization", "App-Organization")),
        {"Cookie": f"organization={their}; tid={their}"},
        {"X-Forwarded-Host": f"{slug}.example.test", "Forwarded": f"host={slug}.example.test"},
        {"Host": f"{slug}.example.test"},
        {"X-HTTP-Method-Override": "GET", "X-Original-URL": f"/v1/organizations/{their}"},
    ]


@pytest.mark.parametrize(("operation", "place"), IDS)
async def test_however_an_id_is_spelled(street: Street, operation: str, place: str) -> None:
    before, own = await street.their_rows(), street.prepared[operation, "spare"]
    theirs = street.wanted[operation, "spare"][place]
    for how, spelled in SPELLINGS.items():
        answers = []
        for one in (theirs, UNKNOWN):
            answer = await street.ask(operation, callers(operation)[0], {**own, place: spelled(one)})
            answers.append(same(answer, *_echoes(spelled(one)), one))
        assert answers[0] == answers[1], how
    assert await street.their_rows() == before


@pytest.mark.parametrize("operation", WITH_ID)
async def test_whatever_is_asked_beside_an_id(street: Street, operation: str) -> None:
    before, theirs = await street.their_rows(), street.wanted[operation, "spare"]["path/id"]
    for header in (*CONDITIONS, claims(street)[0]):
        answers = []
        for one in (theirs, UNKNOWN):
            answer = await street.ask(operation, callers(operation)[0], {"path/id": one}, header)
            answers.append(same(answer, one))
        assert answers[0] == answers[1], header
    assert await street.their_rows() == before


@pytest.mark.parametrize("operation", ["getMe", "listOrders", "listMembers", "listProducts", "listApiKeys"])
async def test_no_header_makes_us_another(street: Street, operation: str) -> None:
    nothing = dict.fromkeys(ASKINGS[operation].fixed, "")
    plain = await street.ask(operation, "owner", nothing)
    for header in claims(street):
        assert same(await street.ask(operation, "owner", nothing, header)) == same(plain), header


@pytest.mark.parametrize("name", ["organization", "organizationId", "organization_id", "tenant", "tid"])
async def test_nobody_names_an_organization_in_a_query_or_a_body(street: Street, name: str) -> None:
    their = str(street.theirs.organization)
    refused = await street.ask("listOrders", "owner", {f"query/{name}": their})
    assert [error["pointer"] for error in problem(refused, "validation-error")["errors"]] == [f"/query/{name}"]
    before = await street.their_rows()
    for operation in ("createProduct", "createCustomer", "placeOrder", "addMember", "createApiKey"):
        own = street.prepared[operation, "spare"]
        refused = await street.ask(operation, "owner", {**own, f"body/{name}": their})
        assert [error["pointer"] for error in problem(refused, "validation-error")["errors"]] == [f"/{name}"]
    assert await street.their_rows() == before


# Tokens with an exchanged organization


@pytest.mark.parametrize("path", ["/v1/me", "/v1/orders", "/v1/members"])
async def test_an_api_key_opens_its_own_house_alone(street: Street, path: str) -> None:
    before = await street.their_rows()
    ours, theirs = await API_KEY_TEXT.make(street.ours), await API_KEY_TEXT.make(street.theirs)
    their_id, our_secret = theirs.split(".")[1], ours.split(".")[2]
    before = await street.their_rows()
    said = {
        what: same(await street.send("GET", path, {"Authorization": f"Bearer {key}"}))
        for what, key in {
            "unknown": API_KEY_TEXT.unknown(street.ours),
            "ours in their house": redirected(ours, street.theirs),
            "theirs in our house": redirected(theirs, street.ours),
            "our secret with their id": f"ow_{street.theirs.organization}.{their_id}.{our_secret}",
            "the organization in capitals": redirected(ours, street.theirs).upper().replace("OW_", "ow_", 1),
        }.items()
    }
    assert all(answer == said["unknown"] for answer in said.values()), said
    assert said["unknown"][0] == 401
    assert await street.their_rows() == before


@pytest.mark.parametrize(
    ("operation", "thing", "place"),
    [
        ("refresh", REFRESH_TOKEN, "body/refreshToken"),
        ("logOut", REFRESH_TOKEN, "body/refreshToken"),
        ("redeemPasswordReset", RESET_TOKEN, "body/token"),
    ],
)
async def test_a_token_is_good_in_its_own_house_alone(street: Street, operation: str, thing: Thing, place: str) -> None:
    ours, theirs = await thing.make(street.ours), await thing.make(street.theirs)
    before = await street.their_rows()
    houses = (street.ours, street.theirs) if operation == "redeemPasswordReset" else (street.ours,)
    said = []
    for token in (thing.unknown(street.ours), redirected(ours, street.theirs), redirected(theirs, street.ours)):
        for house in houses:
            names = {"body/organization": house.slug} if len(houses) > 1 else {}
            said.append(same(await street.ask(operation, "anybody", {**names, place: token})))
    assert all(answer == said[0] for answer in said)
    assert await street.their_rows() == before
    names = {"body/organization": street.ours.slug} if len(houses) > 1 else {}
    assert (await street.ask(operation, "anybody", {**names, place: ours})).is_success, "and it is still good there"


async def test_a_reset_token_of_ours_sets_no_password_at_their_door_nor_theirs_at_ours(street: Street) -> None:
    ours, theirs = await RESET_TOKEN.make(street.ours), await RESET_TOKEN.make(street.theirs)
    before = await street.their_rows()
    for slug, token in ((street.theirs.slug, ours), (street.ours.slug, theirs), ("nobody-has-this-slug", theirs)):
        names = {"body/organization": slug, "body/token": token}
        problem(await street.ask("redeemPasswordReset", "anybody", names), "invalid-token")
    assert await street.their_rows() == before


async def test_an_access_token_cannot_be_rewritten(street: Street) -> None:
    head, claims, signature = street.ours.token.split(".")
    their_claims = street.theirs.token.split(".")[1]
    moved = _encoded({**_decoded(claims), "tid": str(street.theirs.organization)})
    unsigned = _encoded({**_decoded(head), "alg": "none"})
    for token in (
        f"{head}.{moved}.{signature}",
        f"{head}.{their_claims}.{signature}",
        f"{unsigned}.{moved}.",
        f"{unsigned}.{moved}.{signature}",
        f"{head}.{moved}.",
    ):
        refused = await street.send("GET", "/v1/me", {"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401, token


# Bodies that mix ours and theirs


@pytest.mark.parametrize("quantity", [1, 999])
@pytest.mark.parametrize("caller", ["owner", "key", "customer"])
async def test_an_order_for_ours_and_theirs_says_of_theirs_what_it_says_of_nobodys(
    street: Street, caller: str, quantity: int
) -> None:
    """Neither what there is of it, nor what it costs, nor that it is short."""
    own, their = street.prepared["placeOrder", "spare"], street.wanted["placeOrder", "spare"]
    product = "body/items/0/productId"
    before, said = await street.their_rows(), []
    for one in (their[product], UNKNOWN):
        headers = {**street.headers[caller], "Idempotency-Key": key()}
        items = [{"productId": own[product], "quantity": 999}, {"productId": one, "quantity": quantity}]
        body = {"customerId": own["body/customerId"], "items": items, "shippingAddress": ADDRESS}
        said.append(same(await street.send("POST", "/v1/orders", headers, json=body), one))
    assert said[0] == said[1]
    assert "product-not-found" in said[0][2]
    assert await street.their_rows() == before


async def test_a_shortage_names_what_is_ours(street: Street) -> None:
    own = street.prepared["placeOrder", "spare"]
    items = [{"productId": own["body/items/0/productId"], "quantity": 999}]
    body = {"customerId": own["body/customerId"], "items": items, "shippingAddress": ADDRESS}
    headers = {**street.headers["owner"], "Idempotency-Key": key()}
    short = problem(await street.send("POST", "/v1/orders", headers, json=body), "inventory-insufficient")
    assert [one["productId"] for one in short["shortages"]] == [own["body/items/0/productId"]]


def _echoes(text: str) -> list[str]:
    """As it was sent, and as it stands in JSON."""
    return [text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]


def _decoded(part: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(urlsafe_b64decode(part + "=="))
    return found


def _encoded(part: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
