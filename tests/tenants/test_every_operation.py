"""No operation is forgotten: each has an entry in the table of askings, which names all that it takes."""

import re
from collections.abc import Iterator

import pytest

from adapters.http.openapi import document
from tests.http.house import Json
from tests.tenants.asking import ASKINGS
from tests.tenants.street import Street

PAGING = {"query/cursor", "query/limit", "query/direction"}


def described(street: Street) -> dict[str, Json]:
    paths = document(street.app)["paths"].values()
    return {one["operationId"]: one for methods in paths for one in methods.values()}


def test_every_operation_has_an_entry(street: Street) -> None:
    for operation, one in described(street).items():
        takes = sorted(places(street, one))
        assert operation in ASKINGS, (
            f"tests/tenants/asking.py does not say how to ask {operation} about a thing of one's own. "
            f'Add "{operation}": Asking(…) to ASKINGS. It takes {takes or "no name of anything"}: say in `names` what '
            "each of these is (things.py makes it), or in `fixed`, that it names nothing of an organization."
        )


def test_every_entry_is_an_operation(street: Street) -> None:
    assert set(ASKINGS) <= set(described(street))


@pytest.mark.parametrize("operation", ASKINGS)
def test_an_entry_says_all_that_its_operation_takes(street: Street, operation: str) -> None:
    asking, takes = ASKINGS[operation], places(street, described(street)[operation])
    named = {re.sub(r"/\d+/", "/0/", name) for name in (*asking.names, *asking.fixed)}
    assert takes <= named, f"{operation} takes {takes - named}: say in tests/tenants/asking.py what it is"


@pytest.mark.parametrize("operation", ASKINGS)
def test_what_has_pages_says_where_its_things_are_kept(street: Street, operation: str) -> None:
    parameters = {parameter["name"] for parameter in described(street)[operation]["parameters"]}
    assert ("cursor" in parameters) == (ASKINGS[operation].table is not None)


def places(street: Street, one: Json) -> set[str]:
    """Return where an operation takes a parameter, or an id in its body."""
    given = {f"{p['in']}/{p['name']}" for p in one["parameters"] if p["in"] != "header"}
    content = one.get("requestBody", {}).get("content", {}).get("application/json")
    return (given - PAGING) | (set(_ids(street, content["schema"], "body")) if content else set())


def _ids(street: Street, schema: Json, place: str) -> Iterator[str]:
    if reference := schema.get("$ref"):
        yield from _ids(street, document(street.app)["components"]["schemas"][reference.rpartition("/")[2]], place)
    if schema.get("format") == "uuid":
        yield place
    for name, part in schema.get("properties", {}).items():
        yield from _ids(street, part, f"{place}/{name}")
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _ids(street, part, place)
    if items := schema.get("items"):
        yield from _ids(street, items, f"{place}/0")
