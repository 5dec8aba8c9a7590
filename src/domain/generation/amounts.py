"""Stage 1: which members are amounts of money, and how each is written."""

from dataclasses import dataclass
from enum import StrEnum

from domain.generation.origin import Because, Origin


class Kind(StrEnum):
    MINOR = "minor"
    """An integer of the currency's minor unit."""
    DECIMAL = "decimal"
    """A number with a fraction, kept exactly."""
    FLOAT = "float"
    """The contract asks for floating point: it is kept exactly all the same, and reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """`member` of `record`, by its wire name. Its currency stands beside it (`currency_from`), or never changes."""

    origin: Origin
    because: Because
    record: str
    member: str
    kind: Kind
    currency_from: str | None = None
    currency: str | None = None
