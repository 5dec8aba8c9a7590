"""Secrets are shown once, to whom they belong: no log line has one, and no other answer."""

import logging
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest

from domain.identity.roles import Role
from tests.http.house import PASSWORD, House, Json, Person

NEW_PASSWORD: Final = "another horse battery"
RESET_PASSWORD: Final = "a third horse battery"
WRONG_PASSWORD: Final = "a wrong horse battery"


@dataclass
class Life:
    """Everything that identity does, good and bad; what it was told and shown in secret, and all other answers."""

    house: House
    secrets: set[str] = field(default_factory=lambda: {PASSWORD, NEW_PASSWORD, RESET_PASSWORD, WRONG_PASSWORD})
    answers: list[str] = field(default_factory=list)

    async def does(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = await self.house.call(method, path, body, **headers)
        shown = answer.json() if answer.content else {}
        found = {shown[name] for name in ("accessToken", "refreshToken", "key", "token") if name in shown}
        if not found:
            self.answers.append(answer.text)
        self.secrets |= found
        self.secrets |= {secret.rpartition(".")[2] for secret in found}
        return answer

    async def log_in(self, member: Json, password: str) -> httpx.Response:
        body = {"organization": self.house.slug, "email": member["email"], "password": password}
        return await self.does("POST", "/v1/auth/login", body)

    async def refresh(self, token: str) -> httpx.Response:
        return await self.does("POST", "/v1/auth/refresh", {"refreshToken": token})


async def _lived(house: House) -> Life:
    life, owner = Life(house), house.headers
    life.secrets |= {house.token}
    made = await life.does("POST", "/v1/members", _new_member("mo@example.test", PASSWORD), **owner)
    member = made.json()
    await life.does("POST", "/v1/members", _new_member("mo@example.test", PASSWORD), **owner)
    await life.does("POST", "/v1/members", _new_member("nobody", PASSWORD), **owner)
    await life.log_in(member, WRONG_PASSWORD)
    await life.log_in({"email": "nobody@example.test"}, WRONG_PASSWORD)
    first = (await life.log_in(member, PASSWORD)).json()
    person = Person(house, member, first)
    second = (await life.refresh(first["refreshToken"])).json()
    await life.refresh(first["refreshToken"])
    await life.refresh(second["refreshToken"])
    assert (await life.refresh(first["refreshToken"])).status_code == 401
    await life.refresh(second["refreshToken"])
    await life.refresh(f"{first['refreshToken'][:-1]}!")
    await life.does("POST", "/v1/auth/logout", {"refreshToken": second["refreshToken"]})
    await life.does("GET", "/v1/me", **person.headers)
    again = (await life.log_in(member, PASSWORD)).json()
    headers = Person(house, member, again).headers
    wrong = {"currentPassword": WRONG_PASSWORD, "newPassword": NEW_PASSWORD}
    await life.does("POST", "/v1/auth/password", wrong, **headers)
    await life.does("POST", "/v1/auth/password", {**wrong, "newPassword": f"\0{NEW_PASSWORD}"}, **headers)
    await life.does("POST", "/v1/auth/password", {**wrong, "currentPassword": PASSWORD}, **headers)
    offer = (await life.does("POST", f"/v1/members/{member['id']}/password-reset", **owner)).json()
    reset = {"organization": house.slug, "token": offer["token"], "newPassword": RESET_PASSWORD}
    for _ in range(2):
        await life.does("POST", "/v1/auth/password-reset", reset)
    key = (await life.does("POST", "/v1/api-keys", {"name": "Robot", "role": "viewer"}, **owner)).json()
    robot = {"Authorization": f"Bearer {key['key']}"}
    await life.does("GET", "/v1/me", **robot)
    await life.does("POST", "/v1/products", {}, **robot)
    for path in ("/v1/me", "/v1/members", f"/v1/members/{member['id']}", "/v1/sessions", "/v1/api-keys"):
        await life.does("GET", path, **owner)
    await life.does("DELETE", f"/v1/api-keys/{key['id']}", **owner)
    await life.does("GET", "/v1/me", **robot)
    await life.does("DELETE", f"/v1/members/{member['id']}", **owner)
    await life.does("POST", "/v1/auth/logout-everywhere", **owner)
    return life


def _new_member(email: str, password: str) -> Json:
    return {"email": email, "name": "Mo", "password": password, "role": Role.VIEWER}


async def test_nothing_secret_is_logged_or_answered_twice(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        life = await _lived(house)
    assert len(life.secrets) > 15
    logged = [f"{record.getMessage()} {record.__dict__} {record.exc_text}" for record in caplog.records]
    assert any("log-in refused" in line for line in logged), "we do hear what is logged"
    for what, texts in (("logged", logged), ("answered", life.answers)):
        assert [(what, text) for text in texts for secret in life.secrets if secret in text] == []
