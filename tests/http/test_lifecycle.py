"""The lifecycle for anybody to read."""

import xml.etree.ElementTree as ET

import pytest

from domain.ordering.lifecycle import LIFECYCLE
from tests.http.house import House, pointers

PATH = "/v1/state-machines/order"


async def test_the_table_is_told_as_it_is(house: House) -> None:
    body = (await house.client.get(PATH)).json()
    assert list(body) == ["states", "transitions"]
    assert set(body["states"]) == {"pending", "confirmed", "shipped", "delivered", "cancelled", "returned"}
    assert len(body["transitions"]) == len(LIFECYCLE.table)
    assert body["transitions"][0] == {
        "action": "confirm",
        "verb": "confirm",
        "from": "pending",
        "to": "confirmed",
        "roles": ["customer", "operator", "admin", "owner"],
    }


async def test_customers_cancel_only_what_is_pending(house: House) -> None:
    transitions = (await house.client.get(PATH)).json()["transitions"]
    buyers = {(row["from"], row["verb"]) for row in transitions if "customer" in row["roles"]}
    assert buyers == {("pending", "confirm"), ("pending", "cancel")}
    [row] = [row for row in transitions if (row["from"], row["verb"]) == ("confirmed", "cancel")]
    assert row["roles"] == ["operator", "admin", "owner"]


async def test_what_only_the_house_does_has_no_verb_and_no_roles(house: House) -> None:
    transitions = (await house.client.get(f"{PATH}?format=json")).json()["transitions"]
    [expiry] = [row for row in transitions if row["action"] == "expire"]
    assert (expiry["verb"], expiry["roles"]) == (None, [])


async def test_mermaid_is_text(house: House) -> None:
    answer = await house.client.get(f"{PATH}?format=mermaid")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == LIFECYCLE.mermaid()


async def test_the_drawing_is_svg_with_every_state_and_action(house: House) -> None:
    answer = await house.client.get(f"{PATH}?format=svg")
    assert answer.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    texts = {node.text for node in ET.fromstring(answer.text).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314
    assert texts >= {*LIFECYCLE.states, *(action.replace("_", " ") for _, action in LIFECYCLE.table)}


@pytest.mark.parametrize("query", ["format=png", "format=", "format=svg&format=json"])
async def test_there_are_no_other_formats(house: House, query: str) -> None:
    assert list(pointers(await house.client.get(f"{PATH}?{query}"))) == ["/query/format"]
