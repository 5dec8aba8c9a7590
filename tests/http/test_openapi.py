"""What the application says of itself: as strict as the service, as complete as the table of access."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from adapters.http.app import http_app
from adapters.http.fields import Request
from adapters.http.openapi import document
from adapters.http.problem_types import REGISTRY
from adapters.http.problems import MEDIA_TYPE
from application.access import OPERATIONS


@pytest.fixture
def contract(app: Litestar) -> dict[str, Any]:
    return document(app)


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def _everywhere(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _everywhere(part)


def described(contract: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return what is referred to, or the node itself. Raises: KeyError, where there is no such thing."""
    if "$ref" not in node:
        return node
    found: Any = contract
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _families(root: type) -> Iterator[type]:
    """Yield every class below `root`."""
    for child in root.__subclasses__():
        yield child
        yield from _families(child)


def test_every_operation_stands_in_the_table_and_every_row_is_an_operation(contract: dict[str, Any]) -> None:
    assert sorted(operation["operationId"] for _, _, operation in operations(contract)) == sorted(OPERATIONS)


def test_requests_allow_nothing_more(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    named = [schemas[body.__name__] for body in _families(Request) if body.__name__ in schemas]
    assert len(named) > 8
    assert all(schema["additionalProperties"] is False for schema in named)


def test_bounds_of_integers_are_integers(contract: dict[str, Any]) -> None:
    for schema in _everywhere(contract):
        for bound in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
            assert type(schema.get(bound, 0)) is int, schema


def test_every_text_of_a_request_has_a_length_and_no_nul(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    for body in _families(Request):
        for text in _everywhere(schemas.get(body.__name__, {})):
            if text.get("type") == "string" and "enum" not in text and text.get("format") != "date-time":
                assert text.keys() >= {"pattern", "minLength", "maxLength"}, (body, text)


def test_every_list_of_a_request_is_bounded(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    for body in _families(Request):
        for schema in _everywhere(schemas.get(body.__name__, {})):
            assert schema.get("type") != "array" or "maxItems" in schema, (body, schema)


def test_every_answer_says_all_that_it_always_says(contract: dict[str, Any]) -> None:
    order = contract["components"]["schemas"]["OrderBody"]
    assert order["required"] == list(order["properties"])
    assert order["properties"]["createdAt"] == {"type": "string", "format": "date-time"}


def test_every_operation_is_described(contract: dict[str, Any]) -> None:
    for _, path, operation in operations(contract):
        assert operation["summary"], path
        assert operation["tags"], path
        assert any(status.startswith("2") for status in operation["responses"]), path


def test_every_problem_is_problem_json_and_named(contract: dict[str, Any]) -> None:
    named = set()
    for _, path, operation in operations(contract):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                refusal = described(contract, answer)
                assert list(refusal["content"]) == [MEDIA_TYPE], path
                slugs = refusal["description"].partition(": ")[2].replace("`", "").split(", ")
                assert all(REGISTRY[slug].status == int(status) for slug in slugs), path
                named.update(slugs)
    assert named == set(REGISTRY) - {"method-not-allowed"}


def test_what_any_request_can_meet_every_operation_says(contract: dict[str, Any]) -> None:
    for _, _, operation in operations(contract):
        assert {"400", "408", "413", "431", "500", "503"} <= operation["responses"].keys()
        assert operation["security"] == [] or {"401", "403", "429"} <= operation["responses"].keys()


def test_headers_of_problems_are_those_of_the_registry(contract: dict[str, Any]) -> None:
    shared = contract["components"]["responses"]
    assert "WWW-Authenticate" in shared["Unauthenticated"]["headers"]
    assert shared["TooOften"]["headers"].keys() >= {"Retry-After", "RateLimit", "RateLimit-Policy"}
    assert "Allow" in shared["MethodNotAllowed"]["headers"]
    conflict = contract["paths"]["/v1/orders/{id}/ship"]["post"]["responses"]["409"]["headers"]
    assert conflict["Retry-After"]["required"] is False
    assert conflict["Idempotency-Replayed"] == {"$ref": "#/components/headers/Idempotency-Replayed"}
    assert "Idempotency-Replayed" not in contract["paths"]["/v1/members/{id}"]["patch"]["responses"]["409"]["headers"]


def test_security_is_the_table(contract: dict[str, Any]) -> None:
    assert contract["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for _, _, operation in operations(contract):
        expected = [{"bearer": []}] if OPERATIONS[operation["operationId"]] else []
        assert operation["security"] == expected


def test_keys_and_versions_are_documented(contract: dict[str, Any]) -> None:
    headers = {
        operation["operationId"]: {p["name"]: p["required"] for p in operation["parameters"] if p["in"] == "header"}
        for _, _, operation in operations(contract)
    }
    assert headers["placeOrder"] == {"Idempotency-Key": True, "Prefer": False}
    assert headers["shipOrder"] == {"Idempotency-Key": True, "If-Match": False, "Prefer": False}
    assert headers["deliverOrder"] == {"Idempotency-Key": False, "If-Match": False, "Prefer": False}
    assert headers["createProduct"] == {"Idempotency-Key": False}
    assert headers["changeMember"] == {"If-Match": True}
    assert headers["removeMember"] == {"If-Match": False}
    assert headers["logIn"] == headers["signUp"] == headers["listOrders"] == {}


def test_every_reference_resolves(contract: dict[str, Any]) -> None:
    for node in _everywhere(contract):
        if "$ref" in node:
            assert described(contract, node)


async def test_two_apps_make_the_same_contract(app: Litestar, client: AsyncTestClient[Litestar]) -> None:
    again = http_app(app.state.container, app.state.options)
    assert json.dumps(document(again)) == json.dumps(document(app))


def test_what_has_no_body_is_documented_without_one(contract: dict[str, Any]) -> None:
    empty = [operation["responses"]["204"] for *_, operation in operations(contract) if "204" in operation["responses"]]
    assert empty
    assert all("content" not in answer for answer in empty)


def test_links_lead_to_operations_and_carry_the_version(contract: dict[str, Any]) -> None:
    answers = [answer for *_, operation in operations(contract) for answer in operation["responses"].values()]
    links = [link for answer in answers for link in answer.get("links", {}).values()]
    assert {link["operationId"] for link in links} <= set(OPERATIONS)
    member = contract["paths"]["/v1/members"]["post"]["responses"]["201"]["links"]["changeMember"]
    assert member["parameters"] == {"path.id": "$response.body#/id", "header.If-Match": "$response.header.ETag"}


def test_every_problem_has_a_schema_with_the_members_of_the_registry(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    for kind in REGISTRY.values():
        _, own = schemas["".join(word.title() for word in kind.slug.split("-")) + "Problem"]["allOf"]
        assert own.get("required", []) == list(kind.members)
        assert own["properties"]["status"] == {"const": kind.status}
