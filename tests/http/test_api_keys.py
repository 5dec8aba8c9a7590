"""API keys: shown once, good as bearer tokens for what their role may do, and refused as soon as they are revoked."""

from typing import Any, Final

import pytest

from application.access import PEOPLE_ONLY
from domain.identity.roles import Role
from tests.http.house import PUBLIC_URL, UNKNOWN, House, Json, pointers, problem, refused_within_a_second

KEY: Final = "id name role prefix createdAt lastUsedAt".split()


async def make(house: House, role: str = "viewer", name: str = "Robot") -> Any:
    return await house.call("POST", "/v1/api-keys", {"name": name, "role": role}, **house.headers)


async def made(house: House, role: str = "viewer", name: str = "Robot") -> tuple[Json, Json]:
    """Return a new key as it is shown, and the headers of who holds it."""
    answer = await make(house, role, name)
    assert answer.status_code == 201, answer.text
    shown: Json = answer.json()
    return shown, {"Authorization": f"Bearer {shown.pop('key')}"}


async def test_a_key_is_shown_once(house: House) -> None:
    answer = await make(house)
    new = answer.json()
    assert (answer.status_code, list(new)) == (201, [*KEY, "key"])
    assert answer.headers["Cache-Control"] == "no-store"
    assert (new["name"], new["role"], new["lastUsedAt"]) == ("Robot", "viewer", None)
    assert new["createdAt"].endswith("Z")
    secret = new.pop("key")
    listed = await house.get("/v1/api-keys")
    assert listed.json()["data"] == [new]
    assert secret not in listed.text


async def test_a_key_says_whose_it_is_and_its_prefix_little_more(house: House) -> None:
    new = (await make(house)).json()
    public, _, secret = new["key"].rpartition(".")
    assert public == f"ow_{house.organization}.{new['id']}"
    assert len(secret) == 43, "32 random bytes"
    assert new["prefix"] == f"{public}.{secret[:4]}"


async def test_no_two_keys_are_one(house: House) -> None:
    assert len({(await make(house)).json()["key"].rpartition(".")[2] for _ in range(3)}) == 3


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_a_key_acts_in_its_role(house: House, role: str) -> None:
    _, headers = await made(house, role)
    me = (await house.call("GET", "/v1/me", **headers)).json()
    assert me == {
        "principal": "api-key",
        "organization": me["organization"],
        "member": None,
        "role": role,
    }
    assert me["organization"]["id"] == str(house.organization)
    product = {"sku": "BY-KEY", "name": "Apple", "unitPrice": 500, "currency": "EUR"}
    assert (await house.call("GET", "/v1/products", **headers)).status_code == 200
    assert (await house.call("POST", "/v1/products", product, **headers)).status_code == (
        403 if role == "viewer" else 201
    )
    key = {"name": "Another", "role": "viewer"}
    assert (await house.call("POST", "/v1/api-keys", key, **headers)).status_code == (201 if role == "admin" else 403)


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
async def test_what_is_for_people_is_not_for_keys(house: House, role: str) -> None:
    _, headers = await made(house, role)
    password = {"currentPassword": "x", "newPassword": "another horse battery"}
    refusals = {
        "logOutEverywhere": await house.call("POST", "/v1/auth/logout-everywhere", **headers),
        "changePassword": await house.call("POST", "/v1/auth/password", password, **headers),
        "listSessions": await house.call("GET", "/v1/sessions", **headers),
        "revokeSession": await house.call("DELETE", f"/v1/sessions/{UNKNOWN}", **headers),
    }
    assert refusals.keys() == PEOPLE_ONLY
    for answer in refusals.values():
        assert problem(answer, "insufficient-permissions")["required"] == []


async def test_a_key_never_does_what_only_owners_do(house: House) -> None:
    _, headers = await made(house, "admin")
    path = f"/v1/members/{house.owner['id']}"
    for answer in (
        await house.call("POST", f"{path}/password-reset", **headers),
        await house.call("DELETE", path, **headers),
    ):
        assert problem(answer, "insufficient-permissions")["required"] == ["owner"]


@pytest.mark.parametrize("role", ["owner", "customer", "root", ""])
async def test_no_key_owns_or_buys(house: House, role: str) -> None:
    assert pointers(await make(house, role)) == {"/role": "not-one-of"}


@pytest.mark.parametrize(
    ("body", "invalid"),
    [
        ({}, {"/name": "missing", "/role": "missing"}),
        ({"name": "", "role": "viewer"}, {"/name": "too-short"}),
        ({"name": "x" * 501, "role": "viewer"}, {"/name": "too-long"}),
        ({"name": "x", "role": "viewer", "key": "ow_mine"}, {"/key": "unknown"}),
    ],
)
async def test_what_a_key_cannot_be(house: House, body: Json, invalid: dict[str, str]) -> None:
    assert pointers(await house.call("POST", "/v1/api-keys", body, **house.headers)) == invalid


