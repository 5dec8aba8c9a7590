"""Members: who is one, who makes and changes them, and how they come back in after a forgotten password."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from domain.identity.roles import Role
from tests.http.house import PASSWORD, PUBLIC_URL, UNKNOWN, House, Json, Person, pointers, problem

MEMBER: Final = "id email name role customerId createdAt version".split()
NEW_PASSWORD: Final = "another horse battery"


def broken(answer: Any) -> tuple[str, str]:
    """Return where the one broken rule points, and its code."""
    [violation] = problem(answer, "business-rule-violation")["violations"]
    return violation["pointer"], violation["code"]


async def change(house: House, id: str, role: str, *, version: int = 1, by: Json | None = None) -> Any:
    headers = {**(by or house.headers), "If-Match": f'"{version}"'}
    return await house.call("PATCH", f"/v1/members/{id}", {"role": role}, **headers)


async def test_a_new_member_is_shown_and_can_log_in(house: House) -> None:
    body = {"email": "Mo@Example.test", "name": "Mo", "password": PASSWORD, "role": "operator"}
    answer = await house.call("POST", "/v1/members", body, **house.headers)
    made = answer.json()
    assert (answer.status_code, list(made)) == (201, MEMBER)
    assert made | {"id": "", "createdAt": ""} == {
        "id": "",
        "email": "Mo@Example.test",
        "name": "Mo",
        "role": "operator",
        "customerId": None,
        "createdAt": "",
        "version": 1,
    }
    assert made["createdAt"].endswith("Z")
    assert (answer.headers["Location"], answer.headers["ETag"]) == (f"/v1/members/{made['id']}", '"1"')
    read = await house.get(answer.headers["Location"])
    assert (read.status_code, read.json(), read.headers["ETag"]) == (200, made, '"1"')
    me = (await (await house.enter({"email": "mo@example.TEST"})).call("GET", "/v1/me")).json()
    assert (me["member"], me["role"]) == (made, "operator")


@pytest.mark.parametrize("email", ["owner@example.test", "OWNER@example.TEST"])
async def test_an_address_is_one_members(house: House, email: str) -> None:
    answer = await house.add_member(email=email)
    assert problem(answer, "unique-constraint-violation")["fields"] == ["email"]
    elsewhere = await House.found(house.client, house.container)
    assert (await elsewhere.add_member(email="mo@example.test")).status_code == 201


async def test_a_customers_login_acts_for_its_record(house: House) -> None:
    customer = await house.customer()
    answer = await house.add_member(Role.CUSTOMER, customerId=customer["id"])
    assert (answer.status_code, answer.json()["customerId"]) == (201, customer["id"])
    me = (await (await house.enter(answer.json())).call("GET", "/v1/me")).json()
    assert (me["role"], me["member"]["customerId"]) == ("customer", customer["id"])


async def test_a_customers_login_needs_a_customer_of_the_house(house: House) -> None:
    elsewhere = await (await House.found(house.client, house.container)).customer()
    for unknown in (UNKNOWN, elsewhere["id"]):
        answer = await house.add_member(Role.CUSTOMER, customerId=unknown)
        assert broken(answer) == ("/customerId", "customer-not-found")
    assert broken(await house.add_member(Role.CUSTOMER, customerId=None)) == ("/customerId", "customer-required")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER])
async def test_nobody_else_acts_for_a_customer(house: House, role: Role) -> None:
    customer = await house.customer()
    assert broken(await house.add_member(role, customerId=customer["id"])) == ("/customerId", "customer-not-allowed")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "nobody", "format"),
        ("email", f"{'x' * 251}@x.y", "too-long"),
        ("email", None, "type"),
        ("name", "", "too-short"),
        ("name", "a\0b", "format"),
        ("password", "x" * 14, "too-short"),
        ("password", "x" * 129, "too-long"),
        ("role", "root", "not-one-of"),
        ("role", "Owner", "not-one-of"),
        ("role", ["owner"], "type"),
        ("customerId", "42", "too-short"),
        ("customer_id", UNKNOWN, "unknown"),
        ("version", 7, "unknown"),
    ],
)
async def test_what_a_member_cannot_be(house: House, field: str, value: object, code: str) -> None:
    assert pointers(await house.add_member(**{field: value})) == {f"/{field}": code}


async def test_a_member_is_all_that_the_contract_says(house: House) -> None:
    needed = dict.fromkeys(("/email", "/name", "/password", "/role"), "missing")
    assert pointers(await house.call("POST", "/v1/members", {}, **house.headers)) == needed


async def test_the_list_is_newest_first_in_pages(house: House) -> None:
    joined = [(await house.add_member()).json() for _ in range(3)]
    whole = [*joined[::-1], house.owner]
    answer = await house.get("/v1/members?limit=3")
    assert list(answer.json()) == ["data", "pagination"]
    assert answer.json()["data"] == whole[:3]
    assert answer.json()["pagination"].items() >= {"hasNextPage": True, "hasPreviousPage": False}.items()
    rest = await house.get(answer.links["next"]["url"].removeprefix(PUBLIC_URL))
    assert rest.json()["data"] == whole[3:]
    back = await house.get(rest.links["prev"]["url"].removeprefix(PUBLIC_URL))
    assert back.json()["data"] == whole[:3]


async def test_another_role_is_a_new_version(house: House) -> None:
    member = (await house.add_member()).json()
    answer = await change(house, member["id"], "operator")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json() == {**member, "role": "operator", "version": 2}
    assert (await house.get(f"/v1/members/{member['id']}")).json() == answer.json()
    person = await house.enter(member)
    assert (await person.call("GET", "/v1/me")).json()["role"] == "operator"


@pytest.mark.parametrize("body", [{"role": "viewer"}, {}])
async def test_no_change_is_no_version_and_ends_no_session(house: House, body: Json) -> None:
    person = await house.join(Role.VIEWER)
    headers = {**house.headers, "If-Match": '"1"'}
    answer = await house.call("PATCH", f"/v1/members/{person.id}", body, **headers)
    assert (answer.status_code, answer.json(), answer.headers["ETag"]) == (200, person.member, '"1"')
    assert await person.is_in()


async def test_a_change_says_of_which_version(house: House) -> None:
    member = (await house.add_member()).json()
    path = f"/v1/members/{member['id']}"
    problem(await house.call("PATCH", path, {"role": "operator"}, **house.headers), "precondition-required")
    stale = problem(await change(house, member["id"], "operator", version=2), "stale-version")
    assert (stale["expected"], stale["actual"]) == (2, 1)
    await change(house, member["id"], "operator")
    again = problem(await change(house, member["id"], "admin"), "stale-version")
    assert (again["expected"], again["actual"]) == (1, 2)
    assert (await house.get(path)).json()["role"] == "operator"


async def test_a_change_of_nobody_is_no_change(house: House) -> None:
    assert problem(await change(house, UNKNOWN, "viewer"), "resource-not-found")["resource"] == "member"


@pytest.mark.parametrize(
    ("body", "invalid"),
    [
        ({"role": None}, {"/role": "type"}),
        ({"role": "root"}, {"/role": "not-one-of"}),
        ({"name": "X"}, {"/name": "unknown"}),
        ({"customerId": UNKNOWN}, {"/customerId": "unknown"}),
    ],
)
async def test_only_the_role_can_be_changed(house: House, body: Json, invalid: dict[str, str]) -> None:
    headers = {**house.headers, "If-Match": '"1"'}
    assert pointers(await house.call("PATCH", f"/v1/members/{house.owner['id']}", body, **headers)) == invalid


async def test_a_customers_login_stays_one(house: House) -> None:
    customer, viewer = await house.join(Role.CUSTOMER), await house.join(Role.VIEWER)
    assert broken(await change(house, customer.id, "viewer")) == ("/role", "customer-role-fixed")
    assert broken(await change(house, viewer.id, "customer")) == ("/role", "customer-role-fixed")


async def test_only_owners_make_change_and_log_out_owners(house: House) -> None:
    admin, viewer = await house.join(Role.ADMIN), await house.join(Role.VIEWER)
    owner = f"/v1/members/{house.owner['id']}"
    new = {"email": "x@example.test", "name": "X", "password": PASSWORD, "role": "owner"}
    refusals = [
        await admin.call("POST", "/v1/members", new),
        await change(house, house.owner["id"], "viewer", by=admin.headers),
        await change(house, viewer.id, "owner", by=admin.headers),
        await change(house, admin.id, "owner", by=admin.headers),
        await admin.call("DELETE", owner),
        await admin.call("POST", f"{owner}/logout-everywhere"),
        await admin.call("POST", f"{owner}/password-reset"),
    ]
    for answer in refusals:
        assert problem(answer, "insufficient-permissions")["required"] == ["owner"]
    assert (await house.get(owner)).json() == house.owner


async def test_admins_do_all_of_it_with_everybody_else(house: House) -> None:
    admin = await house.join(Role.ADMIN)
    for role in (Role.CUSTOMER, Role.VIEWER, Role.OPERATOR, Role.ADMIN):
        person = await house.join(role)
        path = f"/v1/members/{person.id}"
        assert (await admin.call("POST", f"{path}/password-reset")).status_code == 201
        assert (await admin.call("POST", f"{path}/logout-everywhere")).status_code == 204
        assert (await admin.call("DELETE", path)).status_code == 204


async def test_the_last_owner_stays(house: House) -> None:
    me = house.owner["id"]
    assert broken(await change(house, me, "admin")) == ("/role", "last-owner")
    assert broken(await house.call("DELETE", f"/v1/members/{me}", **house.headers)) == ("", "last-owner")
    other = await house.join(Role.OWNER)
    assert (await change(house, me, "admin")).status_code == 200
    assert broken(await change(house, other.id, "admin", by=other.headers)) == ("/role", "last-owner")


async def test_an_owner_who_is_gone_is_none_to_lean_on(house: House) -> None:
    other = await house.join(Role.OWNER)
    assert (await house.call("DELETE", f"/v1/members/{other.id}", **house.headers)).status_code == 204
    answer = await house.call("DELETE", f"/v1/members/{house.owner['id']}", **house.headers)
    assert broken(answer) == ("", "last-owner")


async def test_who_is_removed_is_no_member(house: House) -> None:
    person = await house.join()
    path = f"/v1/members/{person.id}"
    answer = await house.call("DELETE", path, **house.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    gone = [
        await house.get(path),
        await house.call("DELETE", path, **house.headers),
        await change(house, person.id, "operator", version=2),
        await house.call("POST", f"{path}/logout-everywhere", **house.headers),
        await house.call("POST", f"{path}/password-reset", **house.headers),
    ]
    assert {problem(answer, "resource-not-found")["resource"] for answer in gone} == {"member"}
    assert (await house.get("/v1/members")).json()["data"] == [house.owner]
    problem(await house.log_in(person.member["email"]), "invalid-credentials")


async def test_who_is_removed_leaves_the_address_to_others(house: House) -> None:
    person = await house.join()
    await house.call("DELETE", f"/v1/members/{person.id}", **house.headers)
    again = await house.add_member(email=person.member["email"])
    assert again.status_code == 201
    assert again.json()["id"] != person.id
    assert await (await house.enter(again.json())).is_in()


async def test_a_removal_may_say_of_which_version(house: House) -> None:
    member = (await house.add_member()).json()
    path = f"/v1/members/{member['id']}"
    stale = await house.call("DELETE", path, **house.headers, **{"If-Match": '"9"'})
    assert problem(stale, "stale-version").items() >= {"expected": 9, "actual": 1}.items()
    assert (await house.call("DELETE", path, **house.headers, **{"If-Match": '"1"'})).status_code == 204


async def test_who_removes_oneself_is_out(house: House) -> None:
    admin = await house.join(Role.ADMIN)
    assert (await admin.call("DELETE", f"/v1/members/{admin.id}")).status_code == 204
    assert await admin.is_out()


@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"role": "operator"}),
        ("DELETE", "", None),
        ("POST", "/logout-everywhere", None),
        ("POST", "/password-reset", None),
    ],
)
async def test_members_of_others_are_nobody(house: House, method: str, below: str, body: Json | None) -> None:
    theirs = (await House.found(house.client, house.container)).owner["id"]
    told = []
    for nobody in (theirs, UNKNOWN):
        headers = {**house.headers, "If-Match": '"1"'}
        answer = await house.call(method, f"/v1/members/{nobody}{below}", body, **headers)
        told.append({k: str(v).replace(nobody, "…") for k, v in problem(answer, "resource-not-found").items()})
    assert {**told[0], "instance": ""} == {**told[1], "instance": ""}


async def _offer(house: House, person: Person) -> Json:
    answer = await house.call("POST", f"/v1/members/{person.id}/password-reset", **house.headers)
    assert answer.status_code == 201, answer.text
    offer: Json = answer.json()
    return offer


async def _redeem(house: House, token: str, *, slug: str | None = None, new: str = NEW_PASSWORD) -> Any:
    body = {"organization": slug or house.slug, "token": token, "newPassword": new}
    return await house.call("POST", "/v1/auth/password-reset", body)


async def test_a_reset_is_offered_as_a_token_shown_once(house: House) -> None:
    person = await house.join()
    answer = await house.call("POST", f"/v1/members/{person.id}/password-reset", **house.headers)
    offer = answer.json()
    assert (answer.status_code, list(offer)) == (201, ["token", "expiresAt"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    good_for = datetime.fromisoformat(offer["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < good_for <= timedelta(hours=1, seconds=5)
    assert await person.is_in(), "an offer alone ends nothing"
    assert await (await person.logs_in_again()).is_in()


async def test_redeeming_sets_the_password_once(house: House) -> None:
    person = await house.join()
    offer = await _offer(house, person)
    answer = await _redeem(house, offer["token"])
    assert (answer.status_code, answer.content) == (204, b"")
    problem(await house.log_in(person.member["email"]), "invalid-credentials")
    assert await (await house.enter(person.member, NEW_PASSWORD)).is_in()
    again = await _redeem(house, offer["token"], new="a third horse battery")
    problem(again, "invalid-token")
    assert again.headers["WWW-Authenticate"].startswith("Bearer ")
    assert await (await house.enter(person.member, NEW_PASSWORD)).is_in()


async def test_a_later_offer_replaces_the_earlier(house: House) -> None:
    person = await house.join()
    first, second = await _offer(house, person), await _offer(house, person)
    problem(await _redeem(house, first["token"]), "invalid-token")
    assert (await _redeem(house, second["token"])).status_code == 204


async def test_a_change_of_password_ends_an_offer(house: House) -> None:
    person = await house.join()
    offer = await _offer(house, person)
    body = {"currentPassword": PASSWORD, "newPassword": "a third horse battery"}
    assert (await person.call("POST", "/v1/auth/password", body)).status_code == 204
    problem(await _redeem(house, offer["token"]), "invalid-token")


async def test_removal_ends_an_offer(house: House) -> None:
    person = await house.join()
    offer = await _offer(house, person)
    await house.call("DELETE", f"/v1/members/{person.id}", **house.headers)
    problem(await _redeem(house, offer["token"]), "invalid-token")


@pytest.mark.parametrize(
    "spoilt",
    ["slug of another", "slug of nobody", "secret", "member", "organization", "refresh token", "word"],
)
async def test_a_reset_that_is_not_wholly_right_is_refused_and_stays_good(house: House, spoilt: str) -> None:
    person, other = await house.join(), await House.found(house.client, house.container)
    token = (await _offer(house, person))["token"]
    prefix, organization, member, secret = token.split(".")
    slug, wrong = {
        "slug of another": (other.slug, token),
        "slug of nobody": ("nobody-at-all", token),
        "secret": (house.slug, f"{prefix}.{organization}.{member}.{'A' * len(secret)}"),
        "member": (house.slug, f"{prefix}.{organization}.{house.owner['id']}.{secret}"),
        "organization": (other.slug, f"{prefix}.{other.organization}.{member}.{secret}"),
        "refresh token": (house.slug, person.tokens["refreshToken"]),
        "word": (house.slug, "x"),
    }[spoilt]
    problem(await _redeem(house, wrong, slug=slug), "invalid-token")
    assert (await _redeem(house, token)).status_code == 204


async def test_an_offer_is_a_version_and_opens_no_door(house: House) -> None:
    person = await house.join()
    token = (await _offer(house, person))["token"]
    assert (await house.get(f"/v1/members/{person.id}")).json()["version"] == 2
    problem(await house.call("GET", "/v1/me", Authorization=f"Bearer {token}"), "invalid-token")
