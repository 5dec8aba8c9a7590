"""Customers over HTTP."""

from tests.http.house import ADDRESS, UNKNOWN, House, problem

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
