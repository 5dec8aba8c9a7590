"""What stands in the way of a verb, whatever the lifecycle knows: one table for who acts and for who only asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.ordering.lifecycle import CHANGEABLE, LIFECYCLE, NOT_FOR_CUSTOMERS, State
from domain.ordering.progress import Progress
from domain.shared.errors import Block, IllegalTransition

CHANGE: Final = "change"
"""A verb without a row: it leads to no other state."""

ALREADY_SHIPPED: Final = Block("already-shipped", "Something of the order has left the house.")
ALREADY_DELIVERED: Final = Block("already-delivered", "This shipment has been delivered.")
NOTHING_TO_SHIP: Final = Block("nothing-to-ship", "Everything has left the house.")
NOTHING_ON_THE_WAY: Final = Block("nothing-on-the-way", "Nothing of it is on the way.")
NOT_ALL_SHIPPED: Final = Block("not-all-shipped", "Something of the order has not left the house yet.")
NOT_DUE: Final = Block("not-due", "The order can still be confirmed.")
NOTHING_TO_RETURN: Final = Block("nothing-to-return", "Everything has come back.")


@dataclass(frozen=True, slots=True)
class Guard:
    """`block` stands in the way as long as the order `is_so`."""

    is_so: Callable[[Progress], bool]
    block: Block


GUARDS: Final[Mapping[str, tuple[Guard, ...]]] = {
    "cancel": (Guard(lambda order: order.some_shipped, ALREADY_SHIPPED),),
    "ship": (Guard(lambda order: order.all_shipped, NOTHING_TO_SHIP),),
    "deliver": (Guard(lambda order: not order.some_on_the_way, NOTHING_ON_THE_WAY),),
    "return": (
        Guard(lambda order: order.some_shipped and not order.all_shipped, NOT_ALL_SHIPPED),
        Guard(lambda order: order.all_returned, NOTHING_TO_RETURN),
    ),
    CHANGE: (Guard(lambda order: order.some_shipped, ALREADY_SHIPPED),),
}
"""By verb. All of them are asked, in every state, so that whoever is refused hears everything that is in the way."""


def blocks(state: State, progress: Progress, verb: str, *, for_customer: bool = False) -> tuple[Block, ...]:
    """Return everything that stands in the way of a verb, but for what the lifecycle does not know."""
    bar = NOT_FOR_CUSTOMERS.get((state, verb)) if for_customer else None
    standing = tuple(guard.block for guard in GUARDS.get(verb, ()) if guard.is_so(progress))
    return standing if bar is None else (bar, *standing)


def known(state: State, verb: str) -> bool:
    """Say whether the lifecycle knows the verb in this state."""
    return state in CHANGEABLE if verb == CHANGE else verb in LIFECYCLE.verbs(state)


def possible(state: State, progress: Progress) -> tuple[str, ...]:
    """Return the verbs that lead on from here, in the order of the table."""
    return tuple(verb for verb in LIFECYCLE.verbs(state) if not blocks(state, progress, verb))


def check(state: State, progress: Progress, verb: str, *, for_customer: bool = False) -> None:
    """Raises: IllegalTransition, with all that stands in the way."""
    standing = blocks(state, progress, verb, for_customer=for_customer)
    if standing or not known(state, verb):
        raise refusal(state, progress, verb, *standing)


def refusal(state: State, progress: Progress, verb: str, *standing: Block) -> IllegalTransition:
    """Return the refusal of a verb; with it come the words for what else can be done."""
    others = tuple(other for other in possible(state, progress) if other != verb)
    return IllegalTransition(current=state, action=verb, allowed=others, blocked_by=standing)
