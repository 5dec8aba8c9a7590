"""Every error has one problem, every problem one page, and nothing of the inside is told."""

import importlib
import json
import logging
import pkgutil
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from dishka import Provider, Scope
from litestar import Litestar
from litestar.testing import AsyncTestClient

import application
import domain
from adapters.http.openapi import document
from adapters.http.ports import Readiness
from adapters.http.problem_examples import example_of
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import INTERRUPTIONS, problem_of
from application.identity.ports import MeQueries
from application.shared.errors import ConcurrentModification, Interrupted, Unavailable
from domain.shared.errors import NotFound, Refused
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.settings import Settings
from tests.http.house import PUBLIC_URL, House, problem


def _below(root: type[Exception]) -> Iterator[type[Exception]]:
    for package in (domain, application):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = {root}
    while more := {child for parent in found for child in parent.__subclasses__()} - found:
        found |= more
    yield from sorted(found - {root}, key=lambda found: found.__name__)


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("refusal", [refusal for refusal in _below(Refused) if hasattr(refusal, "slug")])
def test_every_refusal_is_registered_with_members_that_it_has(refusal: type[Refused]) -> None:
    kind = REGISTRY[refusal.slug]
    known = {*getattr(refusal, "__dataclass_fields__", ()), "resource" if issubclass(refusal, NotFound) else ""}
    assert {snake(name) for name in kind.members} <= known
    assert 400 <= kind.status < 500


@pytest.mark.parametrize("interruption", list(_below(Interrupted)))
def test_every_interruption_is_registered(interruption: type[Interrupted]) -> None:
    assert INTERRUPTIONS[interruption] in REGISTRY


def test_the_table_of_statuses_is_the_contracts() -> None:
    """By hand, from the contract: a table cannot judge itself."""
    assert {slug: kind.status for slug, kind in REGISTRY.items()} == {
        "validation-error": 400,
        "malformed-request": 400,
        "invalid-cursor": 400,
        "idempotency-key-required": 400,
        "idempotency-key-invalid": 400,
        "authentication-required": 401,
        "token-expired": 401,
        "invalid-token": 401,
        "invalid-credentials": 401,
        "token-reuse-detected": 401,
        "payment-failed": 402,
        "insufficient-permissions": 403,
        "resource-not-found": 404,
        "method-not-allowed": 405,
        "not-acceptable": 406,
        "request-timeout": 408,
        "payload-too-large": 413,
        "unsupported-media-type": 415,
        "unique-constraint-violation": 409,
        "invalid-state-transition": 409,
        "inventory-insufficient": 409,
        "payment-in-progress": 409,
        "payment-outcome-unknown": 503,
        "concurrent-modification": 409,
        "idempotency-in-progress": 409,
        "idempotency-key-expired": 409,
        "stale-version": 412,
        "business-rule-violation": 422,
        "idempotency-key-reuse": 422,
        "precondition-required": 428,
        "rate-limit-exceeded": 429,
        "headers-too-large": 431,
        "internal-error": 500,
        "service-unavailable": 503,
    }


def test_every_401_says_how_to_authenticate() -> None:
    for kind in REGISTRY.values():
        assert ("WWW-Authenticate" in kind.headers) == (kind.status == 401)


def test_what_nobody_foresaw_is_an_internal_error() -> None:
    assert problem_of(RuntimeError("the password is hunter2")).type is REGISTRY["internal-error"]
    assert problem_of(RuntimeError("the password is hunter2")).detail is None


@pytest.mark.parametrize("slug", list(REGISTRY))
async def test_every_type_resolves(house: House, slug: str) -> None:
    answer = await house.client.get(f"/problems/{slug}")
    body = answer.json()
    assert answer.status_code == 200
    assert body["type"] == f"{PUBLIC_URL}/problems/{slug}"
    assert (body["slug"], body["status"]) == (slug, REGISTRY[slug].status)
    assert all(body[part] for part in ("title", "meaning", "cause", "remedy"))
    assert body["example"] == example_of(REGISTRY[slug], PUBLIC_URL)
    assert (await house.client.get(body["example"]["type"].removeprefix(PUBLIC_URL))).json() == body
    page = await house.client.get(f"/problems/{slug}", headers={"Accept": "text/html,application/xhtml+xml"})
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for part in ("meaning", "cause", "remedy"):
        assert re.sub("`([^`]+)`", r"<code>\1</code>", escape(body[part])) in page.text
    [shown] = re.findall("<pre><code>(.*?)</code></pre>", page.text, re.DOTALL)
    assert json.loads(unescape(shown)) == body["example"]


