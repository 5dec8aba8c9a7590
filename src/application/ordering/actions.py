"""What a role may do with an order now, and what stands in the way: the same table that the actions obey."""

from dataclasses import dataclass
from typing import Final

from application.access import MEMBERS, OPERATIONS, Roles
from domain.ordering.lifecycle import LIFECYCLE, NOT_FOR_CUSTOMERS, Action, State
from domain.shared.errors import Block

VERBS: Final = tuple(dict.fromkeys(action.verb for action in Action if action.verb))
"""The words for what can be asked of an order."""


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """A verb; it is `allowed` when nothing blocks it."""

    action: str
    allowed: bool
    blocked_by: tuple[Block, ...]


def roles_of(state: State, verb: str | None) -> tuple[str, ...]:
    """Return the roles that may ask for `verb` in this state; none for what the house does by itself."""
    return tuple(role for role in _roles(verb) if not _bar(state, verb, role)) if verb else ()


def possible_actions(state: State, role: str | None) -> tuple[PossibleAction, ...]:
    """Return every verb, with all that blocks it for this role in this state."""
    allowed = LIFECYCLE.verbs(state)
    return tuple(_possible(verb, state, role, in_lifecycle=verb in allowed) for verb in VERBS)


def _possible(verb: str, state: State, role: str | None, *, in_lifecycle: bool) -> PossibleAction:
    blocks = []
    if not in_lifecycle:
        blocks.append(Block("invalid-state-transition", f"The order is {state}."))
    elif bar := _bar(state, verb, role):
        blocks.append(bar)
    if role not in _roles(verb):
        blocks.append(Block("insufficient-permissions", f"The role {role} may not {verb} orders."))
    return PossibleAction(verb, allowed=not blocks, blocked_by=tuple(blocks))


def _roles(verb: str) -> Roles:
    return OPERATIONS[f"{verb}Order"]


def _bar(state: State, verb: str, role: str | None) -> Block | None:
    """Return what keeps a customer, who is no member, from what the lifecycle knows."""
    return None if role in MEMBERS else NOT_FOR_CUSTOMERS.get((state, verb))
