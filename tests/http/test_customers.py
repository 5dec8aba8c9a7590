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


@pytest.mark.parametrize("domain", ["erased.invalid", "Erased.INVALID"])
async def test_nobody_takes_the_address_that_another_gets_when_it_is_erased(house: House, domain: str) -> None:
    victim, other = await house.customer(), await house.customer()
    squat = {"email": f"erased-{victim['id']}@{domain}", "name": "Mallory"}
    created = await house.post("/v1/customers", squat)
    headers = {**house.headers, "If-Match": '"1"'}
    changed = await house.call("PATCH", f"/v1/customers/{other['id']}", squat, **headers)
    assert pointers(created) == pointers(changed) == {"/email": "invalid"}
    assert (await house.post(f"/v1/customers/{victim['id']}/erase")).json()["status"] == "erased"


async def test_suspending_and_reactivating(house: House) -> None:
    path = f"/v1/customers/{(await house.customer())['id']}"
    suspended = await house.post(f"{path}/suspend")
    assert (suspended.status_code, suspended.headers["ETag"]) == (200, '"2"')
    assert suspended.json()["status"] == "suspended"
    again = problem(await house.post(f"{path}/suspend", {}), "invalid-state-transition")
    assert (again["current"], again["action"], again["allowed"]) == ("suspended", "suspend", ["reactivate", "erase"])
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


async def test_who_is_erased_leaves_orders_and_sums(house: House) -> None:
    draft = await house.draft(note="Ring twice")
    path = f"/v1/customers/{draft['customerId']}"
    order = (await house.post("/v1/orders", draft)).json()
    answer = await house.post(f"{path}/erase", If_Match='"1"')
    erased = answer.json()
    assert (answer.status_code, answer.headers["ETag"], list(erased)) == (200, '"2"', CUSTOMER)
    assert (erased["status"], erased["name"], erased["shippingAddress"]) == ("erased", "erased", None)
    assert erased["email"] == f"erased-{draft['customerId']}@erased.invalid"
    assert (await house.get(path)).json() == erased
    after = (await house.get(f"/v1/orders/{order['id']}", **{"If-None-Match": '"1"'})).json()
    blank = dict.fromkeys(("name", "line1", "city", "postalCode"), "erased")
    assert after["shippingAddress"] == {**blank, "line2": None, "region": None, "country": ADDRESS["country"]}
    assert (after["note"], after["version"]) == (None, 2)
    assert (after["total"], after["lines"], after["status"]) == (order["total"], order["lines"], order["status"])
    timeline = (await house.get(f"/v1/orders/{order['id']}/timeline")).json()["data"]
    assert [(entry["type"], entry["sequence"]) for entry in timeline] == [("order.placed", 1), ("order.changed", 2)]
    assert (timeline[0]["data"]["shippingAddress"], timeline[0]["data"]["note"]) == (None, None)
    assert "Ring twice" not in f"{timeline}"


async def test_the_erased_stay_so(house: House) -> None:
    draft = await house.draft()
    path = f"/v1/customers/{draft['customerId']}"
    await house.post(f"{path}/erase")
    for verb in ("erase", "suspend", "reactivate"):
        refused = problem(await house.post(f"{path}/{verb}"), "invalid-state-transition")
        assert (refused["current"], refused["action"], refused["allowed"]) == ("erased", verb, [])
    changed = await change(house, {"id": draft["customerId"]}, 2, name="Bob")
    assert problem(changed, "invalid-state-transition")["action"] == "change"
    [violation] = problem(await house.post("/v1/orders", draft), "business-rule-violation")["violations"]
    assert (violation["code"], violation["pointer"]) == ("customer-not-found", "/customerId")


async def test_who_logged_in_for_the_erased_is_out(house: House) -> None:
    customer = await house.customer()
    person = await house.join(Role.CUSTOMER, customerId=customer["id"])
    await house.post(f"/v1/customers/{customer['id']}/erase")
    assert await person.is_out()
    problem(await house.log_in(person.member["email"]), "invalid-credentials")
    problem(await house.get(f"/v1/members/{person.id}"), "resource-not-found")
    late = await house.add_member(Role.CUSTOMER, customerId=customer["id"])
    [violation] = problem(late, "business-rule-violation")["violations"]
    assert violation["code"] == "customer-not-found"


async def test_erasing_names_a_customer_and_perhaps_its_version(house: House) -> None:
    customer = await house.customer()
    problem(await house.post(f"/v1/customers/{customer['id']}/erase", If_Match='"2"'), "stale-version")
    problem(await house.post(f"/v1/customers/{UNKNOWN}/erase"), "resource-not-found")
    viewer = await house.as_role(Role.VIEWER)
    path = f"/v1/customers/{customer['id']}/erase"
    problem(await house.call("POST", path, {}, **viewer), "insufficient-permissions")