async def test_all_types_are_listed(house: House) -> None:
    body = (await house.client.get("/problems")).json()
    assert [problem["slug"] for problem in body["problems"]] == list(REGISTRY)
    assert "<h1>" in (await house.client.get("/problems", headers={"Accept": "text/html"})).text


def held(body: dict[str, Any], name: str, app: Litestar) -> list[str]:
    """Return what the component of this name, of the served contract, finds wrong with a body."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document(app)["components"]}
    judge = jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)), validate_formats=True)
    return [error.message for error in judge.iter_errors(body)]


@pytest.mark.parametrize("slug", list(REGISTRY))
def test_an_example_obeys_its_schema(app: Litestar, slug: str) -> None:
    name = "".join(word.title() for word in slug.split("-")) + "Problem"
    example = example_of(REGISTRY[slug], PUBLIC_URL)
    assert held(example, name, app) == []
    for member in (*REGISTRY[slug].members, "title"):
        assert held({**example, member: {"not": "this"}}, name, app), "the schema lets anything pass"
        assert held({part: said for part, said in example.items() if part != member}, name, app)


async def test_a_type_that_does_not_exist_does_not_resolve(house: House) -> None:
    assert problem(await house.client.get("/problems/bad-luck"), "resource-not-found")["resource"] == "problem"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/orders/x/y/z", "/-/openapi.json", "/schema"])
async def test_an_unknown_address_is_not_found(house: House, path: str) -> None:
    assert problem(await house.get(path), "resource-not-found")["resource"] == "route"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/v1/orders", "GET, HEAD, POST"),
        ("PUT", "/v1/orders/0190a0a0-0000-7000-8000-000000000000", "GET, HEAD, PATCH"),
        ("GET", "/v1/auth/login", "POST"),
        ("OPTIONS", "/v1/orders", "GET, HEAD, POST"),
        ("TRACE", "/v1/orders", "GET, HEAD, POST"),
        ("POST", "/health/live", "GET, HEAD"),
        ("POST", "/docs/docs.js", "GET, HEAD"),
    ],
)
async def test_another_method_is_told_which_are_allowed(house: House, method: str, path: str, allow: str) -> None:
    answer = await house.client.request(method, path)
    problem(answer, "method-not-allowed")
    assert answer.headers["Allow"] == allow


async def test_an_instance_is_an_id_of_its_own(house: House) -> None:
    first, second = [(await house.client.get("/nowhere")).json()["instance"] for _ in range(2)]
    assert first != second
    assert UUID(first).version == 7
    assert first.startswith("urn:uuid:")


class Broken:
    """A store whose reads fail in some way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def me(self, _caller: object) -> object:
        raise self._error

    async def check(self) -> None:
        raise self._error


def _broken(error: Exception, quick: Provider, settings: Settings) -> AsyncTestClient:
    provider = Provider(scope=Scope.APP)
    provider.provide(lambda: Broken(error), provides=MeQueries, override=True)
    provider.provide(lambda: Broken(error), provides=Readiness, override=True)
    return AsyncTestClient(create_app(container_of(settings, quick, provider, store="memory"), settings))


async def test_a_bug_is_logged_and_not_told(
    quick: Provider, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with _broken(RuntimeError("SELECT secret"), quick, settings) as client:
        container = client.app.state.container
        house = await House.found(client, container)
        with caplog.at_level(logging.ERROR):
            answer = await house.get("/v1/me", **{"X-Request-Id": "request-0815"})
        body = problem(answer, "internal-error")
        assert body.keys() == {"type", "title", "status", "instance"}
        assert "SELECT" not in answer.text
        [record] = caplog.records
        assert body["instance"] in record.getMessage()
        assert "request-0815" in record.getMessage()
        assert record.exc_info is not None


async def test_a_store_that_is_away_is_told_with_when_to_try_again(quick: Provider, settings: Settings) -> None:
    async with _broken(Unavailable(), quick, settings) as client:
        house = await House.found(client, client.app.state.container)
        for path in ("/v1/me", "/health/ready"):
            answer = await house.get(path)
            problem(answer, "service-unavailable")
            assert answer.headers["Retry-After"] == "1"
        assert (await client.get("/health/live")).status_code == 200


async def test_lost_races_are_told(quick: Provider, settings: Settings) -> None:
    async with _broken(ConcurrentModification(), quick, settings) as client:
        house = await House.found(client, client.app.state.container)
        problem(await house.get("/v1/me"), "concurrent-modification")
