"""All that is known of a service before a line of it is written: what the stages after the derivation are made from."""

from dataclasses import dataclass

from domain.generation.amounts import Amount
from domain.generation.behaviours import Behaviour
from domain.generation.contract import Contract
from domain.generation.diagnostics import Diagnostic
from domain.generation.entities import Entity
from domain.generation.ledger import Ledger
from domain.generation.lifecycles import Lifecycle
from domain.generation.rules import Reading
from domain.generation.shapes import Shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """`behaviours`: one for each operation of the contract, in its order."""

    contract: Contract
    shapes: Shapes
    entities: tuple[Entity, ...]
    lifecycles: tuple[Lifecycle, ...]
    behaviours: tuple[Behaviour, ...]
    readings: tuple[Reading, ...]
    ledger: Ledger
    diagnostics: tuple[Diagnostic, ...]
    amounts: tuple[Amount, ...] = ()
    """Which members of records are money, and how each is written."""

    def entity(self, name: str) -> Entity:
        return next(entity for entity in self.entities if entity.name == name)
