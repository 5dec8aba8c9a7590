"""Stage 3: a lifecycle, as it was derived: a table with a reason for each row."""

from dataclasses import dataclass

from domain.generation.origin import Because, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """`trigger` is an operation's id, or the id of a rule that acts by itself (a timeout)."""

    origin: Origin
    because: Because
    trigger: str
    action: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """`field` is the status; `states` in the order of the contract. `refusal` is the status of an illegal step."""

    origin: Origin
    because: Because
    entity: str
    field: str
    states: tuple[str, ...]
    initial: str
    transitions: tuple[Transition, ...]
    refusal: int = 409

    def allowed(self, state: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.action for step in self.transitions if step.source == state))
