"""What a role may do with an order now, and what stands in the way: the same table that the actions obey."""

from dataclasses import dataclass
from typing import Final

from application.access import OPERATIONS
from domain.ordering.lifecycle import LIFECYCLE, Action, State
from domain.shared.errors import Block

VERBS: Final = tuple(dict.fromkeys(action.verb for action in Action if action.verb))
"""The words for what can be asked of an order."""


@dataclass(frozen=True, slots=True)
class PossibleAction:
    """A verb; it is `allowed` when nothing blocks it."""

    action: str
    allowed: bool
    blocked_by: tuple[Block, ...]


def roles_of(verb: str | None) -> tuple[str, ...]:
    """Return the roles that may ask for `verb`; none for what the house does by itself."""
    return tuple(OPERATIONS[f"{verb}Order"]) if verb else ()


def possible_actions(state: State, role: str | None) -> tuple[PossibleAction, ...]:
    """Return every verb, with all that blocks it for this role in this state."""
    allowed = LIFECYCLE.verbs(state)
    return tuple(_possible(verb, state, role, in_lifecycle=verb in allowed) for verb in VERBS)


def _possible(verb: str, state: State, role: str | None, *, in_lifecycle: bool) -> PossibleAction:
    blocks = []
    if not in_lifecycle:
        blocks.append(Block("invalid-state-transition", f"The order is {state}."))
    if role not in roles_of(verb):
        blocks.append(Block("insufficient-permissions", f"The role {role} may not {verb} orders."))
    return PossibleAction(verb, allowed=not blocks, blocked_by=tuple(blocks))
