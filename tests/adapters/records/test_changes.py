"""Changes add up as changes should: in any grouping, each row once, contradictions refused."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.records.changes import Bounds, Changes, Insert, Touch, Unmergeable

TABLES: Final = ("a", "b")
VALUES: Final = st.integers(0, 1)


@st.composite
def touches(draw: st.DrawFn, *, events: bool = True) -> Touch:
    """Touches of four rows, that sometimes contradict each other."""
    return Touch(
        table=draw(st.sampled_from(TABLES)),
        key={"id": draw(VALUES)},
        seen=draw(st.dictionaries(st.sampled_from(("s", "t")), VALUES, max_size=2)),
        by=draw(st.dictionaries(st.sampled_from(("m", "n")), st.integers(-9, 9), max_size=2)),
        bounds=draw(st.none() | st.builds(Bounds, columns=st.just(("m", "n")), most=VALUES)),
        set=draw(st.dictionaries(st.sampled_from(("x", "y", "z")), VALUES, max_size=1)),
        events=tuple(draw(st.lists(st.fixed_dictionaries({"e": VALUES}), max_size=2))) if events else (),
    )


@st.composite
def some_changes(draw: st.DrawFn, *, events: bool = True) -> Changes:
    inserts = st.lists(st.builds(Insert, table=st.sampled_from(TABLES), row=st.fixed_dictionaries({"i": VALUES})))
    return _or_nothing(lambda: Changes.of(draw(st.lists(touches(events=events), max_size=3)), draw(inserts)))


def _or_nothing(make: Callable[[], Changes]) -> Changes:
    try:
        return make()
    except Unmergeable:
        return Changes()


def result(make: Callable[[], Changes]) -> Changes | str:
    try:
        return make()
    except Unmergeable:
        return "contradiction"


@given(some_changes(), some_changes(), some_changes())
def test_adding_is_associative(a: Changes, b: Changes, c: Changes) -> None:
    assert result(lambda: (a + b) + c) == result(lambda: a + (b + c))


@given(some_changes(events=False), some_changes(events=False))
def test_touches_add_in_any_order(a: Changes, b: Changes) -> None:
    """Rows to insert and events keep their order; what becomes of rows does not depend on it."""
    one, other = result(lambda: Changes(a.touches) + Changes(b.touches)), result(lambda: Changes(b.touches) + a)
    if isinstance(one, Changes) and isinstance(other, Changes):
        assert one.touches == other.touches
    else:
        assert one == other


@given(some_changes())
def test_nothing_added_is_no_change(changes: Changes) -> None:
    assert Changes() + changes == changes + Changes() == changes
    assert bool(changes) == bool(changes.touches or changes.inserts)


@given(st.lists(some_changes(), max_size=4))
def test_a_sum_says_once_what_is_said_of_a_row(some: list[Changes]) -> None:
    total = result(lambda: sum(some, Changes()))
    if isinstance(total, str):
        return
    places = [touch.where for touch in total.touches]
    assert len(set(places)) == len(places)
    assert places == sorted(places), "in the one order in which rows are locked"
    for name in ("m", "n"):
        for touch in total.touches:
            alike = [t.by.get(name, 0) for changes in some for t in changes.touches if t.where == touch.where]
            assert touch.by.get(name, 0) == sum(alike)
    assert total.inserts == tuple(insert for changes in some for insert in changes.inserts)


def test_rows_are_locked_in_the_order_of_their_keys() -> None:
    keys = [UUID(int=n) for n in (3, 1, 2)]
    for order in permutations(keys):
        found = Changes.of([Touch(table="products", key={"id": key}, by={"m": 1}) for key in order])
        assert [touch.key["id"] for touch in found.touches] == sorted(keys)


CONTRADICTIONS: Final = {
    "seen in two ways": ({"seen": {"s": 1}}, {"seen": {"s": 2}}),
    "set twice": ({"set": {"x": 1}}, {"set": {"x": 2}}),
    "set twice to the same": ({"set": {"x": 1}}, {"set": {"x": 1}}),
    "bounded in two ways": (
        {"bounds": Bounds(columns=("m",), most=1)},
        {"bounds": Bounds(columns=("m",), most=2)},
    ),
}


@pytest.mark.parametrize(("one", "other"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_what_contradicts_itself_does_not_add_up(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = Touch(table="a", key={"id": 1}, **one), Touch(table="a", key={"id": 1}, **other)
    with pytest.raises(Unmergeable):
        Changes.of([first]) + Changes.of([second])
    elsewhere = replace(second, key={"id": 2})
    assert len((Changes.of([first]) + Changes.of([elsewhere])).touches) == 2


def test_guards_and_counters_of_one_row_become_one_touch() -> None:
    guard = Touch(table="a", key={"id": 1}, seen={"s": 1})
    counter = Touch(table="a", key={"id": 1}, by={"m": 2}, bounds=Bounds(columns=("m",), most=9))
    (both,) = Changes.of([guard, counter, counter]).touches
    assert (both.seen, both.by, both.bounds, both.writes) == ({"s": 1}, {"m": 4}, counter.bounds, True)
    assert not guard.writes


def test_whoever_wants_two_things_wants_the_locks_of_both() -> None:
    one, two = Changes.of((), (), [1]), Changes.of((), (), [2, 3])
    assert (one + two + Changes()).locks == (1, 2, 3)
