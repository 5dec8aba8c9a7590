"""Sessions: tokens are given, renewed once and taken away; what is over is over everywhere within a second."""

from collections.abc import Awaitable, Callable
from typing import Final

import pytest

from domain.identity.roles import Role
from tests.http.house import PASSWORD, PUBLIC_URL, UNKNOWN, House, Json, Person, pointers, problem

SIGNED_IN: Final = "accessToken tokenType expiresIn refreshToken refreshExpiresIn".split()
WEEK: Final = 7 * 24 * 3600
NEW_PASSWORD: Final = "another horse battery"


async def refreshed(house: House, token: str) -> Json:
    answer = await house.call("POST", "/v1/auth/refresh", {"refreshToken": token})
    assert answer.status_code == 200, answer.text
    tokens: Json = answer.json()
    return tokens


async def refused(house: House, token: str) -> str:
    """Return the slug with which this refresh token is refused."""
    answer = await house.call("POST", "/v1/auth/refresh", {"refreshToken": token})
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:7]) == (401, "Bearer ")
    return str(answer.json()["type"]).rpartition("/")[2]


async def test_a_session_begins_with_both_tokens(house: House) -> None:
    answer = await house.log_in(house.owner["email"], **house.headers)
    tokens = answer.json()
    assert list(tokens) == SIGNED_IN
    assert (tokens["tokenType"], tokens["expiresIn"], tokens["refreshExpiresIn"]) == ("Bearer", 900, WEEK)
    assert tokens["refreshToken"].startswith(f"rt1.{house.organization}.")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


async def test_refreshing_gives_two_new_tokens_that_nobody_may_keep(house: House) -> None:
    person = await house.enter_owner()
    answer = await person.call("POST", "/v1/auth/refresh", {"refreshToken": person.tokens["refreshToken"]})
    renewed = answer.json()
    assert (answer.status_code, list(renewed)) == (200, SIGNED_IN)
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {renewed["accessToken"], renewed["refreshToken"]} & set(map(str, person.tokens.values()))
    assert renewed["refreshExpiresIn"] == WEEK
    assert await Person(house, house.owner, renewed).is_in()
    assert await person.is_in(), "an access token outlives the refresh token that came with it"


async def test_a_lost_answer_can_be_asked_for_again(house: House) -> None:
    person = await house.enter_owner()
    first = await refreshed(house, person.tokens["refreshToken"])
    again = await refreshed(house, person.tokens["refreshToken"])
    assert again["refreshToken"] == first["refreshToken"]
    assert await Person(house, house.owner, again).is_in()
    await refreshed(house, first["refreshToken"])


@pytest.mark.parametrize("back", [2, 3])
async def test_an_older_token_gives_the_thief_away_and_ends_the_session(house: House, back: int) -> None:
    person = await house.enter_owner()
    chain = [person.tokens]
    for _ in range(3):
        chain.append(await refreshed(house, chain[-1]["refreshToken"]))
    assert await refused(house, chain[-1 - back]["refreshToken"]) == "token-reuse-detected"
    for tokens in chain:
        assert await refused(house, tokens["refreshToken"]) == "token-reuse-detected"
        assert await Person(house, house.owner, tokens).is_out()


async def test_a_theft_ends_one_session_only(house: House) -> None:
    robbed, other = await house.enter_owner(), await house.enter_owner()
    second = await refreshed(house, robbed.tokens["refreshToken"])
    await refreshed(house, second["refreshToken"])
    assert await refused(house, robbed.tokens["refreshToken"]) == "token-reuse-detected"
    assert await other.is_in()
    await refreshed(house, other.tokens["refreshToken"])


ALTERED: Final[dict[str, Callable[[Person], str]]] = {
    "a word": lambda _: "x",
    "a prefix": lambda _: "rt1.",
    "another secret": lambda person: f"{person.tokens['refreshToken'][:-8]}AAAAAAAA",
    "another id": lambda person: _with_part(person, 2, UNKNOWN),
    "another organization": lambda person: _with_part(person, 1, UNKNOWN),
    "an organization in capitals": lambda person: _with_part(person, 1, str(person.house.organization).upper()),
    "another kind": lambda person: person.tokens["refreshToken"].replace("rt1.", "pr1."),
    "the prefix in capitals": lambda person: person.tokens["refreshToken"].replace("rt1.", "RT1."),
    "a space at its end": lambda person: f"{person.tokens['refreshToken']} ",
    "a line feed at its end": lambda person: f"{person.tokens['refreshToken']}\n",
    "padding": lambda person: f"{person.tokens['refreshToken']}=",
    "half of it": lambda person: person.tokens["refreshToken"][:-20],
    "other letters": lambda person: f"{person.tokens['refreshToken'][:-1]}é",
}
"""What is no refresh token of ours."""


