"""Drawings of lifecycles: whole, well-formed, and no two states in one place."""

import xml.etree.ElementTree as ET
from enum import StrEnum

import pytest

from adapters.drawing.layout import Cell, arrows, cells
from adapters.drawing.lifecycle_svg import svg
from domain.customers.lifecycle import LIFECYCLE as CUSTOMER
from domain.ordering.lifecycle import LIFECYCLE as ORDER
from domain.shared.machine import Machine

SVG = "{http://www.w3.org/2000/svg}"


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"
    GONE = "gone"


class Turn(StrEnum):
    GO = "go"
    STOP = "stop"
    BREAK = "<break>"
    REMOVE = "remove"


LIGHT = Machine(
    name="light",
    initial=Light.RED,
    table={
        (Light.RED, Turn.GO): Light.GREEN,
        (Light.GREEN, Turn.STOP): Light.RED,
        (Light.RED, Turn.BREAK): Light.BROKEN,
        (Light.RED, Turn.REMOVE): Light.GONE,
    },
)

MACHINES = pytest.mark.parametrize("machine", [ORDER, CUSTOMER, LIGHT], ids=lambda machine: machine.name)


@MACHINES
def test_every_state_and_every_row_is_drawn(machine: Machine) -> None:
    texts = [node.text for node in ET.fromstring(svg(machine)).iter(f"{SVG}text")]  # noqa: S314 - our own
    assert sorted(texts) == sorted(
        [*machine.states, *(action.replace("_", " ") for arrow in arrows(machine) for action in arrow.actions)]
    )
    assert sum(len(arrow.actions) for arrow in arrows(machine)) == len(machine.table)


@MACHINES
def test_no_two_states_share_a_cell(machine: Machine) -> None:
    placed = cells(machine)
    assert set(placed) == set(machine.states)
    assert len(set(placed.values())) == len(placed)


@MACHINES
def test_everything_lies_within_the_page(machine: Machine) -> None:
    drawing = ET.fromstring(svg(machine))  # noqa: S314 - our own
    _, _, width, height = map(float, drawing.attrib["viewBox"].split())
    for node in (*drawing.iter(f"{SVG}text"), *drawing.iter(f"{SVG}rect")):
        assert 0 <= float(node.attrib["x"]) <= width
        assert 0 <= float(node.attrib["y"]) <= height


def test_the_story_of_an_order_is_one_row_and_cancelling_leaves_it() -> None:
    placed = cells(ORDER)
    story = sorted((cell.column, state) for state, cell in placed.items() if cell.row == 0)
    assert [str(state) for _, state in story] == ["pending", "confirmed", "shipped", "delivered", "returned"]
    assert {state: cell for state, cell in placed.items() if cell.row} == {"cancelled": Cell(1, 1)}


def test_a_drawing_needs_nothing_from_outside() -> None:
    drawing = svg(ORDER)
    assert drawing.count("http") == 1  # the namespace
    assert "<script" not in drawing
    assert svg(ORDER) == drawing
