"""Customers over HTTP."""

from typing import Any

import pytest

from domain.identity.roles import Role
from tests.http.house import ADDRESS, UNKNOWN, House, pointers, problem

CUSTOMER = "id email name status shippingAddress createdAt updatedAt version".split()


async def test_a_new_customer_is_active(house: House) -> None:
    body = {"email": "bob@example.test", "name": "Bob", "shippingAddress": ADDRESS}
    answer = await house.post("/v1/customers", body)
    customer = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/customers/{customer['id']}"
    assert list(customer) == CUSTOMER
    assert (customer["status"], customer["version"]) == ("active", 1)
    assert customer["shippingAddress"] == {**ADDRESS, "line2": None, "region": None}
    assert (await house.get(answer.headers["Location"])).json() == customer
    assert (await house.get("/v1/customers")).json()["data"] == [customer]


async def test_an_address_can_be_left_out(house: House) -> None:
    assert (await house.customer())["shippingAddress"] is None


async def test_an_email_address_is_taken_once(house: House) -> None:
    await house.customer(email="bob@example.test")
    answer = await house.post("/v1/customers", {"email": "BOB@example.test", "name": "Other"})
    assert problem(answer, "unique-constraint-violation")["fields"] == ["email"]


async def test_suspending_and_reactivating(house: House) -> None:
    path = f"/v1/customers/{(await house.customer())['id']}"
    suspended = await house.post(f"{path}/suspend")
    assert (suspended.status_code, suspended.headers["ETag"]) == (200, '"2"')
    assert suspended.json()["status"] == "suspended"
    again = problem(await house.post(f"{path}/suspend", {}), "invalid-state-transition")
    assert (again["current"], again["action"], again["allowed"]) == ("suspended", "suspend", ["reactivate"])
    assert (await house.post(f"{path}/reactivate")).json()["status"] == "active"


async def test_a_stale_version_is_not_suspended(house: House) -> None:
    path = f"/v1/customers/{(await house.customer())['id']}"
    await house.post(f"{path}/suspend")
    problem(await house.post(f"{path}/reactivate", If_Match='"1"'), "stale-version")


async def test_the_suspended_cannot_order(house: House) -> None:
    draft = await house.draft()
    await house.post(f"/v1/customers/{draft['customerId']}/suspend")
    [violation] = problem(await house.post("/v1/orders", draft), "business-rule-violation")["violations"]
    assert (violation["code"], violation["pointer"]) == ("customer-suspended", "/customerId")


async def test_unknown_customers_are_not_found(house: House) -> None:
    for answer in (
        await house.get(f"/v1/customers/{UNKNOWN}"),
        await house.post(f"/v1/customers/{UNKNOWN}/suspend"),
        await house.post(f"/v1/customers/{UNKNOWN}/reactivate"),
    ):
        assert problem(answer, "resource-not-found")["resource"] == "customer"


async def change(house: House, customer: dict[str, Any], version: int = 1, **said: Any) -> Any:
    headers = {**house.headers, "If-Match": f'"{version}"'}
    return await house.client.patch(f"/v1/customers/{customer['id']}", headers=headers, json=said)


async def test_a_change_says_what_is_new_and_leaves_the_rest(house: House) -> None:
    customer = await house.customer(shippingAddress=ADDRESS)
    answer = await change(house, customer, email="new@example.test", name="Robert")
    changed = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (changed["email"], changed["name"], changed["version"]) == ("new@example.test", "Robert", 2)
    assert changed["shippingAddress"] == customer["shippingAddress"]
    assert (await house.get(f"/v1/customers/{customer['id']}")).json() == changed
    assert (await change(house, customer, 2, name="Robert")).json() == changed, "what is known already is no change"


async def test_an_address_is_given_amended_and_cleared(house: House) -> None:
    customer = await house.customer()
    first = (await change(house, customer, shippingAddress={**ADDRESS, "line2": "Back"})).json()
    assert first["shippingAddress"] == {**ADDRESS, "line2": "Back", "region": None}
    moved = (await change(house, customer, 2, shippingAddress={"city": "Bonn", "line2": None})).json()
    assert moved["shippingAddress"] == {**ADDRESS, "city": "Bonn", "line2": None, "region": None}
    assert (await change(house, customer, 3, shippingAddress={})).json()["version"] == 3
    gone = (await change(house, customer, 3, shippingAddress=None)).json()
    assert (gone["shippingAddress"], gone["version"]) == (None, 4)


@pytest.mark.parametrize("said", [{}, {"city": "Bonn", "line2": None}, {"name": "A", "line1": "B", "country": "DE"}])
async def test_a_first_address_is_to_be_whole(house: House, said: dict[str, Any]) -> None:
    refused = problem(await change(house, await house.customer(), shippingAddress=said), "business-rule-violation")
    missing = [name for name in ("name", "line1", "city", "postalCode", "country") if name not in said]
    assert [violation["pointer"] for violation in refused["violations"]] == [f"/shippingAddress/{n}" for n in missing]
    assert {violation["code"] for violation in refused["violations"]} == {"address-incomplete"}


@pytest.mark.parametrize(
    ("said", "invalid"),
    [
        ({"email": None, "name": ""}, {"/email": "type", "/name": "too-short"}),
        ({"status": "suspended"}, {"/status": "unknown"}),
        ({"shippingAddress": {"city": None}}, {"/shippingAddress/city": "type"}),
        (
            {"shippingAddress": {"country": "Germany", "x": 1}},
            {
                "/shippingAddress/country": "too-long",
                "/shippingAddress/x": "unknown",
            },
        ),
    ],
)
async def test_what_cannot_be_changed_or_cleared(house: House, said: Any, invalid: dict[str, str]) -> None:
    assert pointers(await change(house, await house.customer(), **said)) == invalid


async def test_an_address_that_another_one_has_is_refused(house: House) -> None:
    await house.customer(email="bob@example.test")
    other = await house.customer(email="rob@example.test")
    taken = problem(await change(house, other, email="BOB@example.test"), "unique-constraint-violation")
    assert taken["fields"] == ["email"]
    assert (await change(house, other, email="ROB@example.test")).json()["email"] == "ROB@example.test"


async def test_a_change_names_the_version_that_it_means(house: House) -> None:
    customer = await house.customer()
    path = f"/v1/customers/{customer['id']}"
    problem(await house.client.patch(path, headers=house.headers, json={}), "precondition-required")
    problem(await change(house, customer, 2, name="Robert"), "stale-version")
    problem(await change(house, {"id": UNKNOWN}, name="Robert"), "resource-not-found")
    stranger = await House.found(house.client, house.container)
    problem(await change(stranger, customer, name="Mine"), "resource-not-found")


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.VIEWER])
async def test_who_only_reads_changes_nothing(house: House, role: Role) -> None:
    customer = await house.customer()
    own = await house.as_role(role, customer=customer["id"])
    path, headers = f"/v1/customers/{customer['id']}", {**own, "If-Match": '"1"'}
    problem(await house.client.patch(path, headers=headers, json={"name": "Me"}), "insufficient-permissions")
