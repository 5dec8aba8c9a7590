"""Where the states of a lifecycle stand: its longest story in one row from left to right, ways out below it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from domain.shared.machine import Machine


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the grid: `row` 0 is the story, the rows below it are ways out."""

    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """All actions that lead from one state to another, in the order of the table."""

    source: str
    target: str
    actions: tuple[str, ...]


def arrows(machine: Machine[Any, Any]) -> tuple[Arrow, ...]:
    """Return one arrow a pair of states, in the order of the table."""
    found: dict[tuple[str, str], list[str]] = {}
    for (source, action), target in machine.table.items():
        found.setdefault((source, target), []).append(action)
    return tuple(Arrow(source, target, tuple(actions)) for (source, target), actions in found.items())


def cells(machine: Machine[Any, Any]) -> dict[str, Cell]:
    """Return the cell of every state, no two the same."""
    story = max(_stories(machine, (machine.initial,)), key=len)
    placed = {state: Cell(column, 0) for column, state in enumerate(story)}
    for state in machine.states:
        if state not in placed:
            sources = (placed[a].column for a, b in machine.edges if b == state and a in placed)
            placed[state] = _free(placed, max(sources, default=0))
    return placed


def _stories(machine: Machine[Any, Any], so_far: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every way to go on until nothing new follows; the order of the table decides between equals."""
    following = dict.fromkeys(b for (a, _), b in machine.table.items() if a == so_far[-1] and b not in so_far)
    if not following:
        yield so_far
    for state in following:
        yield from _stories(machine, (*so_far, state))


def _free(placed: dict[str, Cell], column: int) -> Cell:
    row = 1
    while Cell(column, row) in placed.values():
        row += 1
    return Cell(column, row)