def _with_part(person: Person, at: int, part: str) -> str:
    parts = person.tokens["refreshToken"].split(".")
    return ".".join([*parts[:at], part, *parts[at + 1 :]])


@pytest.mark.parametrize("what", ALTERED)
async def test_what_is_no_refresh_token_of_ours_is_invalid_and_ends_nothing(house: House, what: str) -> None:
    person = await house.enter_owner()
    assert await refused(house, ALTERED[what](person)) == "invalid-token"
    assert await person.is_in()
    await refreshed(house, person.tokens["refreshToken"])


@pytest.mark.parametrize("path", ["/v1/auth/refresh", "/v1/auth/logout"])
async def test_what_is_longer_than_any_text_is_not_looked_at(house: House, path: str) -> None:
    answer = await house.call("POST", path, {"refreshToken": f"rt1.{'x' * 500}"})
    assert pointers(answer) == {"/refreshToken": "too-long"}


async def test_a_refresh_token_opens_no_door(house: House) -> None:
    person = await house.enter_owner()
    bearer = f"Bearer {person.tokens['refreshToken']}"
    problem(await house.call("GET", "/v1/me", Authorization=bearer), "invalid-token")


@pytest.mark.parametrize("generation", [0, 1, 2])
async def test_logging_out_ends_the_session_by_any_of_its_tokens(house: House, generation: int) -> None:
    person, other = await house.enter_owner(), await house.enter_owner()
    chain = [person.tokens]
    for _ in range(2):
        chain.append(await refreshed(house, chain[-1]["refreshToken"]))
    answer = await house.call("POST", "/v1/auth/logout", {"refreshToken": chain[generation]["refreshToken"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert all([await Person(house, house.owner, tokens).is_out() for tokens in chain])
    assert await refused(house, chain[-1]["refreshToken"]) == "invalid-token"
    assert await other.is_in()


@pytest.mark.parametrize("what", ALTERED)
async def test_logging_out_tells_nobody_whether_there_was_a_session(house: House, what: str) -> None:
    person = await house.enter_owner()
    answer = await house.call("POST", "/v1/auth/logout", {"refreshToken": ALTERED[what](person)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert await person.is_in()


async def test_logging_out_twice_is_as_good_as_once(house: House) -> None:
    person = await house.enter_owner()
    for _ in range(2):
        answer = await house.call("POST", "/v1/auth/logout", {"refreshToken": person.tokens["refreshToken"]})
        assert answer.status_code == 204


async def _log_out(person: Person, _: House) -> None:
    await person.call("POST", "/v1/auth/logout", {"refreshToken": person.tokens["refreshToken"]})


async def _log_out_everywhere(person: Person, _: House) -> None:
    assert (await person.call("POST", "/v1/auth/logout-everywhere")).status_code == 204


async def _revoke_it(person: Person, _: House) -> None:
    [session] = (await person.call("GET", "/v1/sessions")).json()["data"]
    assert (await person.call("DELETE", f"/v1/sessions/{session['id']}")).status_code == 204


async def _change_the_password(person: Person, _: House) -> None:
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert (await person.call("POST", "/v1/auth/password", body)).status_code == 204


async def _reset_the_password(person: Person, house: House) -> None:
    offer = await house.call("POST", f"/v1/members/{person.id}/password-reset", **house.headers)
    body = {"organization": house.slug, "token": offer.json()["token"], "newPassword": NEW_PASSWORD}
    assert (await house.call("POST", "/v1/auth/password-reset", body)).status_code == 204


async def _change_the_role(person: Person, house: House) -> None:
    headers = {**house.headers, "If-Match": '"1"'}
    assert (await house.call("PATCH", f"/v1/members/{person.id}", {"role": "operator"}, **headers)).status_code == 200


async def _remove(person: Person, house: House) -> None:
    assert (await house.call("DELETE", f"/v1/members/{person.id}", **house.headers)).status_code == 204


async def _throw_out(person: Person, house: House) -> None:
    answer = await house.call("POST", f"/v1/members/{person.id}/logout-everywhere", **house.headers)
    assert (answer.status_code, answer.content) == (204, b"")


ENDS: Final[dict[str, tuple[Callable[[Person, House], Awaitable[None]], bool]]] = {
    "logging out": (_log_out, False),
    "revoking the session": (_revoke_it, False),
    "logging out everywhere": (_log_out_everywhere, True),
    "changing the password": (_change_the_password, True),
    "resetting the password": (_reset_the_password, True),
    "another role": (_change_the_role, True),
    "removal": (_remove, True),
    "an admin's logging out of others": (_throw_out, True),
}
"""What ends sessions, and whether it ends all of the member's."""


@pytest.mark.parametrize("end", ENDS)
async def test_what_is_over_is_refused_within_a_second(house: House, end: str) -> None:
    doing, everywhere = ENDS[end]
    person, other = await house.join(), await house.join()
    if everywhere:
        second = await person.logs_in_again()
        await doing(person, house)
        assert await second.is_out()
    else:
        await doing(person, house)
    assert await person.is_out()
    assert await other.is_in()
    assert await (await house.enter_owner()).is_in()


@pytest.mark.parametrize("end", [_log_out, _revoke_it])
async def test_one_session_ends_alone(house: House, end: Callable[[Person, House], Awaitable[None]]) -> None:
    person = await house.join()
    await end(person, house)
    second = await person.logs_in_again()
    third = await person.logs_in_again()
    await _log_out(second, house)
    assert await second.is_out()
    assert await third.is_in()


async def test_after_a_change_only_the_new_password_is_good(house: House) -> None:
    person = await house.join()
    await _change_the_password(person, house)
    problem(await house.log_in(person.member["email"]), "invalid-credentials")
    assert await (await house.enter(person.member, NEW_PASSWORD)).is_in()


async def test_who_does_not_know_the_password_does_not_change_it(house: House) -> None:
    person = await house.join()
    body = {"currentPassword": "not my horse battery", "newPassword": NEW_PASSWORD}
    answer = await person.call("POST", "/v1/auth/password", body)
    problem(answer, "invalid-credentials")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert await person.is_in()
    assert await (await house.enter(person.member)).is_in()


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.OWNER])
async def test_who_is_no_member_any_more_has_no_good_token(house: House, role: Role) -> None:
    """Another process may learn of a removal a moment later than the database."""
    headers = await house.as_role(role)
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    problem(await house.call("POST", "/v1/auth/password", body, **headers), "invalid-token")
    problem(await house.call("POST", "/v1/auth/logout-everywhere", **headers), "invalid-token")


BODIES: Final[dict[str, Json]] = {
    "/v1/auth/refresh": {"refreshToken": "x"},
    "/v1/auth/logout": {"refreshToken": "x"},
    "/v1/auth/password": {"currentPassword": "x", "newPassword": NEW_PASSWORD},
    "/v1/auth/password-reset": {"organization": "acme", "token": "x", "newPassword": NEW_PASSWORD},
}


@pytest.mark.parametrize("path", BODIES)
async def test_every_field_is_needed_is_a_text_and_stands_alone(house: House, path: str) -> None:
    wholly = BODIES[path]
    answer = await house.post(path, {"x": 1})
    assert pointers(answer) == {"/x": "unknown"} | dict.fromkeys((f"/{name}" for name in wholly), "missing")
    answer = await house.post(path, dict.fromkeys(wholly, 1))
    assert pointers(answer) == dict.fromkeys((f"/{name}" for name in wholly), "type")


@pytest.mark.parametrize("path", ["/v1/auth/password", "/v1/auth/password-reset"])
@pytest.mark.parametrize(("new", "code"), [("x" * 14, "too-short"), ("x" * 129, "too-long"), ("\0" * 15, "format")])
async def test_a_new_password_has_bounds(house: House, path: str, new: str, code: str) -> None:
    answer = await house.post(path, {**BODIES[path], "newPassword": new})
    assert pointers(answer) == {"/newPassword": code}
    assert new not in answer.text


@pytest.mark.parametrize("path", ["/v1/auth/refresh", "/v1/auth/logout", "/v1/auth/password-reset"])
async def test_strangers_send_little(house: House, path: str) -> None:
    problem(await house.call("POST", path, {"refreshToken": "x" * 16 * 1024}), "payload-too-large")


async def test_a_session_is_shown_with_its_device(house: House) -> None:
    person = await house.join()
    phone = await person.logs_in_again(**{"User-Agent": "Phone/1.0 (\x7fAda)"})
    answer = await phone.call("GET", "/v1/sessions")
    page = answer.json()
    assert list(page) == ["data", "pagination"]
    newest = page["data"][0]
    assert list(newest) == "id createdAt lastUsedAt userAgent".split()
    assert newest["userAgent"] == "Phone/1.0 (Ada)"
    assert newest["createdAt"] == newest["lastUsedAt"]
    assert newest["createdAt"].endswith("Z")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "Authorization"


@pytest.mark.parametrize(("said", "shown"), [("", None), ("x" * 600, "x" * 500)])
async def test_a_device_may_say_nothing_and_not_everything(house: House, said: str, shown: str | None) -> None:
    person = await house.enter(house.owner, **{"User-Agent": said})
    assert (await person.call("GET", "/v1/sessions")).json()["data"][0]["userAgent"] == shown


async def test_refreshing_is_using_and_still_the_same_session(house: House) -> None:
    person = await house.join()
    [before] = (await person.call("GET", "/v1/sessions")).json()["data"]
    await refreshed(house, person.tokens["refreshToken"])
    [after] = (await person.call("GET", "/v1/sessions")).json()["data"]
    assert {**after, "lastUsedAt": before["lastUsedAt"]} == before
    assert after["lastUsedAt"] > before["lastUsedAt"]


async def test_only_ones_own_live_sessions_are_listed(house: House) -> None:
    person = await house.join()
    first = await person.logs_in_again()
    await _log_out(first, house)
    await person.logs_in_again()
    sessions = (await person.call("GET", "/v1/sessions")).json()["data"]
    assert len(sessions) == 2
    assert [session["createdAt"] for session in sessions] == sorted((s["createdAt"] for s in sessions), reverse=True)
    assert len((await (await house.join(Role.ADMIN)).call("GET", "/v1/sessions")).json()["data"]) == 1


async def test_the_list_comes_in_pages(house: House) -> None:
    person = await house.join()
    for _ in range(2):
        await person.logs_in_again()
    whole = (await person.call("GET", "/v1/sessions")).json()["data"]
    first = await person.call("GET", "/v1/sessions?limit=2")
    assert first.json()["data"] == whole[:2]
    assert first.json()["pagination"].items() >= {"hasNextPage": True, "hasPreviousPage": False}.items()
    second = await person.call("GET", first.links["next"]["url"].removeprefix(PUBLIC_URL))
    assert second.json()["data"] == whole[2:]
    assert second.json()["pagination"].items() >= {"hasNextPage": False, "hasPreviousPage": True}.items()


async def test_a_session_is_ended_once(house: House) -> None:
    person = await house.join()
    other = await person.logs_in_again()
    newest, _ = (await person.call("GET", "/v1/sessions")).json()["data"]
    answer = await person.call("DELETE", f"/v1/sessions/{newest['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await other.is_out()
    again = problem(await person.call("DELETE", f"/v1/sessions/{newest['id']}"), "resource-not-found")
    assert (again["resource"], again["id"]) == ("session", newest["id"])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
async def test_anothers_session_is_none(house: House, role: Role) -> None:
    person, stranger = await house.join(), await (await House.found(house.client, house.container)).enter_owner()
    [theirs] = (await person.call("GET", "/v1/sessions")).json()["data"]
    for nosy in (await house.join(role), stranger):
        answer = problem(await nosy.call("DELETE", f"/v1/sessions/{theirs['id']}"), "resource-not-found")
        unknown = problem(await nosy.call("DELETE", f"/v1/sessions/{UNKNOWN}"), "resource-not-found")
        assert _of_nothing_in_particular(answer, theirs["id"]) == _of_nothing_in_particular(unknown, UNKNOWN)
    assert await person.is_in()


def _of_nothing_in_particular(body: Json, id: str) -> Json:
    return {name: str(value).replace(id, "…") for name, value in body.items() if name != "instance"}


async def test_the_twenty_first_session_ends_the_oldest(house: House) -> None:
    person = await house.join()
    others = [await person.logs_in_again() for _ in range(20)]
    assert await person.is_out()
    assert await others[0].is_in()
    assert len((await others[-1].call("GET", "/v1/sessions?limit=100")).json()["data"]) == 20
