"""Which answers a client is ready to read: a media type that it refuses is not sent to it."""

import pytest

from adapters.http.accepting import accepts
from tests.http.house import House, problem

JSON = ("application/json",)
DRAWN = ("application/json", "text/plain", "image/svg+xml")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "*/*",
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/*",
        "text/html, application/json;q=0.1",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "text/csv, */*;q=0.001",
        "application/json;q=1.000",
        "*/*;q=0, application/json",
        "application/*;q=0, application/json;q=0.5",
        "nonsense",
        "q=0",
        ",,",
        "/",
        "application/json;q=0.5, application/json;q=0",
    ],
)
def test_json_will_do(header: str) -> None:
    assert accepts(header, JSON)


@pytest.mark.parametrize(
    "header",
    [
        "text/html",
        "text/*",
        "application/xml",
        "application/problem+json",
        "application/json;q=0",
        "application/json; q=0.000",
        "*/*;q=0",
        "*/*, application/json;q=0",
        "application/*;Q=0, */*",
        "text/csv, nonsense",
    ],
)
def test_json_will_not_do(header: str) -> None:
    assert not accepts(header, JSON)


def test_one_of_several_is_enough() -> None:
    assert accepts("image/*", DRAWN)
    assert accepts("image/*;q=0, text/plain", DRAWN)
    assert not accepts("text/html, image/png", DRAWN)
    assert accepts("image/png", ("application/json", "*/*"))


async def test_who_accepts_in_two_lines_accepts_both(house: House) -> None:
    headers = [*house.headers.items(), ("Accept", "application/json"), ("Accept", "text/csv")]
    assert (await house.client.get("/v1/me", headers=headers)).status_code == 200


async def test_it_is_asked_after_the_role_and_beside_the_media_type(house: House) -> None:
    problem(await house.call("GET", "/v1/me", Accept="text/csv"), "authentication-required")
    headers = {**house.headers, "Accept": "text/csv"}
    problem(await house.client.post("/v1/products", content=b"{", headers=headers), "unsupported-media-type")
    problem(await house.call("GET", "/v1/orders?x=1", **headers), "not-acceptable")


@pytest.mark.parametrize("path", ["/docs", "/docs/pages.css", "/openapi.yaml", "/problems", "/v1/state-machines/order"])
async def test_a_browser_gets_its_pages(house: House, path: str) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    assert (await house.client.get(path, headers={"Accept": browser})).status_code == 200


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/docs", "text/html"),
        ("/docs/pages.css", "text/css"),
        ("/openapi.yaml", "application/yaml"),
        ("/v1/state-machines/order?format=svg", "image/svg+xml"),
        ("/problems/not-acceptable", "text/html"),
    ],
)
async def test_what_is_not_json_is_accepted_by_its_own_name(house: House, path: str, accept: str) -> None:
    assert (await house.client.get(path, headers={"Accept": accept})).status_code == 200


async def test_what_has_no_body_is_read_by_anybody(house: House) -> None:
    person = await house.enter_owner()
    assert (await person.call("POST", "/v1/auth/logout-everywhere", Accept="text/csv")).status_code == 204
