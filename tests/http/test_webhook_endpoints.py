"""Webhook endpoints over HTTP: what an admin does with them, what a viewer sees, and what nobody sees."""

from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from domain.identity.roles import Role
from tests.http.house import House, pointers, problem

URL = "https://hooks.example.com/orders"
SHOWN = ["id", "url", "eventTypes", "status", "createdAt", "version"]


async def made(house: House, **more: Any) -> dict[str, Any]:
    answer = await house.post("/v1/webhook-endpoints", {"url": URL, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def change(house: House, id: str, version: int, /, **said: Any) -> Any:
    headers = {**house.headers, "If-Match": f'"{version}"'}
    return await house.call("PATCH", f"/v1/webhook-endpoints/{id}", said, **headers)


async def test_the_secret_is_shown_when_it_is_made_and_never_again(house: House) -> None:
    answer = await house.post("/v1/webhook-endpoints", {"url": URL, "eventTypes": ["order.*", "stock.adjusted"]})
    body = answer.json()
    where = f"/v1/webhook-endpoints/{body['id']}"
    assert (answer.status_code, answer.headers["Location"], answer.headers["ETag"]) == (201, where, '"1"')
    assert answer.headers["Cache-Control"] == "no-store"
    assert list(body) == [*SHOWN, "secret"]
    assert body.items() >= {"url": URL, "eventTypes": ["order.*", "stock.adjusted"], "status": "enabled"}.items()
    secret = body.pop("secret")
    assert secret.startswith("whsec_")
    Webhook(secret)
    read = await house.get(where)
    assert (read.json(), read.headers["ETag"]) == (body, '"1"')
    assert (await house.get("/v1/webhook-endpoints")).json()["data"] == [body]
    assert secret not in (await change(house, body["id"], 1, status="disabled")).text
    unchanged = await house.call("GET", where, **house.headers, **{"If-None-Match": '"2"'})
    assert unchanged.status_code == 304


async def test_rotating_shows_another_one(house: House) -> None:
    one = await made(house)
    path = f"/v1/webhook-endpoints/{one['id']}/rotate-secret"
    answer = await house.post(path)
    body = answer.json()
    assert (answer.status_code, answer.headers["ETag"], answer.headers["Cache-Control"]) == (200, '"2"', "no-store")
    assert list(body) == [*SHOWN, "secret"]
    assert body["secret"] != one["secret"]
    stale = await house.call("POST", path, **house.headers, **{"If-Match": '"1"'})
    assert problem(stale, "stale-version").items() >= {"expected": 1, "actual": 2}.items()


async def test_without_types_it_is_told_everything(house: House) -> None:
    assert (await made(house))["eventTypes"] == []
    one = await made(house, eventTypes=["order.placed", "order.placed"])
    assert one["eventTypes"] == ["order.placed"]
    assert (await change(house, one["id"], 1, eventTypes=[])).json()["eventTypes"] == []


async def test_a_merge_patch_changes_what_it_names(house: House) -> None:
    one = await made(house, eventTypes=["order.*"])
    changed = await change(house, one["id"], 1, status="disabled")
    now = {name: one[name] for name in SHOWN} | {"status": "disabled", "version": 2}
    assert (changed.status_code, changed.headers["ETag"], changed.json()) == (200, '"2"', now)
    assert (await change(house, one["id"], 2)).json() == now
    again = await change(house, one["id"], 2, status="enabled", url="https://b.example.com/")
    assert again.json().items() >= {"status": "enabled", "url": "https://b.example.com/", "version": 3}.items()
    problem(await change(house, one["id"], 2, status="disabled"), "stale-version")
    no_version = await house.call("PATCH", f"/v1/webhook-endpoints/{one['id']}", {"status": "enabled"}, **house.headers)
    problem(no_version, "precondition-required")


async def test_what_is_not_written_as_it_must_be(house: House) -> None:
    one = await made(house)
    for url, code in (("", "too-short"), ("ftp://x.example.com", "format"), ("https://ⓛocalhost/", "format"),
                      ("https://a b.example.com", "format"), ("https://a.example.com/\n", "format"),
                      ("https://x.example.com/" + "a" * 2048, "too-long"), (7, "type"), (None, "type")):  # fmt: skip
        body = {"url": url}
        assert pointers(await house.post("/v1/webhook-endpoints", body)) == {"/url": code}, url
        assert pointers(await change(house, one["id"], 1, **body)) == {"/url": code}, url
    wrong = {"url": URL, "eventTypes": ["order.eaten", "*"], "secret": "whsec_mine"}
    assert pointers(await house.post("/v1/webhook-endpoints", wrong)) == {
        "/eventTypes/0": "not-one-of", "/eventTypes/1": "not-one-of", "/secret": "unknown",
    }  # fmt: skip
    assert pointers(await change(house, one["id"], 1, status="gone")) == {"/status": "not-one-of"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "url-not-https"),
        ("https://127.0.0.1/", "url-not-public"),
        ("https://[::ffff:10.0.0.1]/", "url-not-public"),
        ("https://169.254.169.254/latest/meta-data", "url-not-public"),
        ("https://localhost:8000/v1/orders", "url-not-public"),
        ("https://127.1/", "url-invalid"),
        ("https://hooks.example.com@127.0.0.1/", "url-invalid"),
        ("https://127%2e0.0.1/", "url-invalid"),
        ("https://localhost./", "url-invalid"),
    ],
)
async def test_where_nothing_is_sent(house: House, url: str, code: str) -> None:
    one = await made(house)
    for answer in (await house.post("/v1/webhook-endpoints", {"url": url}), await change(house, one["id"], 1, url=url)):
        (violation,) = problem(answer, "business-rule-violation")["violations"]
        assert (violation["pointer"], violation["code"]) == ("/url", code)
    assert [each["id"] for each in (await house.get("/v1/webhook-endpoints")).json()["data"]] == [one["id"]]


async def test_what_is_removed_is_not_there(house: House) -> None:
    one, other = await made(house), await made(house)
    path = f"/v1/webhook-endpoints/{one['id']}"
    problem(await house.call("DELETE", path, **house.headers, **{"If-Match": '"3"'}), "stale-version")
    assert (await house.call("DELETE", path, **house.headers)).status_code == 204
    for answer in (
        await house.call("DELETE", path, **house.headers),
        await house.get(path),
        await house.post(f"{path}/rotate-secret"),
        await change(house, one["id"], 1, status="enabled"),
    ):
        assert problem(answer, "resource-not-found")["resource"] == "webhook-endpoint"
    assert [each["id"] for each in (await house.get("/v1/webhook-endpoints")).json()["data"]] == [other["id"]]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_members_see_endpoints_but_neither_secrets_nor_changes(house: House, role: Role) -> None:
    one = await made(house)
    person, path = await house.join(role), f"/v1/webhook-endpoints/{one['id']}"
    shown = {name: one[name] for name in SHOWN}
    assert (await person.call("GET", path)).json() == shown
    assert (await person.call("GET", "/v1/webhook-endpoints")).json()["data"] == [shown]
    for answer in (
        await person.call("POST", "/v1/webhook-endpoints", {"url": URL}),
        await person.call("POST", f"{path}/rotate-secret"),
        await person.call("PATCH", path, {"status": "disabled"}, **{"If-Match": '"1"'}),
        await person.call("DELETE", path),
    ):
        assert problem(answer, "insufficient-permissions")["required"] == ["admin", "owner"]
