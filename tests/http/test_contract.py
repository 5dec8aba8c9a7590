"""The contract: one file, which the application is, and which is served as it is."""

import json
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml
from litestar import Litestar
from schemathesis.specs.openapi.definitions import OPENAPI_31

from adapters.http.last_word import LastWord
from adapters.http.preface import TAGS
from entrypoints.contract_keeping import (
    CONTRACT,
    NOTHING,
    Adopted,
    Difference,
    NoSuchOperation,
    application,
    committed,
    differences,
    examples_of,
    part,
)
from tests.http.house import House, undocumented

Json = dict[str, Any]


@pytest.fixture(scope="module")
def said() -> Json:
    return application()


@pytest.fixture
def contract() -> Json:
    return committed()


def test_the_application_is_what_the_contract_says(contract: Json, said: Json) -> None:
    found = [str(difference) for difference in differences(contract, said)]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(("slug", "name"), [("request-timeout", "TooSlow"), ("headers-too-large", "HeadersTooLarge")])
def test_what_the_protocol_itself_refuses_is_described_with_its_headers(
    app: Litestar, contract: Json, slug: str, name: str
) -> None:
    head, _, body = LastWord.of(slug, app.state.options, None, None).answer(()).partition(b"\r\n\r\n")
    status, *lines = head.decode().splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    code = status.split()[1]
    answer = httpx.Response(int(code), headers=headers, request=httpx.Request("GET", "http://test"))
    components = contract["components"]
    undocumented(answer, {"responses": {code: components["responses"][name]}}, components)
    assert json.loads(body)["type"].endswith(slug)


@pytest.mark.parametrize("change", [{"Retry-After": "1"}, {"Cache-Control": None}])
def test_a_header_that_is_not_documented_or_missing_is_noticed(contract: Json, change: dict[str, str | None]) -> None:
    described = contract["paths"]["/health/live"]["get"]
    headers = {"X-Request-Id": "my-request", "Cache-Control": "no-store", **change}
    told = {name: value for name, value in headers.items() if value}
    request = httpx.Request("GET", "http://test/health/live")
    with pytest.raises(AssertionError, match="contract"):
        undocumented(httpx.Response(200, request=request, headers=told), described, contract["components"])
    with pytest.raises(AssertionError, match="answered 418"):
        undocumented(httpx.Response(418, request=request, headers=told), described, contract["components"])


async def test_it_is_served_as_it_is(house: House, contract: Json) -> None:
    assert (await house.client.get("/openapi.json")).json() == contract
    assert (await house.client.get("/openapi.yaml")).text == CONTRACT.read_text(encoding="utf-8")


def test_it_is_openapi(contract: Json) -> None:
    errors = jsonschema_rs.Draft202012Validator(OPENAPI_31).iter_errors(contract)
    assert not [f"{error.instance_path}: {error.message}" for error in errors]


def test_the_validator_notices(contract: Json) -> None:
    del contract["info"]["version"]
    assert not jsonschema_rs.Draft202012Validator(OPENAPI_31).is_valid(contract)


def test_every_schema_is_one(contract: Json) -> None:
    for name, schema in contract["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_other_readers_of_yaml_read_the_same(contract: Json) -> None:
    """YAML 1.1 takes an unquoted instant for an instant, and `no` for false."""
    plain = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    assert json.dumps(plain) == json.dumps(contract)


def test_ids_of_operations_are_unique_and_tags_are_described(contract: Json) -> None:
    operations = [operation for item in contract["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert {tag["name"]: tag["description"] for tag in contract["tags"]} == TAGS
    assert {tag for operation in operations for tag in operation["tags"]} == set(TAGS)
    assert contract["info"]["license"]["identifier"] == "Apache-2.0"


def test_what_is_shared_is_used(contract: Json) -> None:
    written = json.dumps(contract)
    shared = {f"{kind}/{name}" for kind in ("headers", "responses") for name in contract["components"][kind]}
    unused = {one for one in shared if f'"#/components/{one}"' not in written}
    assert unused == {"responses/MethodNotAllowed"}  # which belongs to no operation


def test_a_difference_is_one_line_that_says_where_and_what(contract: Json, said: Json) -> None:
    order = contract["paths"]["/v1/orders"]["post"]
    order["summary"] = "Order"
    order["parameters"].clear()
    del order["responses"]["201"]["headers"]["Location"]
    contract["components"]["schemas"]["AddressBody"]["required"].append("planet")
    found = {difference.pointer: difference for difference in differences(contract, said)}
    here = "/paths/~1v1~1orders/post"
    assert found.keys() == {
        f"{here}/summary",
        f"{here}/parameters",
        f"{here}/responses/201/headers/Location",
        "/components/schemas/AddressBody/required",
    }
    assert str(found[f"{here}/summary"]) == (
        f'{here}/summary: the contract says "Order", the application "Place an order"'
    )
    location = {"$ref": "#/components/headers/Location"}
    missing = Difference(f"{here}/responses/201/headers/Location", NOTHING, location)
    assert found[missing.pointer] == missing
    assert "\n" not in "".join(map(str, found.values()))


def test_examples_and_the_order_of_members_make_no_difference(contract: Json, said: Json) -> None:
    body = contract["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]
    body["examples"] = {"mine": {"value": {}}}
    contract["paths"] = dict(reversed(contract["paths"].items()))
    contract["x-mine"] = 1
    assert not [*differences(contract, said)]
    body["example"] = {}
    assert [difference.pointer for difference in differences(contract, said)] == [
        "/paths/~1v1~1orders/post/requestBody/content/application~1json/example"
    ]


def test_what_the_application_says_is_taken_over_around_the_examples(contract: Json, said: Json) -> None:
    before = dict(examples_of(contract))
    contract["paths"]["/v1/orders"]["post"]["summary"] = "Order"
    del contract["paths"]["/v1/orders"]["get"]["responses"]["200"]["headers"]
    del contract["components"]["schemas"]["AddressBody"]
    adopted = Adopted.of(contract, said)
    assert dict(examples_of(adopted.contract)) == before
    assert len(adopted.taken) == 3
    assert not adopted.homeless
    assert not [*differences(adopted.contract, said)]


def test_no_example_is_lost_unnoticed(contract: Json, said: Json) -> None:
    contract["paths"]["/v1/nothing"] = {
        "get": {"responses": {"200": {"content": {"text/plain": {"schema": {}, "examples": {"one": {"value": ""}}}}}}}
    }
    adopted = Adopted.of(contract, said)
    assert adopted.homeless == ("/paths/~1v1~1nothing/get/responses/200/content/text~1plain/examples/one",)


def test_one_operation_is_shown_with_what_the_contract_lacks(contract: Json, said: Json) -> None:
    del contract["components"]["schemas"]["PlaceOrderBody"]
    del contract["components"]["schemas"]["ItemBody"]
    shown = part(contract, said, "placeOrder")
    assert shown["paths"] == {"/v1/orders": {"post": said["paths"]["/v1/orders"]["post"]}}
    assert shown["components"]["schemas"].keys() == {"PlaceOrderBody", "ItemBody"}
    assert "components" not in part(said, said, "placeOrder")
    with pytest.raises(NoSuchOperation, match="placeOrder"):
        part(contract, said, "placeOrders")
