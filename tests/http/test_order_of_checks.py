"""What is asked of a request, in which order: the first thing that is wrong is the one that is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest
from dishka import Provider
from litestar import Litestar

from adapters.http.operations import KEYED
from application.access import OPERATIONS
from entrypoints.settings import Settings
from tests.http import faults
from tests.http.every_operation import every_operation
from tests.http.faults import Asking, Chain, Ground, asked, ground
from tests.http.house import UNKNOWN, House, key, pointers, problem, raw

ORDER = f"/v1/orders/{UNKNOWN}"

OF_EVERYBODY: Final[Chain] = [
    ("payload-too-large", faults.too_large),
    ("authentication-required", faults.unknown_caller),
    ("insufficient-permissions", faults.too_strict),
    ("rate-limit-exceeded", faults.spent),
    ("unsupported-media-type", faults.not_json),
    ("not-acceptable", faults.unreadable_answer),
]

OF_AN_ORDER: Final[Chain] = [
    ("malformed-request", faults.broken_body),
    ("validation-error", faults.unknown_parameter),
]

OF_A_THING: Final[Chain] = [
    ("resource-not-found", faults.nothing_there),
    ("stale-version", faults.old_version),
    ("invalid-state-transition", faults.gone_too_far),
]

CHAINS: Final[dict[str, tuple[Callable[[Ground], Awaitable[Asking]], Chain]]] = {
    "an action that requires a key": (
        Ground.shipping,
        [
            *OF_EVERYBODY,
            ("idempotency-key-required", faults.no_key),
            *OF_AN_ORDER,
            ("idempotency-key-reuse", faults.used_key),
            *OF_A_THING,
        ],
    ),
    "an action with a key that is none": (
        Ground.shipping,
        [*OF_EVERYBODY, ("idempotency-key-invalid", faults.bad_key), *OF_AN_ORDER, *OF_A_THING],
    ),
    "a change of a version": (
        Ground.changing,
        [*OF_EVERYBODY, ("precondition-required", faults.no_version), *OF_AN_ORDER, *OF_A_THING],
    ),
    "placing an order": (
        Ground.placing,
        [
            *OF_EVERYBODY,
            ("idempotency-key-required", faults.no_key),
            *OF_AN_ORDER,
            ("idempotency-key-reuse", faults.used_key),
            ("business-rule-violation", faults.nobody_orders),
            ("inventory-insufficient", faults.out_of_stock),
        ],
    ),
    "logging in": (
        Ground.logging_in,
        [
            ("payload-too-large", faults.too_large),
            ("rate-limit-exceeded", faults.spent_address),
            ("unsupported-media-type", faults.not_json),
            ("not-acceptable", faults.unreadable_answer),
            *OF_AN_ORDER,
            ("invalid-credentials", faults.wrong_password),
        ],
    ),
}
"""What is checked of a request, in the order of the contract. (Payment comes last, once there is one; a key that is
being worked on comes before its fingerprint: tests/http/test_every_problem.py has it on PostgreSQL.)
"""


@pytest.fixture
async def strict_ground(settings: Settings, quick: Provider) -> AsyncIterator[Ground]:
    async with ground(settings, quick) as opened:
        yield opened


EACH: Final = [(name, first) for name, (_, chain) in CHAINS.items() for first in range(len(chain))]


@pytest.mark.parametrize(("name", "first"), EACH, ids=[f"{name}: {CHAINS[name][1][n][0]}" for name, n in EACH])
async def test_an_earlier_check_wins_over_every_later_one(strict_ground: Ground, name: str, first: int) -> None:
    """Each fault alone, with each that is noticed later, and with all of them."""
    begin, chain = CHAINS[name]
    slug, fault = chain[first]
    later = [[other] for _, other in chain[first + 1 :]]
    for others in ([], *later, [other for _, other in chain[first + 1 :]]):
        asking = await begin(strict_ground)
        problem(await asked(asking, [fault, *others]), slug)


@pytest.mark.parametrize("name", CHAINS)
async def test_without_a_fault_it_succeeds(strict_ground: Ground, name: str) -> None:
    begin, _ = CHAINS[name]
    assert (await asked(await begin(strict_ground), [])).status_code in {200, 201}


async def test_what_is_told_again_is_checked_no_further(house: House) -> None:
    """Not the version, not the lifecycle, not the rules, not the stock; but all that comes before the key."""
    order = await house.order("confirm")
    name, ship = key(), f"/v1/orders/{order['id']}/ship"
    version = {"Idempotency_Key": name, "If_Match": '"3"'}
    assert (await house.post(ship, {}, **version)).status_code == 200
    again = await house.post(ship, {}, **version)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")

    draft, placing = await house.draft(quantity=100), key()
    assert (await house.post("/v1/orders", draft, Idempotency_Key=placing)).status_code == 201
    await house.post(f"/v1/customers/{draft['customerId']}/suspend", {})
    again = await house.post("/v1/orders", draft, Idempotency_Key=placing)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    problem(await house.post("/v1/orders", draft), "business-rule-violation")

    problem(await house.post(f"{ship}?x=1", {}, **version), "validation-error")
    problem(await house.post(ship, {}, **version, Content_Type="text/plain"), "unsupported-media-type")


async def test_everything_else_that_is_invalid_comes_at_once(house: House) -> None:
    answer = await house.post("/v1/orders/42/cancel?x=1", {"reason": "", "y": 1}, Prefer="dry-run=1")
    assert pointers(answer) == {
        "/path/id": "format",
        "/header/Prefer": "format",
        "/query/x": "unknown",
        "/reason": "too-short",
        "/y": "unknown",
    }


@pytest.mark.parametrize(
    "id", ["42", "0190a0a0000070008000000000000000", "%00", "{0190a0a0-0000-7000-8000-000000000000}"]
)
async def test_ids_are_uuids_with_their_dashes(house: House, id: str) -> None:
    assert pointers(await house.get(f"/v1/orders/{id}")) == {"/path/id": "format"}


@pytest.mark.parametrize("operation", ["confirm", "ship", "cancel", "return"])
async def test_actions_that_move_stock_or_money_require_a_key(house: House, operation: str) -> None:
    answer = await house.client.post(f"{ORDER}/{operation}", headers=house.headers, json={"paymentMethod": "pm_ok"})
    problem(answer, "idempotency-key-required")


def test_keyed_are_exactly_the_operations_of_the_contract() -> None:
    by_hand = {"placeOrder", "adjustStock", "confirmOrder", "shipOrder", "cancelOrder", "returnOrder"}
    assert by_hand == KEYED
    assert set(OPERATIONS) >= KEYED


@pytest.mark.parametrize("path", ["/v1/products", "/v1/customers", f"{ORDER}/deliver"])
async def test_elsewhere_a_key_can_be_left_out_but_not_be_wrong(house: House, path: str) -> None:
    without = await house.client.post(path, headers=house.headers, json={"x": 1})
    problem(without, "validation-error")
    problem(await house.post(path, {}, Idempotency_Key="short"), "idempotency-key-invalid")


@pytest.mark.parametrize(
    "good",
    [
        "a" * 16,
        "A9_.:-" * 5,
        "x" * 255,
        f'"{"a" * 16}"',
        '"a key with spaces, 16+"',
        '"0123456789\\"abcdef"',
        f" {'a' * 16} ",
    ],
)
async def test_keys_are_bare_words_or_quoted_strings(house: House, good: str) -> None:
    problem(await house.post(f"{ORDER}/ship", {}, Idempotency_Key=good), "resource-not-found")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "a" * 15,
        "a" * 256,
        "a b" * 8,
        "schlüssel-schlüssel",
        '"short"',
        '"' + "a" * 16,
        '"aaaaaaaaaaaaaaaa\\a"',
        "a" * 16 + ",",
    ],
)
async def test_anything_else_is_no_key(house: House, bad: str) -> None:
    answer = await house.client.post(
        f"{ORDER}/ship", headers={**house.headers, "Idempotency-Key": bad.encode()}, json={}
    )
    problem(answer, "idempotency-key-invalid")


@pytest.mark.parametrize("bad", ["*", 'W/"1"', "1", '"x"', '"0"', '"01"', '"1", "2"', '""', '"99999999999"'])
async def test_if_match_is_one_strong_version(house: House, bad: str) -> None:
    answer = await house.post(f"{ORDER}/ship", {}, If_Match=bad)
    assert pointers(answer) == {"/header/If-Match": "format"}


@pytest.mark.parametrize("header", ["Authorization", "Idempotency-Key", "If-Match", "Content-Type"])
async def test_a_header_of_ours_stands_once(house: House, header: str) -> None:
    headers = {"Idempotency-Key": key(), "If-Match": '"1"', "Content-Type": "application/json", **house.headers}
    twice = [*headers.items(), (header, headers[header])]
    status, body = await raw(house.client.app, "POST", f"{ORDER}/ship", twice)
    assert status == 400
    assert header in body["detail"]


@pytest.mark.parametrize("authorization", ["", "Basic dXNlcjpwdw==", "Token x", "Bearerx"])
async def test_what_is_no_bearer_token_is_no_authentication(house: House, authorization: str) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": authorization})
    problem(answer, "authentication-required")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="orderwright"'


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "ä" * 10, "x" * 9000])
async def test_what_is_no_token_is_invalid(house: House, token: str) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": f"Bearer {token}".encode()})
    problem(answer, "invalid-token")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_the_scheme_is_read_in_any_case(house: House) -> None:
    answer = await house.client.get("/v1/me", headers={"Authorization": f"bEARER {house.token}"})
    assert answer.status_code == 200


async def test_a_rehearsal_that_is_asked_for_beside_something_else_is_one(house: House) -> None:
    order = await house.order()
    headers = [*house.headers.items(), ("Prefer", "dry-run"), ("Prefer", "respond-async")]
    answer = await house.client.post(f"/v1/orders/{order['id']}/cancel", headers=headers)
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "dry-run")
    assert (await house.get(f"/v1/orders/{order['id']}")).json() == order


async def test_everywhere_else_it_is_refused(house: House, app: Litestar) -> None:
    """Every operation that there is, tomorrow's, too: never ignored."""
    elsewhere = [one for one in every_operation(app) if not one.operation.dry_run]
    assert len(elsewhere) > 30
    for one in elsewhere:
        owner = await house.enter_owner()  # whatever the last request has ended
        authorized = [] if one.operation.public else list(owner.headers.items())
        answer = await one.of(app, *authorized, ("Prefer", "wait=5, Dry-Run"))
        assert (answer.status, answer.slug) == (400, "validation-error"), one
        assert b'"/header/Prefer"' in answer.body, one
