"""Documentation that needs nothing from outside and runs nothing that is not ours."""

from html.parser import HTMLParser

import pytest
import yaml

from tests.http.house import House, problem


class Links(HTMLParser):
    """Every address that a page loads or leads to, and every script or style that stands in the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.addresses += [value for name in ("src", "href") if (value := given.get(name))]
        if (tag == "script" and "src" not in given) or tag == "style":
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/stale-version"])
async def test_a_page_loads_nothing_from_outside(house: House, path: str) -> None:
    answer = await house.client.get(path, headers={"Accept": "text/html"})
    links = Links(answer.text)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert links.addresses
    assert not links.inline
    for address in links.addresses:
        assert address.startswith("/"), address
        assert not address.startswith("//"), address
        assert (await house.client.get(address)).status_code == 200, address


async def test_the_policy_forbids_what_the_pages_do_not_do(house: House) -> None:
    docs = (await house.client.get("/docs")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in docs
    assert "script-src 'self';" in docs
    assert "http" not in docs
    problems = (await house.client.get("/problems", headers={"Accept": "text/html"})).headers["Content-Security-Policy"]
    assert "unsafe" not in problems


async def test_the_initializer_reads_our_contract_and_asks_no_validator(house: House) -> None:
    script = (await house.client.get("/docs/docs.js")).text
    assert 'url: "/openapi.json"' in script
    assert "validatorUrl: null" in script
    assert "https://" not in script


async def test_the_contract_is_the_same_as_json_and_as_yaml(house: House) -> None:
    as_json, as_yaml = [await house.client.get(f"/openapi.{form}") for form in ("json", "yaml")]
    assert as_yaml.headers["Content-Type"].startswith("application/yaml")
    assert as_yaml.headers["Cache-Control"] == as_json.headers["Cache-Control"] == "public, max-age=3600"
    assert yaml.safe_load(as_yaml.text) == as_json.json()
    assert (await house.client.get("/openapi.yaml")).text == as_yaml.text


async def test_the_licence_comes_along(house: House) -> None:
    assert "Apache License" in (await house.client.get("/docs/LICENSE")).text


@pytest.mark.parametrize("name", ["nothing.js", "..%2F__init__.py", "%2e%2e", "docs.js%00"])
async def test_nothing_else_can_be_had(house: House, name: str) -> None:
    problem(await house.client.get(f"/docs/{name}"), "resource-not-found")
