"""What a role may do with an order now, and what stands in the way: the same tables that the actions obey."""

from dataclasses import dataclass
from typing import Final

from application.access import MEMBERS, OPERATIONS, Roles
from domain.ordering.errors import PaymentInProgress
from domain.ordering.guards import blocks, known
from domain.ordering.lifecycle import NOT_FOR_CUSTOMERS, Action, State
from domain.ordering.progress import Progress
from domain.shared.errors import Block

VERBS: Final = tuple(dict.fromkeys(action.verb for action in Action if action.verb))
"""The words for what can be asked of an order."""

UNDER_WAY: Final = Block(PaymentInProgress.slug, "A payment of the order is under way.")


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """A verb; it is `allowed` when nothing blocks it."""

    action: str
    allowed: bool
    blocked_by: tuple[Block, ...]


def roles_of(state: State, verb: str | None) -> tuple[str, ...]:
    """Return the roles that may ask for `verb` in this state; none for what the house does by itself."""
    if verb is None:
        return ()
    return tuple(role for role in _roles(verb) if role in MEMBERS or (state, verb) not in NOT_FOR_CUSTOMERS)


def possible_actions(
    state: State, progress: Progress, role: str | None, *, under_way: bool = False
) -> tuple[PossibleAction, ...]:
    """Return every verb, with all that blocks it for this role while an order is like this; `under_way`: and its
    payment is.
    """
    first = (UNDER_WAY,) if under_way else ()
    return tuple(_possible(verb, state, progress, role, first) for verb in VERBS)


def _possible(
    verb: str, state: State, progress: Progress, role: str | None, first: tuple[Block, ...]
) -> PossibleAction:
    standing = list(first + blocks(state, progress, verb, for_customer=role not in MEMBERS))
    if not known(state, verb):
        standing.insert(0, Block("invalid-state-transition", f"The order is {state}."))
    if role not in _roles(verb):
        standing.append(Block("insufficient-permissions", f"The role {role} may not {verb} orders."))
    return PossibleAction(verb, allowed=not standing, blocked_by=tuple(standing))


def _roles(verb: str) -> Roles:
    return OPERATIONS[f"{verb}Order"]