async def test_a_key_that_was_used_says_when(house: House) -> None:
    key, headers = await made(house)
    assert (await house.call("GET", "/v1/me", **headers)).status_code == 200
    [after] = (await house.get("/v1/api-keys")).json()["data"]
    assert after["lastUsedAt"] >= key["createdAt"]
    assert {**after, "lastUsedAt": None} == key


async def test_a_revoked_key_is_refused_within_a_second_and_listed_no_more(house: House) -> None:
    (key, headers), (other, others) = await made(house, "admin"), await made(house)
    assert (await house.call("GET", "/v1/me", **headers)).status_code == 200
    answer = await house.call("DELETE", f"/v1/api-keys/{key['id']}", **house.headers)
    assert (answer.status_code, answer.content) == (204, b"")
    await refused_within_a_second(house, headers)
    assert (await house.call("GET", "/v1/me", **others)).status_code == 200
    assert [shown["id"] for shown in (await house.get("/v1/api-keys")).json()["data"]] == [other["id"]]
    again = problem(await house.call("DELETE", f"/v1/api-keys/{key['id']}", **house.headers), "resource-not-found")
    assert (again["resource"], again["id"]) == ("api-key", key["id"])


async def test_a_key_can_end_itself(house: House) -> None:
    key, headers = await made(house, "admin")
    assert (await house.call("DELETE", f"/v1/api-keys/{key['id']}", **headers)).status_code == 204
    await refused_within_a_second(house, headers)


async def test_keys_of_others_are_none(house: House) -> None:
    stranger = await House.found(house.client, house.container)
    key, headers = await made(stranger)
    told = []
    for none in (key["id"], UNKNOWN):
        body = problem(await house.call("DELETE", f"/v1/api-keys/{none}", **house.headers), "resource-not-found")
        told.append({name: str(value).replace(none, "…") for name, value in body.items()} | {"instance": ""})
    assert told[0] == told[1]
    assert (await house.call("GET", "/v1/me", **headers)).json()["organization"]["id"] == str(stranger.organization)
    assert (await house.get("/v1/api-keys")).json()["data"] == []


@pytest.mark.parametrize("spoilt", ["secret", "id", "organization", "prefix", "nothing after it", "cut", "longer"])
async def test_a_key_that_is_not_wholly_right_is_none(house: House, spoilt: str) -> None:
    _, headers = await made(house, "admin")
    other, _ = await made(house)
    stranger = await House.found(house.client, house.container)
    key = headers["Authorization"].removeprefix("Bearer ow_")
    organization, public, secret = key.split(".")
    wrong = {
        "secret": f"ow_{organization}.{public}.{secret[::-1]}",
        "id": f"ow_{organization}.{other['id']}.{secret}",
        "organization": f"ow_{stranger.organization}.{public}.{secret}",
        "prefix": f"OW_{key}",
        "nothing after it": "ow_",
        "cut": f"ow_{key[:-1]}",
        "longer": f"ow_{key}A",
    }[spoilt]
    answer = await house.call("GET", "/v1/me", Authorization=f"Bearer {wrong}")
    problem(answer, "invalid-token")
    assert (await house.call("GET", "/v1/me", **headers)).status_code == 200


async def test_the_list_is_newest_first_in_pages(house: House) -> None:
    keys = [(await made(house, name=name))[0] for name in ("one", "two", "three")][::-1]
    answer = await house.get("/v1/api-keys?limit=2")
    assert list(answer.json()) == ["data", "pagination"]
    assert answer.json()["data"] == keys[:2]
    assert answer.json()["pagination"].items() >= {"hasNextPage": True, "hasPreviousPage": False}.items()
    rest = await house.get(answer.links["next"]["url"].removeprefix(PUBLIC_URL))
    assert rest.json()["data"] == keys[2:]
    assert rest.json()["pagination"].items() >= {"hasNextPage": False, "hasPreviousPage": True}.items()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_members_see_keys_but_do_not_make_them(house: House, role: Role) -> None:
    key, _ = await made(house)
    person = await house.join(role)
    assert (await person.call("GET", "/v1/api-keys")).json()["data"] == [key]
    for answer in (
        await person.call("POST", "/v1/api-keys", {"name": "Mine", "role": "viewer"}),
        await person.call("DELETE", f"/v1/api-keys/{key['id']}"),
    ):
        assert problem(answer, "insufficient-permissions")["required"] == ["admin", "owner"]
