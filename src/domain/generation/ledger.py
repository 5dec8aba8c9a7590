"""The ledger of a derivation: every operation, schema, parameter, response and sentence ends in exactly one row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.generation.origin import Because, Origin


class Subject(StrEnum):
    """What a row is about."""

    OPERATION = "operation"
    SCHEMA = "schema"
    PARAMETER = "parameter"
    RESPONSE = "response"
    SENTENCE = "sentence"


class Outcome(StrEnum):
    """How it ended. There is no fourth way out, and no guess."""

    DERIVED = "derived"
    HINTED = "hinted"
    REPORTED = "reported"
    """It cannot be derived: it says so, with the hint that would settle it."""
    REJECTED = "rejected"
    """It is wrong, or contradicts something else: there will be no service."""


@dataclass(frozen=True, slots=True)
class Row:
    """One subject, how it ended, and why. `remedy` is the hint or the change that would settle what is reported."""

    subject: Subject
    name: str
    origin: Origin
    outcome: Outcome
    because: Because
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows, in the order of the papers."""

    rows: tuple[Row, ...]

    def count(self) -> dict[Outcome, int]:
        """Return how many rows ended in each way, all four named."""
        seen = Counter(row.outcome for row in self.rows)
        return {outcome: seen[outcome] for outcome in Outcome}

    def missing(self, subjects: Iterable[tuple[Subject, str, Origin]]) -> tuple[tuple[Subject, str, Origin], ...]:
        """Return the subjects that have no row, or more than one: in is out, nothing is dropped in silence.

        A subject is what it is, its name and its place: what stands on a path belongs to each of its operations.
        """
        seen = Counter((row.subject, row.name, row.origin) for row in self.rows)
        return tuple(subject for subject in subjects if seen[subject] != 1)
