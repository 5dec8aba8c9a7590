"""Who may do what, as it is observed: every operation of the app, asked by everybody that there is."""

import json
from collections.abc import Mapping
from typing import Final

import pytest
from litestar import Litestar, get
from litestar.router import Router
from litestar.routes import HTTPRoute

from adapters.http.admission import admit
from adapters.http.app import ROUTERS, http_app
from application.access import OPERATIONS, PEOPLE_ONLY
from domain.identity.api_key import GRANTABLE
from domain.identity.roles import Role
from tests.http.every_operation import every_operation
from tests.http.house import House, Told, told

LET_IN: Final = "let in"

ANYBODY: Final = set(
    """signUp logIn refresh logOut redeemPasswordReset hearFromStripe getOrderLifecycle getLiveness getReadiness
    getMetrics getJwks getOpenapi getOpenapiYaml getDocs getDocsAsset listProblems getProblem""".split()
)
OF_ONESELF: Final = set("getMe logOutEverywhere changePassword listSessions revokeSession".split())
BUYING: Final = set("placeOrder quoteOrder confirmOrder cancelOrder".split())
SHOPPING: Final = set("listProducts getProduct getCustomer listOrders getOrder getTimeline proveOrder".split())
LOOKING: Final = SHOPPING | set(
    """listMembers getMember listApiKeys listCustomers listStockAdjustments getPolicy listEvents listWebhookEndpoints
    getWebhookEndpoint listWebhookDeliveries""".split()
)
SELLING: Final = BUYING | set(
    """createProduct changeProduct archiveProduct adjustStock createCustomer changeCustomer suspendCustomer
    reactivateCustomer eraseCustomer changeOrder noteOrder shipOrder deliverOrder returnOrder""".split()
)
MANAGING: Final = set(
    """browseOrders addMember changeMember removeMember logMemberOut offerPasswordReset createApiKey revokeApiKey
    changePolicy advanceClock createWebhookEndpoint changeWebhookEndpoint removeWebhookEndpoint
    rotateWebhookSecret redeliverWebhook redeliverWebhooks""".split()
)

BY_HAND: Final[Mapping[Role, set[str]]] = {
    Role.CUSTOMER: ANYBODY | OF_ONESELF | SHOPPING | BUYING,
    Role.VIEWER: ANYBODY | OF_ONESELF | LOOKING,
    Role.OPERATOR: ANYBODY | OF_ONESELF | LOOKING | SELLING,
    Role.ADMIN: ANYBODY | OF_ONESELF | LOOKING | SELLING | MANAGING,
    Role.OWNER: ANYBODY | OF_ONESELF | LOOKING | SELLING | MANAGING,
}
"""What each role may do, by hand: a table cannot judge itself. What only owners do, they do to owners."""


def verdict(answer: Told) -> str | tuple[str, ...]:
    """Return `LET_IN`, the roles that it takes, or the slug with which somebody unknown is refused."""
    if answer.status == 403:
        assert answer.slug == "insufficient-permissions"
        return tuple(json.loads(answer.body)["required"])
    return answer.slug if answer.status == 401 else LET_IN


def expected(operation: str, role: Role, *, machine: bool = False) -> str | tuple[str, ...]:
    roles = OPERATIONS[operation]
    if roles and role not in roles:
        return roles
    return () if machine and operation in PEOPLE_ONLY else LET_IN


async def test_a_stranger_is_let_in_where_anybody_is(app: Litestar) -> None:
    observed = {asked.operation.id: verdict(await asked.of(app)) for asked in every_operation(app)}
    assert observed == {
        operation: "authentication-required" if roles else LET_IN for operation, roles in OPERATIONS.items()
    }


@pytest.mark.parametrize("role", Role)
async def test_a_member_is_let_in_where_the_table_says(house: House, app: Litestar, role: Role) -> None:
    person, observed = await house.join(role), {}
    for asked in every_operation(app):
        again = await person.logs_in_again()  # whatever the last request has ended
        observed[asked.operation.id] = verdict(await asked.of(app, *again.headers.items()))
    assert observed == {operation: expected(operation, role) for operation in OPERATIONS}


@pytest.mark.parametrize("role", sorted(GRANTABLE))
async def test_a_machine_is_let_in_where_its_role_is_unless_it_is_for_people(
    house: House, app: Litestar, role: Role
) -> None:
    made = await house.post("/v1/api-keys", {"name": "Robot", "role": role})
    bearer = ("Authorization", f"Bearer {made.json()['key']}")
    observed = {asked.operation.id: verdict(await asked.of(app, bearer)) for asked in every_operation(app)}
    assert observed == {operation: expected(operation, role, machine=True) for operation in OPERATIONS}


@pytest.mark.parametrize("role", Role)
def test_the_table_is_as_it_is_meant(role: Role) -> None:
    allowed = {operation for operation, roles in OPERATIONS.items() if not roles or role in roles}
    assert allowed == BY_HAND[role]


def test_strangers_sign_up_log_in_and_read_what_is_public() -> None:
    assert {operation for operation, roles in OPERATIONS.items() if not roles} == ANYBODY


def test_machines_have_neither_sessions_nor_passwords() -> None:
    assert OF_ONESELF - {"getMe"} == PEOPLE_ONLY
    assert {"viewer", "operator", "admin"} == GRANTABLE


def test_a_viewer_changes_nothing_but_its_own_sessions_and_password(app: Litestar) -> None:
    changing = {asked.operation.id for asked in every_operation(app) if asked.method != "GET"}
    assert changing & (BY_HAND[Role.VIEWER] - ANYBODY) == OF_ONESELF - {"getMe", "listSessions"}


def test_every_operation_is_asked_above(app: Litestar) -> None:
    asked = every_operation(app)
    assert sorted(each.operation.id for each in asked) == sorted(OPERATIONS)
    assert "{" not in "".join(each.path for each in asked)


def _extra(app: Litestar, router: Router) -> Litestar:
    return http_app(app.state.container, app.state.options, routers=[*ROUTERS, router])


def test_a_route_that_the_table_does_not_know_stops_the_app(app: Litestar) -> None:
    @get("/secret", operation_id="readSecrets")
    async def read_secrets() -> None: ...

    with pytest.raises(LookupError, match="readSecrets"):
        _extra(app, Router("/v1", route_handlers=[read_secrets]))


async def test_a_route_that_hides_from_the_contract_is_not_there(app: Litestar) -> None:
    @get("/secret", operation_id="readSecrets", include_in_schema=False)
    async def read_secrets() -> str:
        return "the secret"

    hiding = _extra(app, Router("/v1", route_handlers=[read_secrets]))
    answer = await told(hiding, "GET", "/v1/secret", [])
    assert (answer.status, answer.slug) == (404, "resource-not-found")


def test_no_route_goes_around_admission(app: Litestar) -> None:
    assert {type(route) for route in app.routes} == {HTTPRoute}
    doors = {handler.resolve_before_request() for route in app.routes for handler in route.route_handlers}
    assert [getattr(door, "func", door) for door in doors] == [admit]
