"""How far the units of an order have come, and which row of the lifecycle that makes of a verb.

Nothing comes back before everything has shipped; so what has shipped has been delivered, came back from its way
(`recalled`), or is on the way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

from domain.ordering.lifecycle import Action


class Counted(Protocol):
    """A line of an order, or a view of one: how many units it has, and what has become of them."""

    @property
    def quantity(self) -> int: ...
    @property
    def shipped(self) -> int: ...
    @property
    def delivered(self) -> int: ...
    @property
    def returned(self) -> int: ...
    @property
    def recalled(self) -> int: ...


def on_the_way(line: Counted) -> int:
    """Return how many units have left the house and neither arrived nor turned back."""
    return line.shipped - line.delivered - line.recalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the counters of all lines come to, as far as anything is decided by them."""

    some_shipped: bool
    all_shipped: bool
    some_on_the_way: bool
    some_returned: bool
    all_returned: bool

    @classmethod
    def of(cls, lines: Iterable[Counted]) -> Self:
        lines = tuple(lines)
        return cls(
            some_shipped=any(line.shipped for line in lines),
            all_shipped=all(line.shipped == line.quantity for line in lines),
            some_on_the_way=any(on_the_way(line) for line in lines),
            some_returned=any(line.returned for line in lines),
            all_returned=all(line.returned == line.quantity for line in lines),
        )


def shipping(after: Progress) -> Action:
    """Return the row of a shipment, by what is so after it."""
    return Action.SHIP if after.all_shipped else Action.SHIP_PART


def delivery(after: Progress) -> Action:
    """Return the row of a delivery, by what is so after it."""
    return Action.DELIVER if after.all_shipped and not after.some_on_the_way else Action.DELIVER_PART


def sending_back(before: Progress, after: Progress) -> Action:
    """Return the row of a return: of everything, of the last units on the way, or of some."""
    if after.all_returned:
        return Action.RETURN
    return Action.RETURN_LAST if before.some_on_the_way and not after.some_on_the_way else Action.RETURN_PART
