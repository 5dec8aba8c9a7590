"""The lifecycle machine keeps its word for any table."""

import itertools
import re
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.errors import IllegalTransition, Kind
from domain.shared.machine import Machine
from tests.trials import trials


class Light(StrEnum):
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    DARK = "dark"


class Deed(StrEnum):
    TURN = "turn"
    BLINK = "blink"
    BREAK = "break"


Table = dict[tuple[Light, Deed], Light]
some = settings(max_examples=trials(1_000, 30), deadline=None)
EVERYTHING = list(itertools.product(Light, Deed))
machines = st.builds(
    Machine,
    name=st.just("light"),
    initial=st.sampled_from(Light),
    table=st.dictionaries(st.sampled_from(EVERYTHING), st.sampled_from(Light)),
)


@some
@given(machines)
def test_a_step_is_possible_exactly_when_the_table_has_the_row(machine: Machine[Light, Deed]) -> None:
    for state, action in EVERYTHING:
        if (state, action) in machine.table:
            assert machine.step(state, action) == machine.table[state, action]
        else:
            with pytest.raises(IllegalTransition):
                machine.step(state, action)


@some
@given(machines)
def test_what_is_allowed_is_what_a_step_accepts_in_the_order_of_the_table(machine: Machine[Light, Deed]) -> None:
    for state in Light:
        rows = [action for (source, action) in machine.table if source == state]
        assert list(machine.allowed(state)) == rows


@some
@given(machines)
def test_a_refusal_says_where_we_are_what_was_tried_and_what_is_possible(machine: Machine[Light, Deed]) -> None:
    for state, action in EVERYTHING:
        if (state, action) not in machine.table:
            with pytest.raises(IllegalTransition) as refused:
                machine.step(state, action)
            assert (refused.value.current, refused.value.action) == (state, action)
            assert refused.value.allowed == machine.allowed(state)
            assert (refused.value.slug, refused.value.kind) == ("invalid-state-transition", Kind.CONFLICT)
            assert refused.value.blocked_by == ()


@some
@given(machines)
def test_the_states_are_those_that_the_table_names_the_initial_one_first(machine: Machine[Light, Deed]) -> None:
    named = {source for source, _ in machine.table} | set(machine.table.values()) | {machine.initial}
    assert machine.states[0] == machine.initial
    assert len(machine.states) == len(set(machine.states))
    assert set(machine.states) == named


@some
@given(machines)
def test_a_state_is_final_exactly_when_nothing_is_allowed_there(machine: Machine[Light, Deed]) -> None:
    assert machine.final == {state for state in machine.states if not machine.allowed(state)}


@some
@given(machines)
def test_the_edges_are_the_moves_from_one_state_to_another(machine: Machine[Light, Deed]) -> None:
    for here, there in itertools.product(Light, Light):
        leads = any(machine.table.get((here, action)) == there for action in Deed)
        assert ((here, there) in machine.edges) == (leads and here != there)


@some
@given(machines, st.sampled_from(Light))
def test_what_can_be_reached_is_the_least_set_that_no_step_leaves(machine: Machine[Light, Deed], start: Light) -> None:
    paths = {start}
    for _ in Light:
        paths |= {there for (here, _), there in machine.table.items() if here in paths}
    assert machine.reachable(start) == paths


@some
@given(machines)
def test_without_a_start_reachable_begins_at_the_beginning(machine: Machine[Light, Deed]) -> None:
    assert machine.reachable() == machine.reachable(machine.initial)


@some
@given(machines)
def test_the_drawing_shows_each_row_once_and_nothing_else(machine: Machine[Light, Deed]) -> None:
    head, start, *arrows = machine.mermaid().splitlines()
    assert head == "stateDiagram-v2"
    assert start == f"    [*] --> {machine.initial}"
    drawn: list[tuple[str, str, str]] = []
    ends: list[str] = []
    for arrow in arrows:
        if end := re.fullmatch(r" {4}(\w+) --> \[\*\]", arrow):
            ends.append(end[1])
        else:
            row = re.fullmatch(r" {4}(\w+) --> (\w+): ([\w, ]+)", arrow)
            assert row, arrow
            drawn += [(row[1], action, row[2]) for action in row[3].split(", ")]
    assert sorted(drawn) == sorted((here, action, there) for (here, action), there in machine.table.items())
    assert sorted(ends) == sorted(machine.final)


@some
@given(machines)
def test_the_drawing_has_one_arrow_between_two_states(machine: Machine[Light, Deed]) -> None:
    arrows = [line.partition(":")[0] for line in machine.mermaid().splitlines()]
    assert len(arrows) == len(set(arrows))


def test_a_table_by_hand_is_read_and_drawn_as_expected() -> None:
    machine = Machine(
        name="light",
        initial=Light.RED,
        table={
            (Light.RED, Deed.TURN): Light.AMBER,
            (Light.AMBER, Deed.BLINK): Light.AMBER,
            (Light.AMBER, Deed.TURN): Light.GREEN,
            (Light.RED, Deed.BLINK): Light.AMBER,
            (Light.RED, Deed.BREAK): Light.DARK,
        },
    )
    assert machine.allowed(Light.RED) == ("turn", "blink", "break")
    assert machine.states == ("red", "amber", "green", "dark")
    assert machine.final == {"green", "dark"}
    assert machine.edges == {("red", "amber"), ("amber", "green"), ("red", "dark")}
    assert machine.reachable(Light.AMBER) == {"amber", "green"}
    assert machine.mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> red\n"
        "    red --> amber: turn, blink\n"
        "    amber --> amber: blink\n"
        "    amber --> green: turn\n"
        "    red --> dark: break\n"
        "    green --> [*]\n"
        "    dark --> [*]\n"
    )


def test_a_state_that_only_leads_to_itself_is_not_final() -> None:
    machine = Machine(name="light", initial=Light.RED, table={(Light.RED, Deed.BLINK): Light.RED})
    assert machine.final == frozenset()
    assert machine.edges == frozenset()


def test_a_refusal_reads_as_a_sentence() -> None:
    machine = Machine(name="light", initial=Light.RED, table={(Light.RED, Deed.TURN): Light.GREEN})
    with pytest.raises(IllegalTransition) as from_red:
        machine.step(Light.RED, Deed.BREAK)
    with pytest.raises(IllegalTransition) as from_green:
        machine.step(Light.GREEN, Deed.TURN)
    assert str(from_red.value) == "Cannot break what is red; possible now: turn."
    assert str(from_green.value) == "Cannot turn what is green; nothing more can be done with it."
