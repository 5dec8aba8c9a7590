"""Units that are asked for by line: one small rule each, all of them asked, every violation reported."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from domain.ids import LineId
from domain.shared.errors import RulesBroken, Violation


class Asked(Protocol):
    """So many units of a line."""

    @property
    def line_id(self) -> LineId: ...
    @property
    def quantity(self) -> int: ...


Remaining = Mapping[LineId, int]
"""How many units of each line of the order are left to be asked for."""

Rule = Callable[[Sequence[Asked], Remaining], Iterator[Violation]]


def check_remaining(asked: Sequence[Asked], remaining: Remaining) -> None:
    """Ask every rule.

    Raises: RulesBroken, with every violation, in the order of `RULES`; ValueError, when nothing is asked for, or less
    than one unit.
    """
    if not asked or any(units.quantity < 1 for units in asked):
        raise ValueError("at least one line is asked for, and at least one unit of each")
    if violations := [violation for rule in RULES for violation in rule(asked, remaining)]:
        raise RulesBroken(violations)


def every_line_is_one_of_the_order(asked: Sequence[Asked], remaining: Remaining) -> Iterator[Violation]:
    for i, units in enumerate(asked):
        if units.line_id not in remaining:
            yield Violation(_line(i), "line-not-found", f"The order has no line {units.line_id}.")


def each_line_once(asked: Sequence[Asked], _remaining: Remaining) -> Iterator[Violation]:
    first: dict[LineId, int] = {}
    for i, units in enumerate(asked):
        if (before := first.setdefault(units.line_id, i)) != i:
            message = f"The line is already named by entry {before}: add the quantities there."
            yield Violation(_line(i), "duplicate-line", message)


def no_more_than_is_left(asked: Sequence[Asked], remaining: Remaining) -> Iterator[Violation]:
    for i, units in enumerate(asked):
        left = remaining.get(units.line_id, units.quantity)
        if units.quantity > left:
            message = f"{units.quantity} units of the line are asked for, {left} are left."
            yield Violation(f"/lines/{i}/quantity", "quantity-exceeds-remaining", message)


RULES: Final[tuple[Rule, ...]] = (every_line_is_one_of_the_order, each_line_once, no_more_than_is_left)


def _line(entry: int) -> str:
    return f"/lines/{entry}/lineId"
