"""Signing up, logging in, and who one is, over HTTP."""

from dataclasses import replace

import pytest
from dishka import Provider
from litestar.testing import AsyncTestClient

from domain.identity.roles import Role
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.http.house import PASSWORD, House, pointers, problem

OWNER = {"email": "ada@example.test", "name": "Ada", "password": PASSWORD}


async def test_signing_up_founds_an_organization_with_its_owner(house: House) -> None:
    body = {"name": "Acme", "slug": "acme", "currency": "CHF", "sandbox": True, "owner": OWNER}
    answer = await house.client.post("/v1/organizations", json=body)
    made = answer.json()
    assert answer.status_code == 201
    assert list(made) == ["organization", "member"]
    assert list(made["organization"]) == "id name slug currency sandbox".split()
    assert list(made["member"]) == "id email name role customerId createdAt version".split()
    assert made["organization"].items() >= {"name": "Acme", "slug": "acme", "currency": "CHF", "sandbox": True}.items()
    assert (made["member"]["role"], made["member"]["customerId"]) == ("owner", None)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_slug_is_taken_once(house: House) -> None:
    body = {"name": "Acme", "slug": house.slug, "currency": "EUR", "owner": OWNER}
    answer = await house.client.post("/v1/organizations", json=body)
    assert problem(answer, "unique-constraint-violation")["fields"] == ["slug"]


async def test_closed_to_strangers_means_nobody_signs_up(settings: Settings, quick: Provider) -> None:
    closed = replace(settings, signup_open=False)
    async with AsyncTestClient(create_app(container_of(closed, quick, store="memory"), closed)) as client:
        body = {"name": "Acme", "slug": "acme", "currency": "EUR", "owner": OWNER}
        assert problem(await client.post("/v1/organizations", json=body), "insufficient-permissions")["required"] == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("currency", "eur", "format"),
        ("currency", "XXX", "format"),
        ("currency", "EURO", "too-long"),
        ("slug", "Acme", "format"),
        ("slug", "a--b", "format"),
        ("slug", "acme\n", "format"),
        ("name", "", "too-short"),
        ("name", "x" * 501, "too-long"),
        ("name", "a\x00b", "format"),
        ("sandbox", "yes", "type"),
        ("owner/password", "x" * 14, "too-short"),
        ("owner/password", "x" * 129, "too-long"),
        ("owner/email", "nobody", "format"),
        ("owner/email", "a@b\n", "format"),
    ],
)
async def test_what_an_organization_cannot_be(house: House, field: str, value: object, code: str) -> None:
    body = {"name": "Acme", "slug": "acme-x", "currency": "EUR", "owner": dict(OWNER)}
    room, name = (body["owner"], field[6:]) if field.startswith("owner/") else (body, field)
    room[name] = value  # type: ignore[index]
    assert pointers(await house.client.post("/v1/organizations", json=body)) == {f"/{field}": code}


async def test_logging_in_gives_a_bearer_token_that_nobody_may_keep(house: House) -> None:
    body = {"organization": house.slug, "email": "OWNER@example.test", "password": PASSWORD}
    answer = await house.client.post("/v1/auth/login", json=body)
    assert answer.status_code == 200
    assert list(answer.json()) == "accessToken tokenType expiresIn refreshToken refreshExpiresIn".split()
    assert (answer.json()["tokenType"], answer.json()["expiresIn"]) == ("Bearer", 900)
    assert answer.json()["refreshExpiresIn"] == 7 * 24 * 3600
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wrong", ["organization", "email", "password"])
async def test_whatever_is_wrong_the_answer_is_the_same(house: House, wrong: str) -> None:
    right = {"organization": house.slug, "email": "owner@example.test", "password": PASSWORD}
    answer = await house.client.post("/v1/auth/login", json={**right, wrong: "something-else"})
    body = problem(answer, "invalid-credentials")
    assert body["detail"] == "The organization, the e-mail address or the password is wrong."
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_me_is_who_calls(house: House) -> None:
    me = (await house.get("/v1/me")).json()
    assert list(me) == ["principal", "organization", "member", "role"]
    assert (me["principal"], me["role"]) == ("user", "owner")
    assert me["organization"]["id"] == str(house.organization)
    assert me["member"] == house.owner


async def test_a_member_who_is_gone_is_still_its_token(house: House) -> None:
    me = (await house.client.get("/v1/me", headers=await house.as_role(Role.VIEWER))).json()
    assert (me["member"], me["role"]) == (None, "viewer")
