"""What is taken there is free here: nothing is unique across organizations, but the slug of an organization."""

import pytest

from tests.http.house import problem
from tests.tenants.street import Street, plain, same
from tests.tenants.things import logged_in

UNIQUE = {
    "createProduct": ("body/sku", "products", "sku"),
    "createCustomer": ("body/email", "customers", "email"),
    "addMember": ("body/email", "members", "email"),
    "placeOrder": ("body/externalReference", "orders", "external_reference"),
}


@pytest.mark.parametrize("caller", ["owner", "key"])
@pytest.mark.parametrize("operation", UNIQUE)
async def test_what_they_have_taken_is_free_for_us_and_once_only(street: Street, operation: str, caller: str) -> None:
    place, table, column = UNIQUE[operation]
    free = (
        f"SELECT {column} FROM {table} WHERE organization_id = $1 AND {column} IS NOT NULL EXCEPT "
        f"SELECT {column} FROM {table} WHERE organization_id = $2 LIMIT 1"
    )
    before = await street.their_rows()
    taken = await street.behind.fetchval(free, street.theirs.organization, street.ours.organization)
    street.marks -= {plain(taken)}  # from now on it names something of ours, too
    names = {**street.prepared[operation, "spare"], place: taken}
    assert (await street.ask(operation, caller, names)).status_code == 201
    refused = problem(await street.ask(operation, caller, names), "unique-constraint-violation")
    assert refused["fields"] == [place.removeprefix("body/")]
    assert await street.their_rows() == before


async def test_a_slug_is_taken_by_whomever(street: Street) -> None:
    """The one thing that says that another organization is there: its name at the door."""
    said = []
    for house in (street.theirs, street.ours):
        refused = await street.ask("signUp", "anybody", {"body/slug": house.slug})
        assert problem(refused, "unique-constraint-violation")["fields"] == ["slug"]
        said.append(same(refused, house.slug))
    assert said[0] == said[1]


async def test_one_e_mail_address_enters_two_houses_each_by_its_own_door(street: Street) -> None:
    assert street.ours.owner["email"] == street.theirs.owner["email"]
    tokens = await logged_in(street.ours, street.ours.owner["email"])
    me = await street.send("GET", "/v1/me", {"Authorization": f"Bearer {tokens['accessToken']}"})
    assert me.json()["organization"]["id"] == str(street.ours.organization)


async def test_their_key_for_a_request_is_free_for_us(street: Street) -> None:
    """An Idempotency-Key belongs to whoever sent it."""
    key = {"Idempotency-Key": "their-own-key-for-this-order"}
    theirs = await street.theirs.client.post(
        "/v1/orders", json=await street.theirs.draft(), headers={**street.theirs.headers, **key}
    )
    assert theirs.status_code == 201
    street.marks |= {plain(theirs.json()[name]) for name in ("id", "number")}
    for caller in ("owner", "key"):
        ours = await street.ask("placeOrder", caller, street.prepared["placeOrder", "spare"], key)
        assert ours.status_code == 201
        assert "Idempotency-Replayed" not in ours.headers
