"""A lifecycle as a table: everything that asks about a lifecycle reads one object."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from domain.shared.errors import IllegalTransition

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True)
class Machine(Generic[S, A]):
    """`{(state, action): next state}`, and the state in which everything begins."""

    name: str
    initial: S
    table: Mapping[tuple[S, A], S]

    def step(self, state: S, action: A) -> S:
        """Return the state that `action` leads to.

        Raises: IllegalTransition, when the table has no such row.
        """
        try:
            return self.table[state, action]
        except KeyError:
            raise self.refusal(state, action) from None

    def refusal(self, state: S, action: A) -> IllegalTransition:
        """Return the refusal of `action` in `state`; with it come the words for what can be done."""
        verb = _verb(action) or action
        others = tuple(other for other in self.verbs(state) if other != verb)
        return IllegalTransition(current=state, action=verb, allowed=others)

    def allowed(self, state: S) -> tuple[A, ...]:
        """Return the actions that the table has from `state`, in the order of the table."""
        return tuple(action for source, action in self.table if source == state)

    def verbs(self, state: S) -> tuple[str, ...]:
        """Return the words for what a caller may do from `state`: each once, in the order of the table."""
        return tuple(dict.fromkeys(verb for action in self.allowed(state) if (verb := _verb(action))))

    @property
    def states(self) -> tuple[S, ...]:
        """Every state that the table names, the initial one first."""
        named = (self.initial, *(state for (source, _), target in self.table.items() for state in (source, target)))
        return tuple(dict.fromkeys(named))

    @property
    def final(self) -> frozenset[S]:
        """The states from which nothing leads on."""
        return frozenset(self.states) - {source for source, _ in self.table}

    @property
    def edges(self) -> frozenset[tuple[S, S]]:
        """Which state may follow which, whatever the action; a state that stays as it is, is no edge."""
        return frozenset((source, target) for (source, _), target in self.table.items() if source != target)

    def reachable(self, state: S | None = None) -> frozenset[S]:
        """Return every state that can follow from `state` (the initial one by default), itself included."""
        seen: set[S] = set()
        ahead = [self.initial if state is None else state]
        while ahead:
            here = ahead.pop()
            if here not in seen:
                seen.add(here)
                ahead.extend(target for (source, _), target in self.table.items() if source == here)
        return frozenset(seen)

    def mermaid(self) -> str:
        """Return the table as a Mermaid state diagram, one arrow a pair of states."""
        arrows: dict[tuple[S, S], list[str]] = {}
        for (source, action), target in self.table.items():
            arrows.setdefault((source, target), []).append(action)
        lines = [f"    {source} --> {target}: {', '.join(actions)}" for (source, target), actions in arrows.items()]
        ends = [f"    {state} --> [*]" for state in self.states if state in self.final]
        return "\n".join(["stateDiagram-v2", f"    [*] --> {self.initial}", *lines, *ends]) + "\n"


def _verb(action: StrEnum) -> str | None:
    """The word for an action: its own `verb`, where it has one (None: nobody's to ask for), else its value."""
    verb: str | None = getattr(action, "verb", action.value)
    return verb
